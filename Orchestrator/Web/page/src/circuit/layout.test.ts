import { describe, expect, it } from 'vitest';
import { example, largeExample } from './example';
import { layout } from './layout';
import { joinedBy, pathsThrough, shownWeights, strongest, waysOf } from './reach';

describe('a picture', () => {
  const circuit = example();
  const picture = layout(circuit);

  it('has every node and every weight of the circuit once', () => {
    const ids = circuit.nodes.flatMap((g) => g.channels.map((c) => `${g.location}:${c}`));
    expect(
      picture.nodes
        .filter((n) => !n.isLogit)
        .map((n) => n.id)
        .sort(),
    ).toEqual(ids.sort());
    const weights = picture.lines.filter((l) => l.kind === 'weight').map((l) => `${l.from.id} ${l.to.id} ${l.weight}`);
    expect(weights.sort()).toEqual(circuit.edges.map((e) => `${e.from} ${e.to} ${e.weight}`).sort());
  });
  it('goes from left to right', () => {
    for (const line of picture.lines) expect(line.to.x).toBeGreaterThan(line.from.x);
  });
  it('has no node upon another, also when it is large', () => {
    for (const of of [picture, layout(largeExample(2000, 10000))])
      expect(new Set(of.nodes.map((n) => `${n.x} ${n.y}`)).size).toBe(of.nodes.length);
  });
  it('is a function of the circuit', () => expect(layout(example())).toEqual(picture));
  it('has queries, keys and values in one column, in a frame for each head', () => {
    expect(picture.columns.map((c) => c.title)).toEqual([
      'layer 0 attention',
      'layer 0 attention',
      'layer 0 attention',
      'layer 0 MLP',
      'layer 0 MLP',
      'layer 0 MLP',
      'logits',
    ]);
    expect(picture.groups.map((g) => g.label).sort()).toEqual(['head 0', 'head 1']);
  });
  it('joins a write to the next read of its channel', () => {
    const ways = picture.lines.filter((l) => l.kind === 'residual').map((l) => `${l.from.id} ${l.to.id}`);
    expect(ways).toEqual(['0.attn.resid_delta:3 0.mlp.act_in:3']);
  });
  it('names the tokens that drive a node whose channel nothing has written', () => {
    expect(picture.byId.get('0.attn.act_in:3')?.note).toBe('+("  −␣a<b&\'');
    expect(picture.byId.get('0.attn.act_in:5')?.note).toBe('+↵');
  });
  it('says which edge joins a node that is not there', () => {
    const broken = example();
    broken.edges.push({ from: '0.attn.v:3', to: '0.attn.resid_delta:3', weight: 1 });
    expect(() => layout(broken)).toThrow('the edge 0.attn.v:3 → 0.attn.resid_delta:3 joins a node that the circuit does not have');
  });
});

describe('the slider', () => {
  const picture = layout(example());

  it('leaves the strongest weights, and at least one', () => {
    expect(
      strongest(picture, 0.34)
        .filter((l) => l.kind === 'weight')
        .map((l) => l.weight),
    ).toEqual([-2, 1.5]);
    const faint = picture.nodes.filter((n) => !joinedBy(picture, strongest(picture, 0.34)).has(n)).map((n) => n.id);
    expect(faint.sort()).toEqual([
      '0.attn.act_in:5',
      '0.attn.q:17',
      '0.mlp.act_in:3',
      '0.mlp.post_act:40',
      '0.mlp.resid_delta:9',
    ]);
    expect(shownWeights(picture, 0.0001)).toBe(1);
    expect(shownWeights(picture, 1)).toBe(6);
  });
});

describe('a path', () => {
  const picture = layout(example());

  it('leads from a query to the values of its head and on, though no weight joins them', () => {
    const circuit = example();
    circuit.nodes[1]!.channels = [7, 17];
    const same = layout(circuit);
    const ids = (name: string) => [...pathsThrough(waysOf(same.lines, same.nodes), same.byId.get(name)!).nodes].map((n) => n.id);
    expect(ids('0.attn.q:7')).toEqual(expect.arrayContaining(['0.attn.v:2', '0.attn.resid_delta:3', 'logit A']));
    expect(ids('0.attn.q:17').sort()).toEqual(['0.attn.act_in:3', '0.attn.q:17']);
  });

  it('has what a node depends on and what depends on it, and nothing else', () => {
    const { nodes, lines } = pathsThrough(waysOf(picture.lines, picture.nodes), picture.byId.get('0.attn.v:2')!);
    expect([...nodes].map((n) => n.id).sort()).toEqual([
      '0.attn.act_in:3',
      '0.attn.act_in:5',
      '0.attn.resid_delta:3',
      '0.attn.v:2',
      '0.mlp.act_in:3',
      '0.mlp.post_act:40',
      '0.mlp.resid_delta:9',
      'logit A',
      'logit B',
    ]);
    expect(lines.some((l) => l.to.id === '0.attn.q:17')).toBe(false);
  });
});
