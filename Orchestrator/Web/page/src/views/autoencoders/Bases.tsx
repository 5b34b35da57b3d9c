import { path } from '../../api/client';
import type { BasesView, TimesAsMany } from '../../api/dictionaries';
import { Shown } from '../../app/Shown';
import { Table } from '../../app/Table';
import { useApi } from '../../app/useApi';
import { count, num, short } from '../../circuit/file';
import { plain } from './words';

const bases: Record<string, string> = {
  channels: 'channels',
  'features-keep': 'features, error kept',
  'features-mean': 'features, error at its mean',
};

const basisOf = (basis: string): string => bases[basis] ?? basis;
const counted = (edges: number | null): string => (edges === null ? '–' : count(edges));

/** How many times as many, with the interval where there is one. */
export const timesOf = (times: TimesAsMany | null): string => {
  if (times === null) return '1';
  const ratio = plain(num(times.ratio));
  return times.low === null || times.high === null ? ratio : `${ratio} (${plain(num(times.low))} to ${plain(num(times.high))})`;
};

/** Circuits of channels beside circuits of features, for the same tasks; nothing where a sweep does not compare them. */
export function Bases({ sweep }: { sweep: string }) {
  const reading = useApi<BasesView>(path(['sweeps', sweep, 'bases']));
  return <Shown of={reading}>{(of) => (of.circuits.length === 0 ? null : <Compared of={of} />)}</Shown>;
}

function Compared({ of }: { of: BasesView }) {
  return (
    <section>
      <h2>Circuits of channels and of features</h2>
      <p class="dim">
        The same tasks, pairs and prunings, with nodes that are a model’s channels or features of its autoencoders. What these do not
        explain is their error: kept, it may carry the answer past all features; at its mean, the circuit is of features alone.
      </p>
      <Table
        columns={[
          'task',
          'model',
          'nodes are',
          'nodes',
          'errors kept',
          'structural edges',
          'effective edges',
          'pruned edges',
          '+ residual edges',
          'loss, validation',
          'loss, test',
          'without it',
        ]}
        texts={[1, 2]}>
        {of.circuits.map(({ task, model, basis, circuit }) => (
          <tr key={`${task} ${model} ${basis}`}>
            <th scope="row">{task}</th>
            <td class="text">{model}</td>
            <td class="text">
              {basisOf(basis)}
              {!circuit.reached && ' (misses the target)'}
            </td>
            <td>{count(circuit.nodes)}</td>
            <td>{count(circuit.errors)}</td>
            <td>{count(circuit.structuralEdges)}</td>
            <td>{counted(circuit.effectiveEdges)}</td>
            <td>{counted(circuit.prunedEdges)}</td>
            <td>{counted(circuit.residualEdges)}</td>
            <td>{short(num(circuit.validationLoss))}</td>
            <td>{short(num(circuit.testLoss))}</td>
            <td>{short(num(circuit.necessity))}</td>
          </tr>
        ))}
      </Table>
      <details>
        <summary>How edges are counted</summary>
        <p>
          Structural edges are all weights that are not 0 between kept nodes: a weight-sparse model has few by its definition. Effective
          edges are the fewest that reach the target when all others carry the mean of what they read; pruned edges are the same in the
          order of masks that were trained on them. Residual edges are pairs of features across the residual where the one moves the other;
          channels have none, since a read of a channel is the sum of its writes.
        </p>
      </details>
      <Means of={of} />
    </section>
  );
}

function Means({ of: { common, means } }: { of: BasesView }) {
  if (means.length === 0)
    return <p>There are no means: no task has a circuit with edges that reaches the target in every model and basis.</p>;
  return (
    <>
      <h3>Geometric means over {common.join(', ')}</h3>
      <Table
        columns={[
          'model',
          'nodes are',
          'nodes',
          'structural edges',
          'effective edges',
          'pruned edges',
          'times nodes',
          'times effective',
          'times pruned',
        ]}
        texts={[1]}>
        {means.map((one) => (
          <tr key={`${one.model} ${one.basis}`}>
            <th scope="row">{one.model}</th>
            <td class="text">{basisOf(one.basis)}</td>
            <td>{plain(num(one.nodes))}</td>
            <td>{plain(num(one.structuralEdges))}</td>
            <td>{plain(num(one.effectiveEdges))}</td>
            <td>{plain(num(one.prunedEdges))}</td>
            <td>{timesOf(one.timesNodes)}</td>
            <td>{timesOf(one.timesEffective)}</td>
            <td>{timesOf(one.timesPruned)}</td>
          </tr>
        ))}
      </Table>
      <p class="dim">Times are those of the channels of the sparsest model, with intervals of 95 % over tasks.</p>
    </>
  );
}
