import type { Autoencoder, Baseline, Dictionaries, DictionaryMetrics, MeanWithInterval } from '../../api/dictionaries';
import { count, num, percent, short, type Num } from '../../circuit/file';

/** What the page calls kinds of autoencoders and baselines. */
const words: Record<string, string> = {
  topk: 'TopK',
  batchtopk: 'BatchTopK',
  jumprelu: 'JumpReLU',
  l1: 'L1',
  l1Tied: 'L1 tied',
  pcaFirst: 'PCA, the first',
  pca: 'PCA, the largest',
  ica: 'ICA',
  random: 'random directions',
  neurons: 'neurons',
};

/** The word for a kind of autoencoder or a baseline. */
export const kindOf = (kind: string): string => words[kind] ?? kind;

/** A number in as few digits as it takes. */
export const plain = (value: number): string => String(Number(value.toPrecision(4)));

/** The line of a plot that an autoencoder is on: of those that differ in how sparse they are, and in their seeds. */
export const lineOf = (one: Autoencoder): string => `${kindOf(one.kind)}, ratio ${plain(num(one.ratio))}`;

/** How sparse it is asked to be. */
export const sparsityOf = (one: Autoencoder): string => (one.k === null ? `α ${plain(num(one.alpha))}` : `k ${one.k}`);

/** What people call an autoencoder among those of its location. */
export const titleOf = (one: Autoencoder): string => `${lineOf(one)}, ${sparsityOf(one)}, seed ${one.seed}`;

/** Where its training was given up, and with what; nothing of one that was trained to its end. */
export function stopOf({ trained }: Autoencoder): string {
  if (!trained?.stopped) return '';
  const { step, fvu, deadFraction } = trained.stopped;
  return ` (stopped early at step ${count(step)}: FVU ${score(fvu)}, dead ${percent(num(deadFraction))})`;
}

/** What people call a baseline at a number of active features. */
export const baselineOf = (one: Baseline): string => `${kindOf(one.kind)}, k ${one.activeFeatures}`;

/** A name without its location, which stands above it already. */
export const within = (location: string, name: string): string =>
  name.startsWith(`${location}-`) ? name.slice(location.length + 1) : name;

/** What it costs the model's next token, nats. */
export const lossIncrease = (m: DictionaryMetrics): number => num(m.loss) - num(m.modelLoss);

/** How much is left of the loss's advantage over the mean activation: 1 is all of it. */
export const recovered = (m: DictionaryMetrics): number =>
  (num(m.meanLoss) - num(m.loss)) / (num(m.meanLoss) - num(m.modelLoss));

/** A number from −1 to 1, however near to 0. */
export const score = (value: Num | null | undefined): string => short(Math.abs(num(value)) < 0.0005 ? 0 : num(value));

/** A mean of such numbers with its interval. */
export const withInterval = (mean: MeanWithInterval | null | undefined): string =>
  mean ? `${score(mean.mean)} (${score(mean.low)} to ${score(mean.high)})` : '–';

/** What autoencoders are compared by. */
export interface Similarity {
  kind: string;
  columns: string[];
  rows: { name: string; cells: number[] }[];
}

/** How alike autoencoders of different seeds are, by kind: ratio by how sparse they are, the mean over pairs of seeds. */
export function similarities({ autoencoders, similarities: pairs }: Dictionaries): Similarity[] {
  const between = (names: Set<string>): number => {
    const found = pairs.filter((p) => names.has(p.a) && names.has(p.b)).map((p) => num(p.mean));
    const known = found.filter(Number.isFinite);
    return known.length === 0 ? NaN : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  return [...new Set(autoencoders.map((one) => one.kind))]
    .map((kind): Similarity => {
      const of = autoencoders.filter((one) => one.kind === kind);
      const columns = [...new Set(of.map(sparsityOf))];
      const rows = [...new Set(of.map((one) => num(one.ratio)))].map((ratio) => ({
        name: `ratio ${plain(ratio)}`,
        cells: columns.map((column) =>
          between(new Set(of.filter((one) => num(one.ratio) === ratio && sparsityOf(one) === column).map((one) => one.name))),
        ),
      }));
      return { kind, columns, rows };
    })
    .filter(({ rows }) => rows.some((row) => row.cells.some(Number.isFinite)));
}
