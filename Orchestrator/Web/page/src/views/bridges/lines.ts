import type { BridgeLine, BridgeMeasures, Direction, Intervention, Probability } from '../../api/bridges';
import { count, num } from '../../circuit/file';
import type { Series } from '../../plot/Plot';

/** Which probability of the target is shown: over the whole vocabulary, or of the two completions. */
export type Among = 'whole' | 'amongTwo';

/** The words for a line. */
export function nameOf({ kind, nodes }: BridgeLine): string {
  const names = {
    nodes: nodes.length === 1 ? nodes[0]! : `first ${count(nodes.length)} nodes`,
    random: 'random directions',
    channels: 'other channels',
    shuffled: 'other positions',
    upperBound: 'upper bound',
  };
  return names[kind];
}

/** The first node of the model that is trained alone, in the same direction, through decoders that are fitted; null where there is none. */
export const ridgeOf = ({ ridge }: Intervention, { presented }: Direction): BridgeLine | null =>
  ridge?.directions.find((other) => other.presented === presented)?.lines.find((line) => line.kind === 'nodes') ?? null;

/** The lines of a direction by strength, each with its band. */
export function seriesOf(of: Intervention, direction: Direction, among: Among): Series[] {
  const ridge = ridgeOf(of, direction);
  const lines = [
    ...direction.lines.map((line) => ({ name: nameOf(line), line })),
    ...(ridge ? [{ name: 'regression', line: ridge }] : []),
  ];
  return lines.map(({ name, line: { points } }) => ({
    name,
    x: points.map((point) => num(point.strength)),
    y: points.map((point) => num(point[among].mean)),
    band: { low: points.map((point) => num(point[among].low)), high: points.map((point) => num(point[among].high)) },
  }));
}

/** What a line comes to at full strength; null of none. */
export const endOf = (line: BridgeLine | null | undefined, among: Among): Probability | null => line?.points.at(-1)?.[among] ?? null;

/** How much more each hybrid loses than the dense model, by where the sparse one is entered, then left; NaN where it cannot be. */
export const hybridLosses = ({ sites, hybrids, denseLoss }: BridgeMeasures): { name: string; cells: number[] }[] =>
  sites.map(({ site: enter }) => ({
    name: enter,
    cells: sites.map(
      ({ site: leave }) => num(hybrids.find((hybrid) => hybrid.enter === enter && hybrid.leave === leave)?.loss) - num(denseLoss),
    ),
  }));
