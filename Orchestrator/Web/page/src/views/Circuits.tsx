import { path } from '../api/client';
import type { CircuitView, Page } from '../api/types';
import { hrefOf } from '../app/route';
import { Shown } from '../app/Shown';
import { Table } from '../app/Table';
import { useApi } from '../app/useApi';
import { count, num, percent, short } from '../circuit/file';
import type { At } from './at';
import { Pager, pageOf, pageSize } from './Pager';

const meanings: Record<string, string> = {
  best: 'the smallest of the search',
  validated: 'the best, with all that was checked',
  edges: 'the best, with its edges pruned',
  attribution: 'the baseline',
  given: 'as it was published',
};

/** The circuits that there are. */
export function Circuits({ sweep, route }: At) {
  const circuits = useApi<Page<CircuitView>>(path(['sweeps', sweep, 'circuits'], { offset: pageOf(route), limit: pageSize }));
  return (
    <>
      <h1>Circuits of {sweep}</h1>
      <Shown of={circuits}>
        {(page) => (
          <>
            {page.total === 0 && <p>There is no circuit yet.</p>}
            <Pager page={page} route={route} what="circuits" />
            <Table columns={['task', 'model', 'circuit', 'nodes', 'edges', 'validation', 'test', 'right']}>
              {page.items.map((c) => (
                <tr key={`${c.model} ${c.task} ${c.kind}`}>
                  <th scope="row">
                    <a href={hrefOf(['sweeps', sweep, 'circuits', c.model, c.task, c.kind])}>
                      {c.task}, {c.kind}
                    </a>
                  </th>
                  <td class="text">{c.model}</td>
                  <td class="text">{meanings[c.kind] ?? c.kind}</td>
                  <td>{count(c.size.nodes)}</td>
                  <td>{count(c.size.edges)}</td>
                  <td>{short(num(c.size.validationLoss))}</td>
                  <td>{short(num(c.size.testLoss))}</td>
                  <td>{percent(num(c.size.testAccuracy))}</td>
                </tr>
              ))}
            </Table>
          </>
        )}
      </Shown>
    </>
  );
}
