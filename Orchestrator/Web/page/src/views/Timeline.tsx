import { useState } from 'preact/hooks';
import { path } from '../api/client';
import type { TimelineBar, TimelineView } from '../api/types';
import { duration, moment } from '../app/format';
import { hrefOf } from '../app/route';
import { Shown } from '../app/Shown';
import { useApi } from '../app/useApi';
import { count, percent } from '../circuit/file';

const [width, rowHeight, left] = [1000, 26, 130];
/** Parts of the time in which bars are put together that are shorter. */
const slots = 400;
const windows: [string, number][] = [
  ['10 minutes', 600],
  ['hour', 3600],
  ['day', 86400],
  ['week', 604800],
  ['all', 0],
];

/** What each device did over time, a bar for each trial. */
export function Timeline({ sweep }: { sweep: string }) {
  const [seconds, setSeconds] = useState(0);
  const timeline = useApi<TimelineView>(path(['sweeps', sweep, 'timeline'], { seconds: seconds || undefined, slots }));
  return (
    <>
      <p>
        <label>
          Show the last{' '}
          <select value={String(seconds)} onChange={(e) => setSeconds(Number(e.currentTarget.value))}>
            {windows.map(([name, value]) => (
              <option key={name} value={String(value)}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {timeline.data && ` ${count(timeline.data.trials)} trials`}
      </p>
      <Shown of={timeline}>
        {(view) =>
          view.devices.length === 0 ? (
            <p class="dim">No device has worked on this sweep yet.</p>
          ) : (
            <Drawing sweep={sweep} view={view} />
          )
        }
      </Shown>
    </>
  );
}

const byNumber = new Intl.Collator('en', { numeric: true });

function Drawing({ sweep, view }: { sweep: string; view: TimelineView }) {
  const [first, last] = [Date.parse(view.from), Date.parse(view.until)];
  const devices = [...view.devices].sort((a, b) => byNumber.compare(a.device, b.device));
  const bottom = rowHeight * devices.length + 20;
  return (
    <>
      <div class="wide" tabIndex={0} role="group" aria-label="timeline">
        <svg class="timeline" viewBox={`0 0 ${width} ${bottom + 10}`} role="group" aria-label="what each device did over time">
          {devices.map((of, row) => (
            <Row key={of.device} sweep={sweep} of={of} row={row} first={first} last={last} />
          ))}
          <text x={left} y={bottom}>
            {moment(first)}
          </text>
          <text x={width} y={bottom} text-anchor="end">
            {moment(last)}
          </text>
        </svg>
      </div>
      <Kinds present={[...new Set(devices.flatMap((of) => of.bars.map((bar) => bar.kind)))]} />
    </>
  );
}

interface RowProps {
  sweep: string;
  of: TimelineView['devices'][number];
  row: number;
  first: number;
  last: number;
}

function Row({ sweep, of: { device, busy, bars }, row, first, last }: RowProps) {
  const x = (time: number): number => left + ((width - left) * (time - first)) / Math.max(1, last - first);
  const y = row * rowHeight;
  return (
    <g role="group" aria-label={`${device}, at work ${percent(busy)} of the time`}>
      <text x={0} y={y + 17}>
        {device} <tspan class="end">{percent(busy)}</tspan>
      </text>
      <rect class="track" x={left} y={y + 4} width={width - left} height={rowHeight - 8} />
      {bars.map((bar) => {
        const [from, until] = [Date.parse(bar.from), Date.parse(bar.until)];
        return (
          <a key={`${bar.from} ${bar.trial}`} href={hrefFor(sweep, device, bar)} tabIndex={-1} aria-label={titleOf(bar)}>
            <rect
              class={`bar ${kindClass(bar.kind)} ${bar.state}`}
              x={x(from)}
              y={y + 4}
              width={Math.max(1, x(until) - x(from))}
              height={rowHeight - 8}>
              <title>{titleOf(bar)}</title>
            </rect>
          </a>
        );
      })}
    </g>
  );
}

/** A trial, or the list of all of the device where a bar stands for several. */
const hrefFor = (sweep: string, device: string, { trial }: TimelineBar): string =>
  trial === null ? hrefOf(['sweeps', sweep, 'trials'], { search: device }) : hrefOf(['sweeps', sweep, 'trials', trial]);

function titleOf({ trial, trials, kind, state, from, until }: TimelineBar): string {
  const time = duration((Date.parse(until) - Date.parse(from)) / 1000);
  if (trial !== null) return `${trial}: ${state}, ${time} until ${moment(until)}`;
  return `${trials} trials, most of the time ${kind}${state === 'failed' ? ', some failed' : ''}: ${time} until ${moment(until)}`;
}

const kinds = ['train', 'prune', 'evaluate', 'validate', 'prepare'];
const kindClass = (kind: string): string => `c${kinds.includes(kind) ? kinds.indexOf(kind) : 5}`;

function Kinds({ present }: { present: string[] }) {
  return (
    <p class="legend">
      {present.sort().map((kind) => (
        <span key={kind} class={`key ${kindClass(kind)}`}>
          {kind}
        </span>
      ))}
      <span class="dim">
        a bar ends where its trial ended, and is as long as devices worked on it; trials too short to be seen one by one share one
      </span>
    </p>
  );
}
