import { headWidth, num, visible, type CircuitFile } from './file';
import { columnTitle, compareLocations, parseLocation, type Location } from './location';
import { untangle } from './untangle';

/** A node in its place; x and y are its centre, in pixels at scale 1. */
export interface Placed {
  id: string;
  at: Location;
  channel: number;
  column: number;
  x: number;
  y: number;
  /** The head that it belongs to; empty elsewhere. */
  group: string;
  label: string;
  /** The tokens that drive it, or the logit that it moves; empty for neither. */
  note: string;
  /** Nats lost without it; NaN where that was not measured. */
  effect: number;
  /** A token of the answer, and no node of the circuit. */
  isLogit: boolean;
}

export type LineKind = 'weight' | 'residual' | 'logit';

/** What joins two nodes. */
export interface Line {
  from: Placed;
  to: Placed;
  weight: number;
  kind: LineKind;
  /** Its place among the weights, the strongest 0; −1 for a way without weight. */
  rank: number;
}

export interface Column {
  x: number;
  title: string;
  sub: string;
  nodes: Placed[];
}
export interface Group {
  x: number;
  top: number;
  bottom: number;
  label: string;
}

/** A circuit laid out. The same circuit gives the same picture. */
export interface Picture {
  nodes: Placed[];
  /** Weights by falling magnitude, then what has no rank. */
  lines: Line[];
  /** How many of the lines are weights of the circuit. */
  weights: number;
  columns: Column[];
  groups: Group[];
  width: number;
  height: number;
  /** Whether nodes are small marks without labels. */
  isCompact: boolean;
  maxWeight: number;
  maxEffect: number;
  byId: Map<string, Placed>;
}

/** Nodes of a column up to which all have labels. */
const labelled = 80;

/** Half of a node's box. */
export const boxOf = (picture: Picture): { w: number; h: number } => (picture.isCompact ? { w: 9, h: 3 } : { w: 42, h: 10 });

/** Lays a circuit out: columns in the order a token meets them, heads in groups, few crossings. */
export function layout(circuit: CircuitFile): Picture {
  const nodes = place(circuit);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const columns = intoColumns(nodes);
  const logits = logitNodes(circuit, columns.length);
  const lines = [...weightLines(circuit, byId), ...residualLines(columns), ...logitLines(circuit, columns, logits)];
  if (logits.length > 0) columns.push(logits);
  columns.forEach((column, index) =>
    column.forEach((node) => {
      node.column = index;
    }),
  );
  untangle(columns, lines);
  const picture: Picture = {
    nodes: [...nodes, ...logits],
    lines,
    weights: circuit.edges.length,
    columns: [],
    groups: [],
    width: 0,
    height: 0,
    isCompact: Math.max(0, ...columns.map((column) => column.length)) > labelled,
    maxWeight: largest(lines.filter((line) => line.kind === 'weight').map((line) => line.weight)),
    maxEffect: largest(nodes.map((node) => node.effect)),
    byId: new Map([...nodes, ...logits].map((node) => [node.id, node])),
  };
  spread(picture, columns);
  return picture;
}

const largest = (values: number[]): number => values.reduce((most, value) => (Math.abs(value) > most ? Math.abs(value) : most), 0) || 1;

function place(circuit: CircuitFile): Placed[] {
  const effects = new Map(circuit.checks?.effects.map((e) => [e.node, num(e.effect)]));
  const embeddings = new Map(circuit.tokens.embeddings.map((e) => [e.channel, e.tokens]));
  const dHead = headWidth(circuit);
  const nodes: Placed[] = [];
  const written = new Set<number>();
  for (const { location, channels } of circuit.nodes) {
    const at = parseLocation(location);
    if (at.writes) for (const channel of channels) written.add(channel);
    for (const channel of channels) {
      const id = `${location}:${channel}`;
      // What the circuit has written to a channel before is more than its embeddings.
      const drivers = at.reads && !written.has(channel) ? (embeddings.get(channel) ?? []) : [];
      nodes.push({
        id,
        at,
        channel,
        column: 0,
        x: 0,
        y: 0,
        group: at.part ? `head ${Math.floor(channel / dHead)}` : '',
        label: at.part ? `${at.part} ${channel}` : String(channel),
        note: drivers
          .slice(0, 2)
          .map((t) => `${num(t.weight) > 0 ? '+' : '−'}${visible(t.token)}`)
          .join('  '),
        effect: effects.get(id) ?? NaN,
        isLogit: false,
      });
    }
  }
  return nodes;
}

function intoColumns(nodes: Placed[]): Placed[][] {
  const sorted = [...nodes].sort((a, b) => compareLocations(a.at, b.at) || a.at.part.localeCompare(b.at.part) || a.channel - b.channel);
  const columns: Placed[][] = [];
  for (const node of sorted) {
    const last = columns.at(-1);
    if (last?.[0] && compareLocations(last[0].at, node.at) === 0) last.push(node);
    else columns.push([node]);
  }
  columns.forEach((column, index) =>
    column.forEach((n) => {
      n.column = index;
    }),
  );
  return columns;
}

function weightLines(circuit: CircuitFile, byId: Map<string, Placed>): Line[] {
  const lines = circuit.edges.map((edge): Line => {
    const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
    if (!from || !to) throw new Error(`the edge ${edge.from} → ${edge.to} joins a node that the circuit does not have`);
    return { from, to, weight: num(edge.weight), kind: 'weight', rank: 0 };
  });
  lines.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  lines.forEach((line, rank) => {
    line.rank = rank;
  });
  return lines;
}

/** From each write to the next read of its channel: ways without weight, without which a circuit falls into pieces. */
function residualLines(columns: Placed[][]): Line[] {
  const lines: Line[] = [];
  const next = new Map<number, Placed>();
  for (const column of [...columns].reverse()) {
    for (const node of column) {
      const read = node.at.writes ? next.get(node.channel) : undefined;
      if (read) lines.push({ from: node, to: read, weight: 0, kind: 'residual', rank: -1 });
    }
    for (const node of column) if (node.at.reads) next.set(node.channel, node);
  }
  return lines.reverse();
}

/** The two answers, behind the last column. */
function logitNodes(circuit: CircuitFile, column: number): Placed[] {
  if (circuit.tokens.unembeddings.length === 0) return [];
  return (['a', 'b'] as const).map((side): Placed => ({
    id: `logit ${side.toUpperCase()}`,
    at: { layer: Infinity, site: 'logits', part: '', reads: false, writes: false },
    channel: side === 'a' ? 0 : 1,
    column,
    x: 0,
    y: 0,
    group: '',
    label: visible(circuit.tokens[side].token),
    note: side.toUpperCase(),
    effect: NaN,
    isLogit: true,
  }));
}

/** What moves the answers: the last norm's channels where the circuit has them, otherwise what writes to the residual stream. */
function logitLines(circuit: CircuitFile, columns: Placed[][], logits: Placed[]): Line[] {
  const [a, b] = logits;
  if (!a || !b) return [];
  const weights = new Map(circuit.tokens.unembeddings.map((u) => [u.channel, u]));
  const all = columns.flat();
  const hasFinal = all.some((node) => node.at.site === 'final_resid');
  return all
    .filter((node) => (hasFinal ? node.at.site === 'final_resid' : node.at.writes))
    .flatMap((node): Line[] => {
      const u = weights.get(node.channel);
      if (!u) return [];
      return [[a, num(u.weightA)] as const, [b, num(u.weightB)] as const]
        .filter(([, weight]) => weight !== 0)
        .map(([to, weight]) => ({ from: node, to, weight, kind: 'logit', rank: -1 }));
    });
}

function spread(picture: Picture, columns: Placed[][]): void {
  const [gapX, gapY] = picture.isCompact ? [190, 8] : [200, 26];
  const [left, top] = [150, 70];
  const heights = columns.map((column) => column.length + breaks(column));
  const rows = Math.max(1, ...heights);
  columns.forEach((column, index) => {
    const x = left + index * gapX;
    let row = (rows - (heights[index] ?? 0)) / 2;
    column.forEach((node, i) => {
      if (i > 0 && column[i - 1]?.group !== node.group) row++;
      node.x = x;
      node.y = top + row * gapY;
      row++;
    });
    const [title, sub] = column[0]?.isLogit ? ['logits', 'the two answers'] : columnTitle(column[0]!.at);
    picture.columns.push({ x, title, sub, nodes: column });
    for (const label of new Set(column.map((node) => node.group))) {
      if (!label) continue;
      const members = column.filter((node) => node.group === label);
      picture.groups.push({ x, top: members[0]!.y, bottom: members.at(-1)!.y, label });
    }
  });
  picture.width = left + Math.max(0, columns.length - 1) * gapX + 120;
  picture.height = top + rows * gapY + 10;
}

const breaks = (column: Placed[]): number => column.filter((node, i) => i > 0 && column[i - 1]?.group !== node.group).length;
