import { boxOf, type Picture, type Placed } from './layout';

/** The node at a place of the picture, or close by; null for none. */
export function nodeAt(picture: Picture, x: number, y: number): Placed | null {
  const { w, h } = boxOf(picture);
  let best: Placed | null = null;
  let nearest = h + 3;
  for (const column of picture.columns) {
    if (Math.abs(column.x - x) > w + 3) continue;
    for (const node of column.nodes) {
      const away = Math.abs(node.y - y);
      if (away <= nearest) [best, nearest] = [node, away];
    }
  }
  return best;
}

/** The node that an arrow key leads to: the next in its column, or the nearest of the next column. */
export function neighbour(picture: Picture, from: Placed | null, key: string): Placed | null {
  const columns = picture.columns;
  if (!from) return columns[0]?.nodes[0] ?? null;
  const column = columns[from.column]!.nodes;
  const row = column.indexOf(from);
  if (key === 'ArrowDown') return column[row + 1] ?? from;
  if (key === 'ArrowUp') return column[row - 1] ?? from;
  const next = columns[from.column + (key === 'ArrowRight' ? 1 : -1)]?.nodes;
  return next ? next.reduce((best, node) => (Math.abs(node.y - from.y) < Math.abs(best.y - from.y) ? node : best)) : from;
}
