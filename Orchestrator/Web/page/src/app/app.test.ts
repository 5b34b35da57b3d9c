import { describe, expect, it } from 'vitest';
import { path } from '../api/client';
import { looks } from '../circuit/Attention';
import { textOf } from '../views/HeadPanel';
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

describe('a prompt', () => {
  it('is the text of its tokens, which files show with escapes', () =>
    expect(textOf(['x', ' = [', '1', '\\n', '\\t"', '\\x07'])).toBe('x = [1\n\t"\u0007'));
  it('is looked at where the weights are largest; the rest is the sink’s', () =>
    expect(looks(['a', 'b ', 'c', 'd'], [0.125, 0.5, 0.005, 0.25])).toBe(
      '50.0 % 1 b␣ · 25.0 % 3 d · 12.5 % 0 a · 12.0 % nothing (the sink)',
    ));
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
