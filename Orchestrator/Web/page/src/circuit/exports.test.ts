import { describe, expect, it } from 'vitest';
import { csv, edgesCsv, nodesCsv } from './csv';
import { compare } from './compare';
import { Details } from './details';
import { example } from './example';
import { layout } from './layout';
import { search } from './search';
import { firstState, parametersOf, stateOf } from './state';
import { toSvg, xml } from './svg';
import type { Theme } from './theme';

const theme: Theme = {
  background: '#fff',
  text: '#000',
  dim: '#777',
  rule: '#ddd',
  node: '#eee',
  effect: '#fc0',
  positive: '#00f',
  negative: '#f80',
  accent: '#90f',
};

describe('the drawing that is saved', () => {
  it('has every weight with its sign and every node with its effect', () => {
    const circuit = example();
    const picture = layout(circuit);
    const joined = new Set(picture.nodes);
    const svg = toSvg({ picture, shown: picture.lines, joined, focus: null, paths: null, marked: new Set() }, theme, 'a "name" <&>');
    for (const edge of circuit.edges) {
      const line = svg
        .split('\n')
        .find((l) => l.includes(`data-from="${edge.from}" data-to="${edge.to}" data-weight="${edge.weight}"`));
      expect(line).toContain(Number(edge.weight) < 0 ? 'stroke="#f80"' : 'stroke="#00f"');
    }
    expect(svg).toContain('data-node="0.attn.v:2" data-effect="0.6"');
    expect(svg.match(/class="node"/g)).toHaveLength(8);
    expect(svg).toContain('<title>a &quot;name&quot; &lt;&amp;&gt;</title>');
  });
  it('has no character that XML cannot have', () => expect(xml('\u0000a\u001f\n')).toBe('\ufffda\ufffd\n'));
});

describe('comma-separated values', () => {
  it('quote what needs it', () => expect(csv([['a,b', '"', 'c\n', 1]])).toBe('"a,b","""","c\n",1\r\n'));
  it('have all edges', () => expect(edgesCsv(example()).split('\r\n')).toHaveLength(8));
  it('have for each node what was measured, and leave the rest empty', () => {
    const rows = nodesCsv(example()).split('\r\n');
    expect(rows).toHaveLength(10);
    expect(rows.find((r) => r.startsWith('0.attn.v:2'))).toBe('0.attn.v:2,0.attn.v,2,0.6,2,1,0.95,0.97,A,,,,');
    expect(rows.find((r) => r.startsWith('0.attn.q:17'))).toBe('0.attn.q:17,0.attn.q,17,,1,0,,,,,,,');
  });
});

describe('what is said of a node', () => {
  const details = new Details(example());
  it('has its weights, the strongest first', () => {
    expect(details.of('0.attn.v:2').into).toEqual([
      { node: '0.attn.act_in:3', weight: -2 },
      { node: '0.attn.act_in:5', weight: 0.25 },
    ]);
  });
  it('has tokens for what reads and answers for what writes', () => {
    expect(details.of('0.attn.act_in:3').drivers.map((t) => t.token)).toEqual(['("', " a<b&'"]);
    expect(details.of('0.attn.resid_delta:3').answers).toEqual({ a: 0.4, b: -0.3 });
    expect(details.of('0.attn.resid_delta:3').readers).toEqual(['0.mlp.act_in:3']);
    expect(details.of('0.attn.v:2').answers).toBeNull();
  });
  it('has what was measured on pairs', () => expect(details.of('0.attn.v:2').pairs[0]?.b).toEqual([0.1, -1]));
});

describe('a search', () => {
  it('finds names first, then tokens that drive and contexts', () => {
    expect(search(example(), 'attn.v').map((f) => f.node)).toEqual(['0.attn.v:2']);
    expect(search(example(), 'DEF')).toEqual([{ node: '0.attn.v:2', why: 'active on def' }]);
    expect(search(example(), '(')[0]).toEqual({ node: '0.attn.act_in:3', why: 'driven by ("' });
    expect(search(example(), ' ')).toEqual([]);
  });
});

describe('two circuits', () => {
  it('share what both have, and differ in the rest', () => {
    const other = example();
    other.nodes[0]!.channels = [3, 6];
    other.edges[2]!.from = '0.attn.act_in:6';
    const d = compare(example(), other);
    expect([...d.onlyLeft, ...d.onlyRight]).toEqual(['0.attn.act_in:5', '0.attn.act_in:6']);
    expect(d.edges).toEqual({ both: 5, onlyLeft: 1, onlyRight: 1 });
    expect(d.locations[0]).toEqual({ location: '0.attn.act_in', both: 1, onlyLeft: 1, onlyRight: 1 });
    expect(d.isSameModel).toBe(true);
  });
});

describe('a link', () => {
  it('says what is seen, and is read back', () => {
    const state = { keep: 0.25, node: '0.attn.v:2' };
    expect(stateOf(new URLSearchParams(parametersOf(state)), 100)).toEqual(state);
  });
  it('that says nonsense shows a circuit as at first', () => {
    expect(stateOf(new URLSearchParams('keep=-1'), 100)).toEqual(firstState(100));
    expect(firstState(6000).keep).toBeCloseTo(0.1);
  });
});
