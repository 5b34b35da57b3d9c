import type { Dictionaries, DictionaryMetrics } from '../../api/dictionaries';
import { Table } from '../../app/Table';
import { count, num, percent, short } from '../../circuit/file';
import { baselineOf, lossIncrease, recovered, stopOf, titleOf } from './words';

const columns = ['dictionary', 'features', 'L0', 'FVU', 'loss increase', 'divergence', 'recovered', 'dead', 'alive', 'shrinkage', 'length'];

/** How well each dictionary stands for the activations; baselines below. */
export function Metrics({ of, linkTo }: { of: Dictionaries; linkTo: (dictionary: string) => string }) {
  return (
    <section>
      <h2>Dictionaries</h2>
      <Table columns={columns}>
        {of.autoencoders.map((one) => (
          <tr key={one.name}>
            <th scope="row">
              {one.scores ? <a href={linkTo(one.name)}>{titleOf(one)}</a> : titleOf(one)}
              {stopOf(one)}
            </th>
            <td>{one.trained ? count(one.trained.features) : '–'}</td>
            {one.failure ? (
              <td class="text problem" colSpan={columns.length - 2}>
                {one.failure}
              </td>
            ) : (
              <Row metrics={one.trained?.metrics ?? null} />
            )}
          </tr>
        ))}
        {of.baselines.map((one) => (
          <tr key={baselineOf(one)}>
            <th scope="row">{baselineOf(one)}</th>
            <td>–</td>
            <Row metrics={one.metrics} />
          </tr>
        ))}
      </Table>
      <details>
        <summary>What the columns say</summary>
        <p>
          A dictionary writes each activation as a sum of a few of its features: L0 of them, on average. FVU is the fraction of the variance
          that the sum misses. The loss increase is what it costs the model’s next token, in nats, when the sum takes the activation’s place
          everywhere; the divergence is how far its predictions then are from the model’s own. Recovered is what remains of the loss’s
          advantage over the mean activation, and is near 1 soon. Dead features are 0 on all tokens that were measured, alive ones are not 0
          on more than ten. Shrinkage is 1 where reconstructions are as long as they should be, and length is how long they are beside the
          activations. One whose training was stopped early, as it explained too little or most of its features were dead, is in no plot.
          Baselines use as many features for each activation as they are given (k).
        </p>
      </details>
    </section>
  );
}

function Row({ metrics: m }: { metrics: DictionaryMetrics | null }) {
  const shown = m
    ? [
        short(num(m.l0)),
        short(num(m.fvu)),
        short(lossIncrease(m)),
        short(num(m.divergence)),
        percent(recovered(m)),
        percent(num(m.deadFraction)),
        count(m.alive),
        short(num(m.shrinkage)),
        short(num(m.normRatio)),
      ]
    : columns.slice(2).map(() => '–');
  return (
    <>
      {shown.map((text, i) => (
        <td key={columns[i + 2]}>{text}</td>
      ))}
    </>
  );
}
