import { path } from '../api/client';
import type { Page, SearchView } from '../api/types';
import { words } from '../app/format';
import { hrefOf } from '../app/route';
import { Shown } from '../app/Shown';
import { Table } from '../app/Table';
import { useApi } from '../app/useApi';
import { count, num, short } from '../circuit/file';
import type { At } from './at';
import { Pager, pageOf, pageSize } from './Pager';

/** The searches for circuits that have begun. */
export function Searches({ sweep, route }: At) {
  const offset = pageOf(route);
  const searches = useApi<Page<SearchView>>(path(['sweeps', sweep, 'searches'], { offset, limit: pageSize }));
  return (
    <>
      <h1>Searches of {sweep}</h1>
      <Shown of={searches}>
        {(page) => (
          <>
            {page.total === 0 && <p>No search has begun: searches come when models are trained and their tasks measured.</p>}
            <Pager page={page} route={route} what="searches" />
            <Table columns={['task', 'model', 'rounds', 'prunings', 'ended', 'best nodes', 'best edges', 'loss']}>
              {page.items.map((s) => (
                <tr key={s.id}>
                  <th scope="row">
                    <a href={hrefOf(['sweeps', sweep, 'searches', s.model, s.task])}>{s.task}</a>
                  </th>
                  <td class="text">{s.model}</td>
                  <td>
                    {s.roundsClosed} of {s.rounds}
                  </td>
                  <td>
                    {s.observed} of {s.suggested}
                  </td>
                  <td>{s.ended ? words(s.ended) : 'goes on'}</td>
                  <td>{s.best?.nodes === undefined || s.best.nodes === null ? '–' : count(s.best.nodes)}</td>
                  <td>{s.best?.edges === undefined || s.best.edges === null ? '–' : count(s.best.edges)}</td>
                  <td>{short(num(s.best?.loss))}</td>
                </tr>
              ))}
            </Table>
          </>
        )}
      </Shown>
    </>
  );
}
