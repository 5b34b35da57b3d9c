import { useMemo } from 'preact/hooks';
import type { AblationCurve, Dictionaries } from '../../api/dictionaries';
import { Table } from '../../app/Table';
import { count, num, short } from '../../circuit/file';
import { Plot } from '../../plot/Plot';
import { within } from './words';

/** How few features carry a task: the divergence by the number of features patched, and the area below it. */
export function Ablations({ of }: { of: Dictionaries }) {
  const measured = of.ablations.filter((one) => one.found.pairs > 0);
  if (measured.length === 0) return null;
  const names = [...new Set(measured.flatMap((one) => one.found.curves.map((curve) => curve.dictionary)))];
  return (
    <section>
      <h2>How few features carry a task</h2>
      <p class="dim">
        Features of one prompt take their values on the other prompt of the pair, the most effective first: the sooner the answer is that of
        the other prompt (divergence 0), the fewer features carry it. The value without any has no place on the logarithmic axis.
      </p>
      <div class="plots">
        {measured.map((one) => (
          <Curves key={one.task} title={`${one.task}, ${count(one.found.pairs)} pairs`} location={of.location} curves={one.found.curves} />
        ))}
      </div>
      <h3>Areas below these curves; small is good</h3>
      <Table columns={['dictionary', ...measured.map((one) => one.task)]}>
        {names.map((name) => (
          <tr key={name}>
            <th scope="row">{within(of.location, name)}</th>
            {measured.map((one) => (
              <td key={one.task}>{short(num(one.found.curves.find((curve) => curve.dictionary === name)?.area))}</td>
            ))}
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Curves({ title, location, curves }: { title: string; location: string; curves: AblationCurve[] }) {
  const series = useMemo(
    () =>
      curves.map((curve) => ({
        name: within(location, curve.dictionary),
        x: curve.points.map((point) => point.patched),
        y: curve.points.map((point) => num(point.divergence)),
      })),
    [curves],
  );
  return <Plot title={title} xLabel="features patched" yLabel="divergence, nats" series={series} isLogX />;
}
