/** Where values are on a line. */
export interface Scale {
  to: (value: number) => number;
  low: number;
  high: number;
  isLog: boolean;
}

/** A scale that has all values, with some room at both ends: a fraction of their range. */
export function scaleOf(values: number[], from: number, until: number, isLog: boolean, margin = 0.06): Scale {
  const at = (value: number): number => (isLog ? Math.log10(value) : value);
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, at(value)), Math.max(high, at(value))];
  if (low === high) [low, high] = isLog ? [low - 0.5, high + 0.5] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  const room = (high - low) * margin;
  [low, high] = [low - room, high + room];
  const back = (value: number): number => (isLog ? 10 ** value : value);
  return { to: (value) => from + ((until - from) * (at(value) - low)) / (high - low), low: back(low), high: back(high), isLog };
}

/** Round values of a scale, about five; of a logarithmic one powers of ten, or round values where there are too few of them. */
export function ticks({ low, high, isLog }: Scale): number[] {
  if (isLog) {
    const steps = [1, 2, 5].flatMap((m) => range(Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))).map((e) => m * 10 ** e));
    const inside = steps.filter((t) => t >= low && t <= high).sort((a, b) => a - b);
    const powers = inside.filter((t) => Number.isInteger(Math.round(Math.log10(t) * 1e9) / 1e9));
    if (powers.length >= 3) return powers;
    if (inside.length >= 2) return inside;
  }
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? 10 * power;
  const first = Math.ceil(low / step);
  return range(first, Math.floor(high / step)).map((n) => n * step);
}

const range = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
