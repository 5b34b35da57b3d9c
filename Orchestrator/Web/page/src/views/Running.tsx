import type { RunningView } from '../api/types';
import { Table } from '../app/Table';
import { hrefOf } from '../app/route';
import { count, num, short } from '../circuit/file';
import { Progress } from './Progress';

interface Props {
  sweep: string;
  running: RunningView[];
  isRunning: boolean;
}

/** What runs where, now. */
export function Running({ sweep, running, isRunning }: Props) {
  return (
    <section>
      <h2>Running now</h2>
      {running.length === 0 && <p class="dim">{isRunning ? 'No device is at work.' : 'No process of this machine runs the sweep.'}</p>}
      {running.length > 0 && (
        <Table columns={['device', 'trial', 'kind', 'progress', 'loss', 'steps/s']}>
          {running.map((r) => (
            <tr key={r.device}>
              <th scope="row">{r.device}</th>
              <td>
                <a href={hrefOf(['sweeps', sweep, 'trials', r.trial])}>{r.trial}</a>
              </td>
              <td>{r.kind}</td>
              <td>
                {r.progress && r.progress.steps > 0 ? (
                  <>
                    <Progress label={`how far ${r.trial} is`} done={r.progress.step} total={r.progress.steps} />{' '}
                    {count(r.progress.step)} of {count(r.progress.steps)}
                  </>
                ) : (
                  '–'
                )}{' '}
                {r.progress?.note}
              </td>
              <td>{short(num(r.progress?.loss))}</td>
              <td>{r.stepsPerSecond === null ? '–' : r.stepsPerSecond.toFixed(1)}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
