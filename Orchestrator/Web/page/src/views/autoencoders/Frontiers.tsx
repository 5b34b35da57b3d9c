import type { Dictionaries, DictionaryMetrics } from '../../api/dictionaries';
import { num } from '../../circuit/file';
import { Scatter, type Point } from '../../plot/Scatter';
import { baselineOf, kindOf, lineOf, lossIncrease, titleOf } from './words';

interface Measure {
  title: string;
  label: string;
  value: (m: DictionaryMetrics) => number;
  hasBaselines: boolean;
}

const measures: Measure[] = [
  { title: 'Variance not explained', label: 'FVU', value: (m) => num(m.fvu), hasBaselines: true },
  { title: 'Loss increase', label: 'nats per token', value: lossIncrease, hasBaselines: true },
  { title: 'Dead features', label: 'fraction', value: (m) => num(m.deadFraction), hasBaselines: false },
  { title: 'Shrinkage', label: 'γ', value: (m) => num(m.shrinkage), hasBaselines: true },
];

/** Each measure of all dictionaries against the number of active features; a dot leads to its features. */
export function Frontiers({ of, linkTo }: { of: Dictionaries; linkTo: (dictionary: string) => string }) {
  const pointsOf = ({ value, hasBaselines }: Measure): Point[] => [
    ...of.autoencoders.flatMap((one) =>
      one.trained && !one.trained.stopped
        ? [
            {
              x: num(one.trained.metrics.l0),
              y: value(one.trained.metrics),
              name: titleOf(one),
              group: lineOf(one),
              ...(one.scores ? { href: linkTo(one.name) } : {}),
            },
          ]
        : [],
    ),
    ...(hasBaselines ? of.baselines : []).map((one) => ({
      x: num(one.metrics.l0),
      y: value(one.metrics),
      name: baselineOf(one),
      group: kindOf(one.kind),
    })),
  ];
  return (
    <div class="plots">
      {measures.map((measure) => (
        <Scatter
          key={measure.title}
          title={measure.title}
          xLabel="L0, active features"
          yLabel={measure.label}
          points={pointsOf(measure)}
          isLogX
          isJoined
        />
      ))}
    </div>
  );
}
