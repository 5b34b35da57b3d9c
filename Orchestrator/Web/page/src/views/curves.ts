import type { Curve } from '../api/types';
import { num } from '../circuit/file';
import type { Series } from '../plot/Plot';

/** What a training curve shows. */
export const measures = {
  loss: { title: 'Training loss', label: 'nats per token', isLog: false },
  validation: { title: 'Validation loss', label: 'nats per token', isLog: false },
  l0: { title: 'Fraction of nonzero weights', label: 'L0', isLog: true },
  rate: { title: 'Learning rate', label: 'learning rate', isLog: false },
  dead: { title: 'Dead nodes', label: 'fraction', isLog: false },
};

export type Measure = keyof typeof measures;

/** One measure of a curve, by step. */
export function seriesOf(name: string, { points }: Curve, measure: Measure): Series {
  const shown = measure === 'validation' || measure === 'dead' ? points.filter((p) => p.evaluation) : points;
  const value = (p: Curve['points'][number]): number =>
    ({
      loss: () => num(p.loss),
      validation: () => num(p.evaluation?.loss),
      l0: () => num(p.l0),
      rate: () => num(p.learningRate),
      dead: () => num(p.evaluation?.deadFraction),
    })[measure]();
  return { name, x: shown.map((p) => p.step), y: shown.map(value) };
}
