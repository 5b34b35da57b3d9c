import { useEffect } from 'preact/hooks';
import { path } from '../api/client';
import type { Page, SweepView } from '../api/types';
import { duration, words } from '../app/format';
import { hrefOf } from '../app/route';
import { Shown } from '../app/Shown';
import { Table } from '../app/Table';
import { useApi } from '../app/useApi';
import { count } from '../circuit/file';
import { Progress } from './Progress';

/** All sweeps that the server has; where there is one, that one. */
export function Sweeps() {
  const sweeps = useApi<Page<SweepView>>(path(['sweeps'], { limit: 1000 }));
  const only = sweeps.data?.total === 1 ? sweeps.data.items[0]?.id : undefined;
  useEffect(() => {
    if (only !== undefined) location.replace(hrefOf(['sweeps', only]));
  }, [only]);
  return (
    <>
      <h1>Sweeps</h1>
      <Shown of={sweeps}>
        {({ items, total }) => (
          <>
            {total === 0 && <p>The server has no sweep yet.</p>}
            {total > items.length && (
              <p>
                {count(items.length)} of {count(total)} are listed.
              </p>
            )}
            <Table columns={['sweep', 'state', 'done', 'time left', 'models', 'tasks', 'trials', 'failures']}>
              {items.map((s) => (
                <tr key={s.id}>
                  <th scope="row">
                    <a href={hrefOf(['sweeps', s.id])}>{s.id}</a>
                  </th>
                  <td>{s.isRunning ? 'running' : words(s.status)}</td>
                  <td>
                    {s.fraction === null ? '–' : <Progress label={`how much of ${s.id} is done`} done={s.fraction} total={1} />}
                  </td>
                  <td>{duration(s.secondsLeft)}</td>
                  <td>
                    {s.trained} of {s.models}
                  </td>
                  <td>{s.tasks.length}</td>
                  <td>{count(s.trials)}</td>
                  <td>{count(s.failures)}</td>
                </tr>
              ))}
            </Table>
          </>
        )}
      </Shown>
    </>
  );
}
