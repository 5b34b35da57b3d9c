import type { Line, Picture, Placed } from './layout';

/** The lines that a slider leaves: the strongest weights, and all that are no weights of the circuit. */
export function strongest(picture: Picture, keep: number): Line[] {
  const n = shownWeights(picture, keep);
  return picture.lines.filter((line) => line.rank < n);
}

/** How many weights a slider at this fraction leaves: at least one where there are any. */
export const shownWeights = (picture: Picture, keep: number): number =>
  Math.min(picture.weights, Math.max(1, Math.round(picture.weights * keep)));

/** The nodes that have a weight among the lines, and those that have none at all: no slider takes anything from them. */
export function joinedBy(picture: Picture, shown: Line[]): Set<Placed> {
  const ends = (lines: Line[]): Placed[] => lines.filter((line) => line.kind === 'weight').flatMap((line) => [line.from, line.to]);
  const weighted = new Set(ends(picture.lines));
  return new Set([...ends(shown), ...picture.nodes.filter((node) => !weighted.has(node))]);
}

/** The nodes and lines of every path through a node. */
export interface Paths {
  nodes: Set<Placed>;
  lines: Line[];
}

/** Which nodes each node leads to, and from which one comes to it. */
export interface Ways {
  lines: Line[];
  next: Map<Placed, Placed[]>;
  previous: Map<Placed, Placed[]>;
}

/**
 * The ways that lines give. Queries and keys lead to the values of their head too: by no weight, but what a value carries on hangs on the
 * pattern that they make.
 */
export function waysOf(lines: Line[], nodes: Placed[]): Ways {
  const heads = new Map<string, { pattern: Placed[]; values: Placed[] }>();
  for (const node of nodes) {
    if (!node.group) continue;
    const key = `${node.column} ${node.group}`;
    const head = heads.get(key) ?? { pattern: [], values: [] };
    (node.at.part === 'v' ? head.values : head.pattern).push(node);
    heads.set(key, head);
  }
  const joined = [...heads.values()].flatMap(({ pattern, values }) => pattern.flatMap((from) => values.map((to) => ({ from, to }))));
  const all = [...lines, ...joined];
  return { lines, next: adjacency(all, 'from', 'to'), previous: adjacency(all, 'to', 'from') };
}

/** Follows the paths through a node, to both sides. */
export function pathsThrough({ lines, next, previous }: Ways, node: Placed): Paths {
  const [after, before] = [closure(next, node), closure(previous, node)];
  return {
    nodes: new Set([...before, ...after]),
    lines: lines.filter(({ from, to }) => (after.has(from) && after.has(to)) || (before.has(from) && before.has(to))),
  };
}

function closure(way: Map<Placed, Placed[]>, from: Placed): Set<Placed> {
  const all = new Set([from]);
  const open = [from];
  for (let node = open.pop(); node; node = open.pop()) {
    for (const other of way.get(node) ?? []) {
      if (all.has(other)) continue;
      all.add(other);
      open.push(other);
    }
  }
  return all;
}

function adjacency(lines: { from: Placed; to: Placed }[], from: 'from' | 'to', to: 'from' | 'to'): Map<Placed, Placed[]> {
  const all = new Map<Placed, Placed[]>();
  for (const line of lines) {
    const list = all.get(line[from]);
    if (list) list.push(line[to]);
    else all.set(line[from], [line[to]]);
  }
  return all;
}
