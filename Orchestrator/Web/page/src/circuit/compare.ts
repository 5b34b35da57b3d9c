import { num, type CircuitFile } from './file';

/** How much two circuits share at one location. */
export interface Shared {
  location: string;
  both: number;
  onlyLeft: number;
  onlyRight: number;
}

/** What two circuits share, by the names of nodes; that means something where both are of one model. */
export interface Difference {
  isSameModel: boolean;
  locations: Shared[];
  onlyLeft: Set<string>;
  onlyRight: Set<string>;
  edges: { both: number; onlyLeft: number; onlyRight: number };
}

/** The names of a circuit's nodes. */
export const nodeIds = (circuit: CircuitFile): string[] =>
  circuit.nodes.flatMap(({ location, channels }) => channels.map((channel) => `${location}:${channel}`));

/** Compares two circuits node by node and edge by edge. */
export function compare(left: CircuitFile, right: CircuitFile): Difference {
  const [a, b] = [new Set(nodeIds(left)), new Set(nodeIds(right))];
  const onlyLeft = new Set([...a].filter((id) => !b.has(id)));
  const onlyRight = new Set([...b].filter((id) => !a.has(id)));
  const order = [...new Set([...left.nodes, ...right.nodes].map((group) => group.location))];
  const at = (ids: Iterable<string>, location: string): number => [...ids].filter((id) => id.startsWith(`${location}:`)).length;
  const [edgesA, edgesB] = [edgeIds(left), edgeIds(right)];
  const both = [...edgesA].filter((id) => edgesB.has(id)).length;
  return {
    isSameModel: left.model.sha256 === right.model.sha256,
    locations: order.map((location) => ({
      location,
      both: at(a, location) - at(onlyLeft, location),
      onlyLeft: at(onlyLeft, location),
      onlyRight: at(onlyRight, location),
    })),
    onlyLeft,
    onlyRight,
    edges: { both, onlyLeft: edgesA.size - both, onlyRight: edgesB.size - both },
  };
}

const edgeIds = (circuit: CircuitFile): Set<string> =>
  new Set(circuit.edges.filter((edge) => num(edge.weight) !== 0).map((edge) => `${edge.from} ${edge.to}`));
