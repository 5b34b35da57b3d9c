import { describe, expect, it } from 'vitest';
import { path } from '../api/client';
import { busy, spansOf } from '../views/spans';
import type { TrialView } from '../api/types';
import { scaleOf, ticks } from '../plot/scale';
import { duration, words } from './format';
import { hrefOf, parseRoute } from './route';

describe('an address', () => {
  it('is read back with names that have slashes, blanks and signs', () => {
    const parts = ['sweeps', 'a b', 'trials', 'searches/m/t/0001', '50%'];
    const route = parseRoute(hrefOf(parts, { search: 'a&b=c', state: '' }));
    expect(route.parts).toEqual(parts);
    expect([...route.query]).toEqual([['search', 'a&b=c']]);
  });
  it('with a lone % is no error', () => expect(parseRoute('#/sweeps/50%').parts).toEqual(['sweeps', '50%']));
  it('of the API keeps the slashes of a trial and leaves out what is not asked', () => {
    expect(path(['sweeps', 'a b', 'trials', 'models/m?'], { limit: 5, search: '', state: undefined })).toBe(
      'sweeps/a%20b/trials/models/m%3F?limit=5',
    );
  });
});

describe('a time', () => {
  it('is said in two units', () => {
    expect([0, 59.6, 3599, 3600, 90061, null, NaN].map(duration)).toEqual([
      '0 s',
      '1 min 0 s',
      '59 min 59 s',
      '1 h 0 min',
      '1 d 1 h',
      '–',
      '–',
    ]);
  });
  it('and a name is said in words', () => expect(words('notLearned')).toBe('not learned'));
});

describe('a timeline', () => {
  const trial = (id: string, state: TrialView['state'], ended: string | null, workedSeconds: number): TrialView => ({
    id,
    kind: 'train',
    state,
    attempts: 1,
    device: 'cpu:0',
    queued: '2026-01-01T00:00:00Z',
    ended,
    workedSeconds,
    reason: null,
  });
  const now = Date.parse('2026-01-01T01:00:00Z');

  it('ends a bar where its trial ended, and one that runs now', () => {
    const spans = spansOf(
      [trial('a', 'succeeded', '2026-01-01T00:10:00Z', 300), trial('b', 'running', null, 0), trial('c', 'waiting', null, 0)],
      new Map([['b', now - 60_000]]),
      now,
    ).get('cpu:0')!;
    expect(spans.map((s) => [s.trial.id, (s.until - s.from) / 1000])).toEqual([
      ['a', 300],
      ['b', 60],
    ]);
    expect(spans[0]!.until).toBe(Date.parse('2026-01-01T00:10:00Z'));
  });
  it('counts no time twice', () => {
    const span = (from: number, until: number) => ({ trial: trial('a', 'succeeded', null, 0), from, until });
    expect(busy([span(0, 50), span(25, 75), span(90, 200)], 0, 100)).toBeCloseTo(0.85);
  });
});

describe('a scale', () => {
  it('has all values inside, and round ticks', () => {
    const scale = scaleOf([3, 97], 0, 100, false);
    expect(ticks(scale)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(scale.to(50)).toBeCloseTo(50);
  });
  it('that is logarithmic has powers of ten', () =>
    expect(ticks(scaleOf([1, 10000], 0, 100, true)).map((t) => Math.round(t))).toEqual([1, 10, 100, 1000, 10000]));
  it('of one value has it in the middle', () => expect(scaleOf([5], 0, 100, true).to(5)).toBeCloseTo(50));
});
