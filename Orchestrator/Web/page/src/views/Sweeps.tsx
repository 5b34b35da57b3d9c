import { useEffect } from 'preact/hooks';
import { path } from '../api/client';
import type { SweepList, SweepView } from '../api/types';
import { duration, words } from '../app/format';
import { hrefOf } from '../app/route';
import { Shown } from '../app/Shown';
import { Table } from '../app/Table';
import { useApi } from '../app/useApi';
import { count } from '../circuit/file';
import { Progress } from './Progress';

/** All sweeps that the server has; where there is one, that one. */
export function Sweeps() {
  const sweeps = useApi<SweepList>(path(['sweeps'], { limit: 1000 }));
  const only = sweeps.data?.total === 1 ? idsOf(sweeps.data)[0] : undefined;
  useEffect(() => {
    if (only !== undefined) location.replace(hrefOf(['sweeps', only]));
  }, [only]);
  return (
    <>
      <h1>Sweeps</h1>
      <Shown of={sweeps}>
        {({ items, unreadable, total }) => (
          <>
            {total === 0 && <p>The server has no sweep yet.</p>}
            {total > items.length + unreadable.length && (
              <p>
                {count(items.length + unreadable.length)} of {count(total)} are listed.
              </p>
            )}
            <Table columns={['sweep', 'state', 'done', 'time left', 'models', 'tasks', 'trials', 'failures']}>
              {idsOf({ items, unreadable }).map((id) => {
                const sweep = items.find((s) => s.id === id);
                return (
                  <tr key={id}>
                    <th scope="row">
                      <a href={hrefOf(['sweeps', id])}>{id}</a>
                    </th>
                    {sweep ? <Cells of={sweep} /> : <Unreadable reason={unreadable.find((u) => u.id === id)!.reason} />}
                  </tr>
                );
              })}
            </Table>
          </>
        )}
      </Shown>
    </>
  );
}

/** The sweeps of a list in one order, whether or not they can be read. */
export const idsOf = ({ items, unreadable }: Pick<SweepList, 'items' | 'unreadable'>): string[] =>
  [...items, ...unreadable].map((s) => s.id).sort();

function Cells({ of: s }: { of: SweepView }) {
  return (
    <>
      <td>{s.isRunning ? 'running' : words(s.status)}</td>
      <td>{s.fraction === null ? '–' : <Progress label={`how much of ${s.id} is done`} done={s.fraction} total={1} />}</td>
      <td>{duration(s.secondsLeft)}</td>
      <td>
        {s.trained} of {s.models}
      </td>
      <td>{s.tasks.length}</td>
      <td>{count(s.trials)}</td>
      <td>{count(s.failures)}</td>
    </>
  );
}

function Unreadable({ reason }: { reason: string }) {
  return (
    <>
      <td class="problem">cannot be read</td>
      <td class="text" colSpan={6}>
        {reason}
      </td>
    </>
  );
}
