import type { BridgeMeasures } from '../../api/bridges';
import { Table } from '../../app/Table';
import { num, short } from '../../circuit/file';
import { HeatMap } from '../../plot/HeatMap';
import { hybridLosses } from './lines';

/** What bridges lose at each site, and what it costs to go from one model to the other and back. */
export function Sites({ of }: { of: BridgeMeasures }) {
  const rows = hybridLosses(of);
  const losses = rows.flatMap((row) => row.cells).filter(Number.isFinite);
  return (
    <>
      <Table
        columns={[
          'site',
          'encoder error',
          'floor',
          'decoder error',
          'dense to sparse',
          'divergence',
          'sparse to dense',
          'divergence',
        ]}>
        {of.sites.map((site) => (
          <tr key={site.site}>
            <th scope="row">{site.site}</th>
            <td>{short(num(site.encoderNmse))}</td>
            <td>{short(num(site.topKFloor))}</td>
            <td>{short(num(site.decoderNmse))}</td>
            <td>{short(num(site.denseToSparseLoss))}</td>
            <td>{short(num(site.denseToSparseDivergence))}</td>
            <td>{short(num(site.sparseToDenseLoss))}</td>
            <td>{short(num(site.sparseToDenseDivergence))}</td>
          </tr>
        ))}
      </Table>
      <details>
        <summary>What the columns say</summary>
        <p>
          The encoder makes the sparse model’s residual of the dense model’s, the decoder the reverse. Errors are squared, relative to the
          variance of what is predicted: 1 is no better than the mean. An encoder gives a fraction of the channels, so that it cannot go
          below the floor. Losses are of hybrids: dense to sparse is the dense model up to the site and the sparse one behind it, sparse to
          dense the reverse; beside each stands its divergence from the dense model. All in nats per token.
        </p>
      </details>
      <HeatMap
        title="Hybrids: loss above the dense model’s, nats per token"
        axes="The dense model with the sparse one’s layers in between. Rows: where it is entered. Columns: where it is left."
        columns={of.sites.map((site) => site.site)}
        rows={rows}
        from={0}
        to={losses.length > 0 ? Math.max(...losses) : 0}
      />
    </>
  );
}
