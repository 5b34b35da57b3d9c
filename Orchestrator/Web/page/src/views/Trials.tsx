import { path } from '../api/client';
import type { Page, TrialView } from '../api/types';
import { duration, moment } from '../app/format';
import { hrefOf, type Route } from '../app/route';
import { Shown } from '../app/Shown';
import { Table } from '../app/Table';
import { useApi } from '../app/useApi';
import { refine } from '../app/useRoute';
import type { At } from './at';
import { Pager, pageOf, pageSize } from './Pager';

const states = ['waiting', 'running', 'succeeded', 'failed', 'cancelled'];
const kinds = ['prepare', 'train', 'import', 'evaluate', 'prune', 'validate', 'curve', 'edges', 'given'];

/** The trials of a sweep; the server filters, searches and cuts the list. */
export function Trials({ sweep, route }: At) {
  const asked = (name: string): string => route.query.get(name) ?? '';
  const trials = useApi<Page<TrialView>>(
    path(['sweeps', sweep, 'trials'], {
      state: asked('state'),
      kind: asked('kind'),
      search: asked('search'),
      failed: asked('failed') === 'true' ? true : undefined,
      offset: pageOf(route),
      limit: pageSize,
    }),
  );
  return (
    <>
      <h1>Trials of {sweep}</h1>
      <Filters route={route} />
      <Shown of={trials}>
        {(page) => (
          <>
            <Pager page={page} route={route} what="trials" />
            <Table columns={['trial', 'kind', 'state', 'attempts', 'device', 'worked', 'asked for', 'ended', 'reason']}>
              {page.items.map((t) => (
                <tr key={t.id}>
                  <th scope="row">
                    <a href={hrefOf(['sweeps', sweep, 'trials', t.id])}>{t.id}</a>
                  </th>
                  <td>{t.kind}</td>
                  <td class={`trial-${t.state}`}>{t.state}</td>
                  <td>{t.attempts}</td>
                  <td>{t.device ?? '–'}</td>
                  <td>{duration(t.workedSeconds)}</td>
                  <td>{moment(t.queued)}</td>
                  <td>{moment(t.ended)}</td>
                  <td class="text">{t.reason}</td>
                </tr>
              ))}
            </Table>
          </>
        )}
      </Shown>
    </>
  );
}

function Filters({ route }: { route: Route }) {
  const change = (name: string, value: string): void => refine(route, name, value);
  const choice = (name: string, label: string, values: string[]) => (
    <label>
      <span>{label}</span>
      <select value={route.query.get(name) ?? ''} onChange={(e) => change(name, e.currentTarget.value)}>
        <option value="">all</option>
        {values.map((value) => (
          <option key={value} value={value}>
            {value}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <form class="filters" role="search" onSubmit={(e) => e.preventDefault()}>
      {choice('state', 'State', states)}
      {choice('kind', 'Kind', kinds)}
      <label>
        <span>Name, device or reason</span>
        <input type="search" value={route.query.get('search') ?? ''} onInput={(e) => change('search', e.currentTarget.value)} />
      </label>
      <label>
        <input
          type="checkbox"
          checked={route.query.get('failed') === 'true'}
          onChange={(e) => change('failed', e.currentTarget.checked ? 'true' : '')}
        />
        <span>something went wrong</span>
      </label>
    </form>
  );
}
