import type { CircuitFile } from './file';

/** A small circuit by hand, for tests: two tokens drive two channels; a head and a neuron of layer 0 write to the answers. */
export const example = (): CircuitFile => ({
  task: 'quotes',
  taskRule: 'close the string with the quote that opened it',
  model: { path: 'models/m/model.safetensors', sha256: 'aa' },
  modelConfig: { nLayer: 1, dModel: 32, dHead: 16 },
  ablation: 'mean',
  targetLoss: 0.15,
  targetReached: true,
  losses: { validationBefore: 0.1, validation: 0.09, testBefore: 0.12, test: 0.11, testAccuracy: 0.98, scale: 1, shift: 0 },
  nodeCount: 8,
  edgeCount: 6,
  nodes: [
    { location: '0.attn.act_in', channels: [3, 5] },
    { location: '0.attn.q', channels: [17] },
    { location: '0.attn.v', channels: [2] },
    { location: '0.attn.resid_delta', channels: [3] },
    { location: '0.mlp.act_in', channels: [3] },
    { location: '0.mlp.post_act', channels: [40] },
    { location: '0.mlp.resid_delta', channels: [9] },
  ],
  edges: [
    { from: '0.attn.act_in:3', to: '0.attn.q:17', weight: 0.5 },
    { from: '0.attn.act_in:3', to: '0.attn.v:2', weight: -2 },
    { from: '0.attn.act_in:5', to: '0.attn.v:2', weight: 0.25 },
    { from: '0.attn.v:2', to: '0.attn.resid_delta:3', weight: 1.5 },
    { from: '0.mlp.act_in:3', to: '0.mlp.post_act:40', weight: 1 },
    { from: '0.mlp.post_act:40', to: '0.mlp.resid_delta:9', weight: -0.125 },
  ],
  edgesPruned: false,
  tokens: {
    a: { token: '"', id: 1, weight: 1 },
    b: { token: "'", id: 2, weight: 1 },
    embeddings: [
      {
        channel: 3,
        tokens: [
          { token: '("', id: 7, weight: 1.25 },
          { token: " a<b&'", id: 8, weight: -0.5 },
        ],
      },
      { channel: 5, tokens: [{ token: '\n', id: 9, weight: 0.75 }] },
    ],
    unembeddings: [
      { channel: 3, weightA: 0.4, weightB: -0.3 },
      { channel: 9, weightA: 'NaN', weightB: 0.1 },
    ],
  },
  checks: {
    sufficiency: 0.11,
    necessity: 1.4,
    resample: 0.2,
    binarized: 0.16,
    effects: [
      { node: '0.attn.v:2', effect: 0.6 },
      { node: '0.mlp.post_act:40', effect: -0.01 },
    ],
    activities: [
      { node: '0.attn.v:2', top: [{ before: 'x = ', token: '("', value: 2 }], bottom: [{ before: 'y = ', token: 'def', value: -1 }] },
    ],
    signs: [{ node: '0.attn.v:2', reading: 'last', positiveIsA: true, trainAccuracy: 0.9, accuracy: 0.95, auc: 0.97 }],
    pairs: [{ index: 0, tokensA: ['x', '("'], tokensB: ['x', "('"], nodes: [{ node: '0.attn.v:2', a: [0.1, 2], b: [0.1, -1] }] }],
  },
});

/** A circuit of so many nodes and edges, the same each time: for benchmarks and tests of large pictures. */
export function largeExample(nodes: number, edges: number): CircuitFile {
  const circuit = example();
  const locations = [0, 1, 2, 3].flatMap((layer) =>
    ['attn.act_in', 'attn.v', 'attn.resid_delta', 'mlp.act_in', 'mlp.post_act', 'mlp.resid_delta'].map((site) => `${layer}.${site}`),
  );
  const each = Math.ceil(nodes / locations.length);
  circuit.nodes = locations
    .map((location, i) => ({
      location,
      channels: Array.from({ length: Math.max(0, Math.min(each, nodes - i * each)) }, (_, channel) => channel),
    }))
    .filter((group) => group.channels.length > 0);
  let seed = 1;
  // Numerical Recipes' linear congruential generator.
  const next = (): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const known = new Map<string, { from: string; to: string; weight: number }>();
  while (known.size < edges) {
    const from = Math.floor(next() * (circuit.nodes.length - 1));
    if (locations[from]!.endsWith('resid_delta')) continue;
    const pick = (at: number): string => `${circuit.nodes[at]!.location}:${Math.floor(next() * circuit.nodes[at]!.channels.length)}`;
    const edge = { from: pick(from), to: pick(from + 1), weight: next() * 2 - 1 };
    known.set(`${edge.from} ${edge.to}`, edge);
  }
  circuit.edges = [...known.values()];
  circuit.nodeCount = nodes;
  circuit.edgeCount = edges;
  circuit.checks = null;
  return circuit;
}
