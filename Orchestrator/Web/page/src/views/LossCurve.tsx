import { useMemo } from 'preact/hooks';
import { path } from '../api/client';
import type { CircuitView, PruningView } from '../api/types';
import { Shown } from '../app/Shown';
import { useApi } from '../app/useApi';
import { count, num, short } from '../circuit/file';
import { Plot } from '../plot/Plot';

interface Props {
  sweep: string;
  model: string;
  task: string;
  index: number;
}

/** The loss of a pruning's circuits by their size, and the one that was chosen. */
export function LossCurve({ sweep, model, task, index }: Props) {
  const pruning = useApi<PruningView>(path(['sweeps', sweep, 'searches', model, task, 'prunings', String(index)]));
  return (
    <section>
      <h2>Loss by size, pruning {index}</h2>
      <Shown of={pruning}>{(p) => <Curve pruning={p} />}</Shown>
    </section>
  );
}

const endOf = (c: CircuitView['size']): string =>
  `It ended at ${count(c.nodes)} nodes and ${count(c.edges)} edges, loss ${short(num(c.validationLoss))}, test ${short(num(c.testLoss))}.`;

function Curve({ pruning: { curve, circuit } }: { pruning: PruningView }) {
  const series = useMemo(
    () => [
      { name: 'calibrated', x: curve.map((p) => p.nodes), y: curve.map((p) => num(p.loss)) },
      { name: 'before calibration', x: curve.map((p) => p.nodes), y: curve.map((p) => num(p.lossBefore)) },
      ...(circuit ? [{ name: 'chosen', x: [circuit.nodes], y: [num(circuit.validationLoss)] }] : []),
    ],
    [curve.length, circuit?.nodes],
  );
  return (
    <>
      <p>{circuit ? endOf(circuit) : 'It has no circuit.'}</p>
      <Plot title="Loss on validation pairs" xLabel="nodes" yLabel="nats" series={series} isLogX />
    </>
  );
}
