import type { ComponentChildren } from 'preact';

/** A table that scrolls by itself, by keys too, where it is wider than the page. */
export function Table({ columns, children }: { columns: ComponentChildren[]; children: ComponentChildren }) {
  return (
    <div class="wide" tabIndex={0} role="group" aria-label="table">
      <table>
        <thead>
          <tr>
            {columns.map((column, i) => (
              <th key={i} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
