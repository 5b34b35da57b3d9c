import { path } from '../api/client';
import { Command } from '../app/Command';
import { Table } from '../app/Table';
import { count } from '../circuit/file';

interface Props {
  sweep: string;
  failures: { subject: string; reason: string }[];
  canRetry: boolean;
}

const most = 100;

/** What failed by its own fault, with the reason, and a way to try again. */
export function Failures({ sweep, failures, canRetry }: Props) {
  if (failures.length === 0) return null;
  const to = path(['sweeps', sweep, 'retry']);
  return (
    <section>
      <h2>Failures ({count(failures.length)})</h2>
      {canRetry && <Command label="Retry all" path={to} question={`All ${count(failures.length)} that failed are tried again.`} />}
      {failures.length > most && (
        <p>
          The first {most} of {count(failures.length)} are listed; the trials have all.
        </p>
      )}
      <Table columns={['what', 'why', <span class="visually-hidden">command</span>]}>
        {failures.slice(0, most).map(({ subject, reason }) => (
          <tr key={subject}>
            <th scope="row">{subject}</th>
            <td class="text">{reason}</td>
            <td>
              {canRetry && <Command label="Retry" path={to} body={{ trials: [subject] }} question={`${subject} is tried again.`} />}
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
