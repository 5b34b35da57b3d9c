import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, path, read } from '../api/client';
import type { Page, TrialView } from '../api/types';
import { duration, moment } from '../app/format';
import { useLive } from '../app/live';
import { hrefOf } from '../app/route';
import { count, percent } from '../circuit/file';
import { busy, spansOf, type Span } from './spans';

/** Trials that a timeline holds at most: the latest of them. */
const most = 5000;
const perPage = 1000;
const [width, rowHeight, left] = [1000, 26, 130];
const windows: [string, number][] = [
  ['10 minutes', 600],
  ['hour', 3600],
  ['day', 86400],
  ['week', 604800],
  ['all', Infinity],
];

/** What each device did over time, a bar for each trial. */
export function Timeline({ sweep }: { sweep: string }) {
  const { tick, begun } = useLive();
  const [trials, setTrials] = useState<{ items: TrialView[]; total: number } | null>(null);
  const [problem, setProblem] = useState('');
  const [window, setWindow] = useState(Infinity);
  const isReading = useRef(false);
  useEffect(() => {
    if (isReading.current) return;
    isReading.current = true;
    latest(sweep)
      .then(
        (read_) => {
          setTrials(read_);
          setProblem('');
        },
        (error: unknown) => {
          if (!(error instanceof ApiError)) throw error;
          setProblem(error.message);
        },
      )
      .finally(() => {
        isReading.current = false;
      });
  }, [sweep, tick]);
  if (!trials)
    return problem ? (
      <p role="alert" class="problem">
        {problem}
      </p>
    ) : (
      <p class="dim" role="status">
        reading…
      </p>
    );
  const spans = spansOf(trials.items, begun, Date.now());
  const all = [...spans.values()].flat();
  if (all.length === 0) return <p class="dim">No device has worked on this sweep yet.</p>;
  const last = all.reduce((most_, s) => Math.max(most_, s.until), 0);
  const first = Math.max(
    last - 1000 * window,
    all.reduce((least, s) => Math.min(least, s.from), Infinity),
  );
  return (
    <>
      {problem && (
        <p role="alert" class="problem">
          {problem}
        </p>
      )}
      <p>
        <label>
          Show the last{' '}
          <select value={String(window)} onChange={(e) => setWindow(Number(e.currentTarget.value))}>
            {windows.map(([name, seconds]) => (
              <option key={name} value={String(seconds)}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {trials.items.length < trials.total && ` The latest ${count(trials.items.length)} of ${count(trials.total)} trials are drawn.`}
      </p>
      <div class="wide" tabIndex={0} role="group" aria-label="timeline">
        <svg
          class="timeline"
          viewBox={`0 0 ${width} ${rowHeight * spans.size + 30}`}
          role="group"
          aria-label="what each device did over time">
          {[...spans].map(([device, of], row) => (
            <Row key={device} sweep={sweep} device={device} spans={of} row={row} first={first} last={last} />
          ))}
          <text x={left} y={rowHeight * spans.size + 20}>
            {moment(first)}
          </text>
          <text x={width} y={rowHeight * spans.size + 20} text-anchor="end">
            {moment(last)}
          </text>
        </svg>
      </div>
      <Kinds spans={all} />
    </>
  );
}

async function latest(sweep: string): Promise<{ items: TrialView[]; total: number }> {
  const { total } = await read<Page<TrialView>>(path(['sweeps', sweep, 'trials'], { limit: 1 }));
  const items: TrialView[] = [];
  for (let offset = Math.max(0, total - most); offset < total; offset += perPage)
    items.push(...(await read<Page<TrialView>>(path(['sweeps', sweep, 'trials'], { offset, limit: perPage }))).items);
  return { items, total };
}

interface RowProps {
  sweep: string;
  device: string;
  spans: Span[];
  row: number;
  first: number;
  last: number;
}

function Row({ sweep, device, spans, row, first, last }: RowProps) {
  const x = (time: number): number => left + ((width - left) * (time - first)) / Math.max(1, last - first);
  const y = row * rowHeight;
  const part = percent(busy(spans, first, last));
  return (
    <g role="group" aria-label={`${device}, at work ${part} of the time`}>
      <text x={0} y={y + 17}>
        {device} <tspan class="end">{part}</tspan>
      </text>
      <rect class="track" x={left} y={y + 4} width={width - left} height={rowHeight - 8} />
      {spans
        .filter((s) => s.until > first)
        .map((s) => (
          <a
            key={s.trial.id}
            href={hrefOf(['sweeps', sweep, 'trials', s.trial.id])}
            tabIndex={-1}
            aria-label={`${s.trial.id}, ${duration((s.until - s.from) / 1000)}`}>
            <rect
              class={`bar ${kindClass(s.trial.kind)} ${s.trial.state}`}
              x={x(Math.max(first, s.from))}
              y={y + 4}
              width={Math.max(1, x(s.until) - x(Math.max(first, s.from)))}
              height={rowHeight - 8}>
              <title>{`${s.trial.id}: ${s.trial.state}, ${duration((s.until - s.from) / 1000)} until ${moment(s.until)}`}</title>
            </rect>
          </a>
        ))}
    </g>
  );
}

const kinds = ['train', 'prune', 'evaluate', 'validate', 'prepare'];
const kindClass = (kind: string): string => `c${kinds.includes(kind) ? kinds.indexOf(kind) : 5}`;

function Kinds({ spans }: { spans: Span[] }) {
  const present = new Set(spans.map((s) => s.trial.kind));
  return (
    <p class="legend">
      {[...present].sort().map((kind) => (
        <span key={kind} class={`key ${kindClass(kind)}`}>
          {kind}
        </span>
      ))}
      <span class="dim">
        a bar ends where its trial ended, and is as long as devices worked on it; the list of trials has all of them
      </span>
    </p>
  );
}
