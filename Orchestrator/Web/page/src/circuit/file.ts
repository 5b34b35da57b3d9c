/** circuit.json, as docs/schemas/circuit.schema.json describes it: the fields that the viewer shows. */

/** A number of the file; NaN and infinities are strings there. */
export type Num = number | 'NaN' | 'Infinity' | '-Infinity';

export interface TokenWeight {
  token: string;
  id: number;
  weight: Num;
}
export interface NodeExample {
  before: string;
  token: string;
  value: Num;
}
export interface NodeSign {
  node: string;
  reading: string;
  positiveIsA: boolean;
  trainAccuracy: Num;
  accuracy: Num;
  auc: Num;
}
export interface NodeStep {
  node: string;
  threshold: Num;
  low: Num;
  high: Num;
  cost: Num;
}
export interface Interchange {
  prompts: number;
  before: Num;
  locations: { location: string; loss: Num }[];
}
export interface Measured {
  loss: Num;
  accuracy: Num;
  margin: Num;
}
export interface Probe {
  k: number;
  edges: number;
  lossBefore: Num;
  loss: Num;
}

export interface Pair {
  index: number;
  tokensA: string[];
  tokensB: string[];
  nodes: { node: string; a: Num[]; b: Num[] }[];
}

export interface Adversarial {
  kind: string;
  level: number;
  prompts: number;
  predicted: Measured | null;
  measured: Measured | null;
  agreement: Num | null;
  skipped: string | null;
}

export interface Checks {
  sufficiency: Num;
  necessity: Num;
  resample: Num;
  binarized: Num;
  effects: { node: string; effect: Num }[];
  activities: { node: string; top: NodeExample[]; bottom: NodeExample[] }[];
  ladder?: { fraction: Num; loss: Num; accuracy: Num }[];
  steps?: NodeStep[];
  twoValued?: number | null;
  signs?: NodeSign[];
  pairs?: Pair[];
  sameLabel?: Interchange | null;
  otherLabel?: Interchange | null;
  adversarial?: Adversarial[];
}

export interface CircuitFile {
  task: string;
  taskRule: string;
  model: { path: string; sha256: string };
  modelConfig: { nLayer?: number; dModel?: number; dHead?: number };
  ablation: string;
  targetLoss: Num;
  targetReached: boolean;
  losses: { validationBefore: Num; validation: Num; testBefore: Num; test: Num; testAccuracy: Num; scale: Num; shift: Num };
  nodeCount: number;
  edgeCount: number;
  nodes: { location: string; channels: number[] }[];
  edges: { from: string; to: string; weight: Num }[];
  edgesPruned: boolean;
  tokens: {
    a: TokenWeight;
    b: TokenWeight;
    embeddings: { channel: number; tokens: TokenWeight[] }[];
    unembeddings: { channel: number; weightA: Num; weightB: Num }[];
  };
  curve?: Probe[];
  checks?: Checks | null;
  method?: string;
  hyperparameters?: Record<string, Num> | null;
}

/** The width of a head where the file leaves it out, as the schema says. */
const usualHead = 16;

/** The width of a head of the circuit's model. */
export const headWidth = (circuit: CircuitFile): number => circuit.modelConfig.dHead ?? usualHead;

/** A number of the file as one to compute with. */
export const num = (value: Num | null | undefined): number => (value === null || value === undefined ? NaN : Number(value));

/** Text of tokens with blanks and line ends that can be seen. */
export const visible = (text: string): string => text.replace(/\n/g, '↵').replace(/\t/g, '⇥').replace(/ /g, '␣');

/** A number in a few digits, with its sign where that is asked for. */
export function short(value: number, signed = false): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : String(value);
  const size = Math.abs(value);
  const text = size !== 0 && (size < 0.001 || size >= 100000) ? size.toExponential(2) : size.toFixed(3);
  return `${value < 0 ? '−' : signed ? '+' : ''}${text}`;
}

/** A fraction in percent. */
export const percent = (value: number): string => (Number.isFinite(value) ? `${(100 * value).toFixed(1)} %` : '–');

/** A count with separators of thousands. */
export const count = (value: number): string => value.toLocaleString('en-US');
