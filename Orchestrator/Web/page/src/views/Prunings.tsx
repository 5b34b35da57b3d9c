import { useState } from 'preact/hooks';
import type { Pruning } from '../api/types';
import { hrefOf, type Route } from '../app/route';
import { words } from '../app/format';
import { count, num, short } from '../circuit/file';

interface Props {
  sweep: string;
  model: string;
  task: string;
  prunings: Pruning[];
  chosen: number | undefined;
  route: Route;
}

type Column = { name: string; value: (p: Pruning) => number; text: (p: Pruning) => string };

/** Every pruning of a search with its hyperparameters; a click on a column's name sorts by it. */
export function Prunings({ sweep, model, task, prunings, chosen, route }: Props) {
  const names = Object.keys(prunings[0]?.hyperparameters ?? {});
  const columns: Column[] = [
    { name: 'pruning', value: (p) => p.index, text: (p) => String(p.index) },
    { name: 'round', value: (p) => p.round, text: (p) => String(p.round) },
    { name: 'objective', value: (p) => num(p.objective), text: (p) => short(num(p.objective)) },
    { name: 'edges', value: (p) => num(p.edges), text: (p) => (p.edges === null ? '–' : count(p.edges)) },
    { name: 'nodes', value: (p) => num(p.nodes), text: (p) => (p.nodes === null ? '–' : count(p.nodes)) },
    { name: 'loss', value: (p) => num(p.loss), text: (p) => short(num(p.loss)) },
    { name: 'cost', value: (p) => num(p.cost), text: (p) => short(num(p.cost)) },
    ...names.map((name): Column => ({
      name,
      value: (p) => num(p.hyperparameters[name]),
      text: (p) => short(num(p.hyperparameters[name])),
    })),
  ];
  const [sort, setSort] = useState({ column: 0, isFalling: false });
  const by = columns[sort.column]!;
  // What is not known comes last, either way.
  const order = (a: Pruning, b: Pruning): number => {
    const [x, y] = [by.value(a), by.value(b)];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a.index - b.index;
    return (sort.isFalling ? y - x : x - y) || a.index - b.index;
  };
  return (
    <section>
      <h2>All prunings</h2>
      <div class="wide" tabIndex={0} role="group" aria-label="table">
        <table>
          <thead>
            <tr>
              {columns.map((column, i) => (
                <th
                  key={column.name}
                  scope="col"
                  aria-sort={sort.column === i ? (sort.isFalling ? 'descending' : 'ascending') : 'none'}>
                  <button
                    type="button"
                    class="link"
                    onClick={() => setSort({ column: i, isFalling: sort.column === i && !sort.isFalling })}>
                    {column.name}
                  </button>
                </th>
              ))}
              <th scope="col">from</th>
              <th scope="col">what became of it</th>
            </tr>
          </thead>
          <tbody>
            {[...prunings].sort(order).map((p) => (
              <tr key={p.index} class={p.index === chosen ? 'chosen' : ''}>
                {columns.map((column, i) =>
                  i === 0 ? (
                    <th key={column.name} scope="row">
                      <a href={hrefOf(route.parts, { pruning: String(p.index) })}>{p.index}</a>
                    </th>
                  ) : (
                    <td key={column.name}>{column.text(p)}</td>
                  ),
                )}
                <td>{words(p.kind)}</td>
                <td class="text">
                  {p.failure ??
                    p.forgotten ??
                    (p.stopped ? (
                      'stopped early'
                    ) : p.edges !== null && p.objective !== null ? (
                      <a href={hrefOf(['sweeps', sweep, 'circuits', model, task, String(p.index)])}>circuit</a>
                    ) : p.objective === null ? (
                      'not known yet'
                    ) : (
                      'no circuit'
                    ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
