import { describe, expect, it } from 'vitest';
import type { BridgeLine, BridgeMeasures, Direction, Intervention } from '../api/bridges';
import type { ActivationContext, Autoencoder, Dictionaries, DictionaryMetrics } from '../api/dictionaries';
import type { SweepView } from '../api/types';
import { tabsOf } from '../app/Header';
import { parseRoute } from '../app/route';
import { shade } from '../plot/HeatMap';
import { timesOf } from './autoencoders/Bases';
import { darkness, piecesOf } from './autoencoders/Firings';
import { lossIncrease, recovered, score, similarities, stopOf, titleOf, withInterval, within } from './autoencoders/words';
import { hybridLosses, nameOf, seriesOf } from './bridges/lines';
import { askedOf } from './features';

const metrics = (more: Partial<DictionaryMetrics> = {}): DictionaryMetrics => ({
  l0: 4,
  fvu: 0.1,
  modelLoss: 2,
  loss: 2.25,
  meanLoss: 3,
  divergence: 0.2,
  deadFraction: 0,
  alive: 8,
  shrinkage: 1,
  normRatio: 1,
  ...more,
});

const autoencoder = (more: Partial<Autoencoder>): Autoencoder => ({
  name: '0.resid_mid-topk-x2-k4-s0',
  kind: 'topk',
  ratio: 2,
  k: 4,
  alpha: null,
  seed: 0,
  trained: { features: 32, metrics: metrics(), stopped: null },
  failure: null,
  scores: null,
  ...more,
});

const dictionaries = (more: Partial<Dictionaries>): Dictionaries => ({
  location: '0.resid_mid',
  autoencoders: [],
  baselines: [],
  similarities: [],
  baselineScores: [],
  ablations: [],
  ...more,
});

describe('the views of a sweep', () => {
  it('are those that it has something for', () => {
    const sweep = (autoencoders: number, bridged: number) => tabsOf({ autoencoders, bridged } as SweepView);
    expect(sweep(0, 0)).not.toContain('autoencoders');
    expect(sweep(0, 0)).not.toContain('bridges');
    expect(sweep(2, 0).filter((name) => !sweep(0, 0).includes(name))).toEqual(['autoencoders']);
    expect(sweep(0, 1).filter((name) => !sweep(0, 0).includes(name))).toEqual(['bridges']);
    expect(tabsOf(undefined)).toEqual(sweep(0, 0));
  });
});

describe('an autoencoder', () => {
  it('is called by its kind, how wide and how sparse it is, and its seed', () => {
    expect(titleOf(autoencoder({}))).toBe('TopK, ratio 2, k 4, seed 0');
    expect(titleOf(autoencoder({ kind: 'l1Tied', ratio: 0.5, k: null, alpha: 0.000086, seed: 3 }))).toBe(
      'L1 tied, ratio 0.5, α 0.000086, seed 3',
    );
    expect(within('0.resid_mid', '0.resid_mid-pca')).toBe('pca');
    expect(within('0.resid_mid', '1.resid_mid-pca')).toBe('1.resid_mid-pca');
  });
  it('that was given up says where, and with what', () => {
    expect(stopOf(autoencoder({}))).toBe('');
    const stopped = { step: 1200, fvu: 0.75, deadFraction: 0.5 };
    expect(stopOf(autoencoder({ trained: { features: 32, metrics: metrics(), stopped } }))).toBe(
      ' (stopped early at step 1,200: FVU 0.750, dead 50.0 %)',
    );
  });
  it('costs the difference of the losses, and recovers the rest of what the mean costs', () => {
    expect(lossIncrease(metrics())).toBeCloseTo(0.25);
    expect(recovered(metrics())).toBeCloseTo(0.75);
    expect(recovered(metrics({ meanLoss: 2, loss: 2 }))).toBeNaN();
  });
  it('is like those of other seeds, as the mean of both directions; what is not a number counts for nothing', () => {
    const [a, b, c] = ['s0', 's1', 's2'].map((seed, i) => autoencoder({ name: seed, seed: i }));
    const wide = autoencoder({ name: 'wide', ratio: 4 });
    const [map, ...others] = similarities(
      dictionaries({
        autoencoders: [a!, b!, c!, wide],
        similarities: [
          { a: 's0', b: 's1', mean: 0.5 },
          { a: 's1', b: 's0', mean: 0.7 },
          { a: 's0', b: 's2', mean: 'NaN' },
          { a: 's0', b: 'wide', mean: 0.9 },
        ],
      }),
    );
    expect(others).toEqual([]);
    expect([map!.columns, map!.rows.map((row) => row.name)]).toEqual([['k 4'], ['ratio 2', 'ratio 4']]);
    expect(map!.rows[0]!.cells[0]).toBeCloseTo(0.6);
    expect(map!.rows[1]!.cells[0]).toBeNaN();
    expect(similarities(dictionaries({ autoencoders: [a!, b!] }))).toEqual([]);
  });
  it('has means with intervals, or none', () => {
    expect(withInterval({ mean: 0.5, low: 0.4, high: 0.625 })).toBe('0.500 (0.400 to 0.625)');
    expect(withInterval(null)).toBe('–');
    expect([1.78e-16, -3e-5, -0.25, 'NaN' as const, null].map(score)).toEqual(['0.000', '0.000', '−0.250', '–', '–']);
  });
});

describe('a place where a feature fires', () => {
  const place: ActivationContext = {
    before: 'if if ',
    token: 'if',
    activation: 2,
    tokens: ['if', ' ', 'if', ' ', 'if', ':'],
    activations: [1, 0, 1, 0, 2, -0.5],
  };
  it('is the token behind the text before it, however often the same token comes', () => {
    expect(piecesOf(place).map((piece) => piece.isPlace)).toEqual([false, false, false, false, true, false]);
    expect(piecesOf(place).map((piece) => piece.value)).toEqual([1, 0, 1, 0, 2, -0.5]);
  });
  it('has two pieces where the file says no more', () =>
    expect(piecesOf({ ...place, tokens: [], activations: [] })).toEqual([
      { text: 'if if ', value: NaN, isPlace: false },
      { text: 'if', value: 2, isPlace: true },
    ]));
  it('is the darker the stronger, up to what text can be read on', () => {
    expect([0, 1, 2, 9, -1, NaN].map((value) => darkness(value, 2))).toEqual([0, 28, 55, 55, 28, 0]);
    expect(darkness(1, 0)).toBe(0);
  });
});

describe('a list of features', () => {
  it('is asked for as the address says, by rule otherwise', () => {
    expect(askedOf(parseRoute('#/sweeps/s/autoencoders/m/d?sort=density&search=if'))).toEqual({ sort: 'density', search: 'if' });
    expect(askedOf(parseRoute('#/sweeps/s/autoencoders/m/d'))).toEqual({ sort: 'rule', search: '' });
  });
});

describe('bases', () => {
  it('are so many times as many, with an interval where there are several tasks', () => {
    expect(timesOf(null)).toBe('1');
    expect(timesOf({ ratio: 2.8, low: null, high: null })).toBe('2.8');
    expect(timesOf({ ratio: 4, low: 3.14159, high: 5 })).toBe('4 (3.142 to 5)');
  });
});

describe('a heat map', () => {
  it('shades between its ends, and nothing where there is no number', () => {
    expect([0, 0.5, 1, 2].map((value) => /(\d+)%/.exec(shade(value, 0, 1))![1])).toEqual(['0', '23', '45', '45']);
    expect(shade(NaN, 0, 1)).toBe('none');
    expect(shade(1, 1, 1)).toContain(' 0%');
  });
});

describe('bridges', () => {
  const measures = {
    denseLoss: 2,
    sites: [{ site: '0.resid_in' }, { site: 'final_resid' }],
    hybrids: [
      { enter: '0.resid_in', leave: '0.resid_in', loss: 2.5, divergence: 0.4 },
      { enter: '0.resid_in', leave: 'final_resid', loss: 3, divergence: 0.9 },
      { enter: 'final_resid', leave: 'final_resid', loss: 2.25, divergence: 0.2 },
    ],
  } as unknown as BridgeMeasures;
  const line = (kind: BridgeLine['kind'], nodes: string[], mean: number): BridgeLine => ({
    kind,
    nodes,
    points: [0, 1].map((strength) => ({
      strength,
      whole: { mean: mean * strength, low: 0, high: 1 },
      amongTwo: { mean: 1 - mean * strength, low: 0.25, high: 0.75 },
    })),
  });
  const direction: Direction = {
    presented: 'A',
    target: '"',
    candidates: [],
    dense: { mean: 0.9, low: 0.8, high: 1 },
    lines: [line('nodes', ['0.attn.act_in:3'], 0.5), line('nodes', ['a', 'b'], 0.6), line('random', ['0.attn.act_in:3'], 0.1)],
  };
  const found = { pairs: 4, directions: [direction] };
  const of: Intervention = {
    task: 't',
    found,
    ridge: { pairs: 4, directions: [{ ...direction, presented: 'B', lines: [line('nodes', ['c'], 0.3)] }] },
  };

  it('have hybrids by where the sparse model is entered and left, none that is left before it is entered', () => {
    const rows = hybridLosses(measures);
    expect(rows.map((row) => row.name)).toEqual(['0.resid_in', 'final_resid']);
    expect(rows.map((row) => row.cells)).toEqual([
      [0.5, 1],
      [NaN, 0.25],
    ]);
  });
  it('have lines with words, bands, and the probability that is asked for', () => {
    expect(direction.lines.map(nameOf)).toEqual(['0.attn.act_in:3', 'first 2 nodes', 'random directions']);
    const series = seriesOf(of, direction, 'whole');
    expect(series.map((s) => s.name)).toEqual(['0.attn.act_in:3', 'first 2 nodes', 'random directions']);
    expect(series[0]).toEqual({ name: '0.attn.act_in:3', x: [0, 1], y: [0, 0.5], band: { low: [0, 0], high: [1, 1] } });
    expect(seriesOf(of, direction, 'amongTwo')[0]!.band).toEqual({ low: [0.25, 0.25], high: [0.75, 0.75] });
  });
  it('have the regression’s line of the same direction', () => {
    const other = { ...direction, presented: 'B' };
    expect(seriesOf(of, other, 'whole').at(-1)).toMatchObject({ name: 'regression', y: [0, 0.3] });
  });
});
