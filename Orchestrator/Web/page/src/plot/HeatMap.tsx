import { short } from '../circuit/file';

interface Props {
  title: string;
  /** What rows and columns are, said below. */
  axes: string;
  columns: string[];
  /** NaN where a cell is empty. */
  rows: { name: string; cells: number[] }[];
  /** The values that are not shaded at all, and shaded most. */
  from: number;
  to: number;
}

/** A table of numbers, the larger the darker; each cell has its number, so that it reads the same without colours. */
export function HeatMap({ title, axes, columns, rows, from, to }: Props) {
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <div class="wide" tabIndex={0} role="group" aria-label={title}>
        <table class="heat">
          <thead>
            <tr>
              <td />
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.name}>
                <th scope="row">{row.name}</th>
                {row.cells.map((value, i) => (
                  <td key={columns[i]} style={{ background: shade(value, from, to) }}>
                    {Number.isNaN(value) ? '' : short(value)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="dim">{axes}</p>
    </figure>
  );
}

/** Shades beyond which text would be hard to read. */
const darkest = 45;

/** The background of a cell. */
export function shade(value: number, from: number, to: number): string {
  if (Number.isNaN(value)) return 'none';
  const part = to > from ? Math.min(1, Math.max(0, (value - from) / (to - from))) : 0;
  return `color-mix(in srgb, var(--positive) ${Math.round(darkest * part)}%, transparent)`;
}
