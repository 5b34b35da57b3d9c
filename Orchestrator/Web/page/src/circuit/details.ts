import { num, type CircuitFile, type NodeExample, type NodeSign, type NodeStep, type Pair, type TokenWeight } from './file';
import { parseLocation } from './location';

/** A weight, seen from one of its nodes. */
export interface Joined {
  node: string;
  weight: number;
}

/** What a file says of a node. */
export interface NodeDetails {
  effect: number;
  top: NodeExample[];
  bottom: NodeExample[];
  sign: NodeSign | null;
  step: NodeStep | null;
  /** The tokens whose embeddings write most to its channel; none for a node that reads no channel. */
  drivers: TokenWeight[];
  /** How it moves the two answers; null for a node that writes no channel. */
  answers: { a: number; b: number } | null;
  into: Joined[];
  out: Joined[];
  /** Nodes that write the channel that it reads, and those that read the channel that it writes. */
  writers: string[];
  readers: string[];
  pairs: { pair: Pair; a: number[]; b: number[] }[];
}

/** Answers questions about the nodes of one circuit. */
export class Details {
  private readonly effects;
  private readonly activities;
  private readonly signs;
  private readonly steps;
  private readonly into = new Map<string, Joined[]>();
  private readonly out = new Map<string, Joined[]>();
  private readonly channels = new Map<number, { reads: string[]; writes: string[] }>();

  constructor(private readonly circuit: CircuitFile) {
    const { checks } = circuit;
    this.effects = new Map(checks?.effects.map((e) => [e.node, num(e.effect)]));
    this.activities = new Map(checks?.activities.map((a) => [a.node, a]));
    this.signs = new Map(checks?.signs?.map((s) => [s.node, s]));
    this.steps = new Map(checks?.steps?.map((s) => [s.node, s]));
    for (const edge of circuit.edges) {
      push(this.into, edge.to, { node: edge.from, weight: num(edge.weight) });
      push(this.out, edge.from, { node: edge.to, weight: num(edge.weight) });
    }
    for (const list of [...this.into.values(), ...this.out.values()]) list.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
    for (const { location, channels } of circuit.nodes) {
      const at = parseLocation(location);
      if (!at.reads && !at.writes) continue;
      for (const channel of channels) {
        const known = this.channels.get(channel) ?? { reads: [], writes: [] };
        (at.reads ? known.reads : known.writes).push(`${location}:${channel}`);
        this.channels.set(channel, known);
      }
    }
  }

  /** What the file says of a node. */
  of(node: string): NodeDetails {
    const { circuit } = this;
    const colon = node.lastIndexOf(':');
    const at = parseLocation(node.slice(0, colon));
    const channel = Number(node.slice(colon + 1));
    const active = this.activities.get(node);
    const unembedding =
      at.writes || at.site === 'final_resid' ? circuit.tokens.unembeddings.find((u) => u.channel === channel) : undefined;
    const order = circuit.nodes.map((group) => group.location);
    const place = (id: string): number => order.indexOf(id.slice(0, id.lastIndexOf(':')));
    return {
      effect: this.effects.get(node) ?? NaN,
      top: active?.top ?? [],
      bottom: active?.bottom ?? [],
      sign: this.signs.get(node) ?? null,
      step: this.steps.get(node) ?? null,
      drivers: at.reads ? (circuit.tokens.embeddings.find((e) => e.channel === channel)?.tokens ?? []) : [],
      answers: unembedding ? { a: num(unembedding.weightA), b: num(unembedding.weightB) } : null,
      into: this.into.get(node) ?? [],
      out: this.out.get(node) ?? [],
      writers: at.reads ? (this.channels.get(channel)?.writes ?? []).filter((id) => place(id) < place(node)) : [],
      readers: at.writes ? (this.channels.get(channel)?.reads ?? []).filter((id) => place(id) > place(node)) : [],
      pairs: (circuit.checks?.pairs ?? []).flatMap((pair) => {
        const on = pair.nodes.find((n) => n.node === node);
        return on ? [{ pair, a: on.a.map(num), b: on.b.map(num) }] : [];
      }),
    };
  }
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
