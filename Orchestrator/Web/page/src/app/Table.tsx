import type { ComponentChildren } from 'preact';

interface Props {
  columns: ComponentChildren[];
  /** Which of the columns have text, but for the first. */
  texts?: number[];
  children: ComponentChildren;
}

/** A table that scrolls by itself, by keys too, where it is wider than the page. */
export function Table({ columns, texts = [], children }: Props) {
  return (
    <div class="wide" tabIndex={0} role="group" aria-label="table">
      <table>
        <thead>
          <tr>
            {columns.map((column, i) => (
              <th key={i} scope="col" class={texts.includes(i) ? 'text' : undefined}>
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
