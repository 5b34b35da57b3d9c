import { useMemo } from 'preact/hooks';
import type { Direction, Intervention, Probability } from '../../api/bridges';
import { Table } from '../../app/Table';
import { count, num, short } from '../../circuit/file';
import { Plot } from '../../plot/Plot';
import { endOf, nameOf, ridgeOf, seriesOf, type Among } from './lines';

const shown = (p: Probability | null): string => (p ? `${short(num(p.mean))} (${short(num(p.low))} to ${short(num(p.high))})` : '–');

/** Nodes of circuits that are changed in the dense model: a plot for each task and direction, and all of them at full strength. */
export function Interventions({ of, among, onChange }: { of: Intervention[]; among: Among; onChange: (among: Among) => void }) {
  const all = of.flatMap((one) => one.found.directions.filter((d) => d.lines.length > 0).map((direction) => ({ one, direction })));
  if (all.length === 0) return null;
  return (
    <section>
      <h3>Interventions</h3>
      <p class="dim">
        Prompts are presented to the dense model; what the circuit’s nodes read otherwise on the other prompt of each pair is added to what
        it reads, through the decoder and with growing strength. Bands are intervals of 95 % over pairs; of controls, what nine of ten draws
        give.
      </p>
      <p class="choices">
        <label>
          Probability{' '}
          <select value={among} onChange={(e) => onChange(e.currentTarget.value as Among)}>
            <option value="whole">over the whole vocabulary</option>
            <option value="amongTwo">of the two completions</option>
          </select>
        </label>
      </p>
      <div class="plots">
        {all.map(({ one, direction }) => (
          <Curves key={`${one.task} ${direction.presented}`} of={one} direction={direction} among={among} />
        ))}
      </div>
      <h4>At full strength</h4>
      <Table
        columns={[
          'task',
          'presented',
          'pairs',
          'first node',
          'before',
          'node',
          'random',
          'other channels',
          'other positions',
          'upper bound',
          'regression',
          'other prompt',
        ]}>
        {all.map(({ one, direction }) => {
          const line = (kind: string) => direction.lines.find((each) => each.kind === kind);
          const first = line('nodes');
          return (
            <tr key={`${one.task} ${direction.presented}`}>
              <th scope="row">{one.task}</th>
              <td>{direction.presented}</td>
              <td>{count(one.found.pairs)}</td>
              <td>{first ? nameOf(first) : '–'}</td>
              <td>{short(num(first?.points[0]?.[among].mean))}</td>
              {[first, line('random'), line('channels'), line('shuffled'), line('upperBound'), ridgeOf(one, direction)].map((each, i) => (
                <td key={i}>{shown(endOf(each, among))}</td>
              ))}
              <td>{among === 'whole' ? short(num(direction.dense.mean)) : '–'}</td>
            </tr>
          );
        })}
      </Table>
    </section>
  );
}

function Curves({ of, direction, among }: { of: Intervention; direction: Direction; among: Among }) {
  const series = useMemo(() => seriesOf(of, direction, among), [of, direction, among]);
  // What is to be reached is known over the whole vocabulary only.
  const level = among === 'whole' ? { level: { name: 'other prompt', y: num(direction.dense.mean) } } : {};
  return (
    <Plot
      title={`${of.task}, prompts ${direction.presented} presented`}
      xLabel="strength"
      yLabel={`probability of ${direction.target}`}
      series={series}
      {...level}
    />
  );
}
