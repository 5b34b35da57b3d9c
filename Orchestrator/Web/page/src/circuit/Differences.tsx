import type { Difference } from './compare';
import { count } from './file';

/** What two circuits share, location by location. */
export function Differences({ of, names: [left, right] }: { of: Difference; names: [string, string] }) {
  const sum = (key: 'both' | 'onlyLeft' | 'onlyRight'): number => of.locations.reduce((total, at) => total + at[key], 0);
  return (
    <section class="differences">
      <p>
        {of.isSameModel
          ? 'Both are of one model: nodes of the same name are the same. Those that only one has are outlined in its picture.'
          : 'They are of different models: nodes of the same name are not the same, so only their numbers can be compared.'}
      </p>
      <details>
        <summary>
          {of.isSameModel ? `${count(sum('both'))} nodes and ${count(of.edges.both)} edges are in both` : 'Nodes by location'}
        </summary>
        <table>
          <thead>
            <tr>
              <th scope="col">location</th>
              {of.isSameModel && <th scope="col">both</th>}
              <th scope="col">
                {of.isSameModel ? 'only ' : ''}
                {left}
              </th>
              <th scope="col">
                {of.isSameModel ? 'only ' : ''}
                {right}
              </th>
            </tr>
          </thead>
          <tbody>
            {of.locations.map((at) => (
              <tr key={at.location}>
                <th scope="row">{at.location}</th>
                {of.isSameModel && <td>{count(at.both)}</td>}
                <td>{count(at.onlyLeft + (of.isSameModel ? 0 : at.both))}</td>
                <td>{count(at.onlyRight + (of.isSameModel ? 0 : at.both))}</td>
              </tr>
            ))}
            <tr>
              <th scope="row">edges</th>
              {of.isSameModel && <td>{count(of.edges.both)}</td>}
              <td>{count(of.edges.onlyLeft + (of.isSameModel ? 0 : of.edges.both))}</td>
              <td>{count(of.edges.onlyRight + (of.isSameModel ? 0 : of.edges.both))}</td>
            </tr>
          </tbody>
        </table>
      </details>
    </section>
  );
}
