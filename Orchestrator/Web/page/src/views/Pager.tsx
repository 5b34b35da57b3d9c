import type { Page } from '../api/types';
import { hrefOf, type Route } from '../app/route';
import { count } from '../circuit/file';

export const pageSize = 100;

/** How many items come before those that an address asks for. */
export const pageOf = (route: Route): number => Math.max(0, Math.floor(Number(route.query.get('offset')) || 0));

/** Which part of a list is shown, and the way to its neighbours. */
export function Pager<T>({ page, route, what }: { page: Page<T>; route: Route; what: string }) {
  const to = (offset: number): string =>
    hrefOf(route.parts, { ...Object.fromEntries(route.query), offset: offset > 0 ? String(offset) : '' });
  const { offset, total, items } = page;
  return (
    <nav class="pager" aria-label={`parts of the list of ${what}`}>
      <span role="status">
        {total === 0 ? `no ${what}` : `${count(offset + 1)} to ${count(offset + items.length)} of ${count(total)} ${what}`}
      </span>
      {offset > 0 && <a href={to(0)}>first</a>}
      {offset > 0 && (
        <a href={to(Math.max(0, offset - pageSize))} rel="prev">
          earlier
        </a>
      )}
      {offset + items.length < total && (
        <a href={to(offset + pageSize)} rel="next">
          later
        </a>
      )}
      {offset + items.length < total && <a href={to(Math.floor((total - 1) / pageSize) * pageSize)}>last</a>}
    </nav>
  );
}
