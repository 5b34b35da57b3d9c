import type { Line, Placed } from './layout';

const sweeps = 8;

/**
 * Orders each column by the mean height of its neighbours, there and back a few times (the barycentre heuristic of Sugiyama et al. 1981),
 * heads staying together; ties keep their order.
 */
export function untangle(columns: Placed[][], lines: Line[]): void {
  const height = new Map<Placed, number>();
  const near = neighbours(lines);
  const measure = (column: Placed[]): void => column.forEach((node, row) => height.set(node, (row + 0.5) / column.length));
  columns.forEach(measure);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (let i = 0; i < columns.length; i++) {
      const column = columns[sweep % 2 === 0 ? i : columns.length - 1 - i]!;
      const wanted = new Map(column.map((node) => [node, centre(node, near, height)]));
      const ofGroup = means(column, wanted);
      column.sort((a, b) =>
        a.group === b.group
          ? a.at.part.localeCompare(b.at.part) || wanted.get(a)! - wanted.get(b)!
          : ofGroup.get(a.group)! - ofGroup.get(b.group)! || a.group.localeCompare(b.group),
      );
      measure(column);
    }
  }
}

function neighbours(lines: Line[]): Map<Placed, [Placed, number][]> {
  const near = new Map<Placed, [Placed, number][]>();
  const add = (of: Placed, other: Placed, weight: number): void => {
    const list = near.get(of);
    if (list) list.push([other, weight]);
    else near.set(of, [[other, weight]]);
  };
  for (const { from, to, kind, weight } of lines) {
    const pull = kind === 'residual' ? 1 : Math.abs(weight) || 1e-9;
    add(from, to, pull);
    add(to, from, pull);
  }
  return near;
}

function centre(node: Placed, near: Map<Placed, [Placed, number][]>, height: Map<Placed, number>): number {
  let [sum, total] = [0, 0];
  for (const [other, pull] of near.get(node) ?? []) {
    sum += height.get(other)! * pull;
    total += pull;
  }
  return total > 0 ? sum / total : height.get(node)!;
}

function means(column: Placed[], of: Map<Placed, number>): Map<string, number> {
  const sums = new Map<string, [number, number]>();
  for (const node of column) {
    const [sum, n] = sums.get(node.group) ?? [0, 0];
    sums.set(node.group, [sum + of.get(node)!, n + 1]);
  }
  return new Map([...sums].map(([group, [sum, n]]) => [group, sum / n]));
}
