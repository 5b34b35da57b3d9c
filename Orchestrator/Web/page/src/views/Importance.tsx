import { num, percent, type Num } from '../circuit/file';

/** How much each hyperparameter mattered: alone, and with others. */
export function Importance({ of }: { of: { parameter: string; alone: Num; total: Num }[] }) {
  if (of.length === 0)
    return (
      <section>
        <h2>What mattered</h2>
        <p class="dim">Too few prunings are known to say.</p>
      </section>
    );
  return (
    <section>
      <h2>What mattered</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">hyperparameter</th>
            <th scope="col">share of the variance, alone</th>
            <th scope="col">with others</th>
          </tr>
        </thead>
        <tbody>
          {of.map((p) => (
            <tr key={p.parameter}>
              <th scope="row">{p.parameter}</th>
              <td>
                <meter aria-label={`${p.parameter} alone`} min={0} max={1} value={Math.max(0, num(p.alone)) || 0} />{' '}
                {percent(num(p.alone))}
              </td>
              <td>
                <meter aria-label={`${p.parameter} with others`} min={0} max={1} value={Math.max(0, num(p.total)) || 0} />{' '}
                {percent(num(p.total))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
