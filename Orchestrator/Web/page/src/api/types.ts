/** What the HTTP API answers, as its OpenAPI document says: the fields that the page shows. */
import type { Num } from '../circuit/file';

export interface Page<T> {
  items: T[];
  total: number;
  offset: number;
}

export type SweepStatus = 'unfinished' | 'paused' | 'completed' | 'cancelled';

export interface SweepView {
  id: string;
  name: string;
  status: SweepStatus;
  isRunning: boolean;
  version: number;
  models: number;
  trained: number;
  tasks: string[];
  /** Those that are planned of each model that goes on. */
  autoencoders: number;
  /** Models that are trained together with bridges. */
  bridged: number;
  trials: number;
  failures: number;
  fraction: number | null;
  elapsedSeconds: number | null;
  secondsLeft: number | null;
  cluster: SweepInCluster | null;
}

/** A part of the list of sweeps: those that can be read, and beside them those that cannot. */
export interface SweepList extends Page<SweepView> {
  unreadable: { id: string; reason: string }[];
}

export interface SweepInCluster {
  share: { weight: number; priority: number; concurrency: number };
  kind: string | null;
  end: string | null;
  reason: string | null;
}

export interface StageView {
  stage: string;
  done: number;
  total: number;
  failed: number;
  skipped: number;
}
export interface JobProgress {
  step: number;
  steps: number;
  loss: Num | null;
  note: string | null;
}
export interface RunningView {
  trial: string;
  kind: string;
  device: string;
  progress: JobProgress | null;
  stepsPerSecond: number | null;
}

export interface SweepDetail {
  sweep: SweepView;
  stages: StageView[];
  running: RunningView[];
  notices: string[];
  failures: { subject: string; reason: string }[];
  corpus: { vocabSize: number; documents: number; trainTokens: number; bigramLoss: Num } | null;
}

export interface TrainedView {
  steps: number;
  parameters: number;
  nonzeros: number;
  l0: Num;
  trainLoss: Num;
  validationLoss: Num;
  deadFraction: Num;
  residualKurtosis: Num;
}

export interface ModelView {
  id: string;
  group: string;
  state: 'planned' | 'trained' | 'stopped' | 'failed';
  dModel: number;
  nLayer: number;
  l0Target: Num;
  peakLr: Num | null;
  replica: number;
  selected: boolean;
  trained: TrainedView | null;
  failure: string | null;
}

export interface CircuitView {
  model: string;
  task: string;
  kind: string;
  size: { nodes: number; edges: number; validationLoss: Num | null; testLoss: Num; testAccuracy: Num | null };
  sha256: string;
}

export interface ModelTask {
  task: string;
  verdict: string;
  unpruned: { validationLoss: Num; testLoss: Num; testAccuracy: Num } | null;
  skipped: boolean;
  failure: string | null;
  search: SearchView | null;
  circuits: CircuitView[];
}

export interface ModelDetail {
  model: ModelView;
  tasks: ModelTask[];
}

export interface CurvePoint {
  step: number;
  loss: Num;
  learningRate: Num;
  l0: Num;
  evaluation: { loss: Num; deadFraction: Num } | null;
}

export interface Curve {
  points: CurvePoint[];
}

export interface SearchView {
  id: string;
  model: string;
  task: string;
  roundsClosed: number;
  rounds: number;
  suggested: number;
  observed: number;
  ended: string | null;
  best: { index: number; objective: Num | null; nodes: number | null; edges: number | null; loss: Num | null } | null;
}

export interface Pruning {
  index: number;
  round: number;
  kind: string;
  hyperparameters: Record<string, Num>;
  objective: Num | null;
  cost: Num | null;
  nodes: number | null;
  edges: number | null;
  loss: Num | null;
  failure: string | null;
  forgotten: string | null;
  stopped: unknown;
}

export interface SearchDetail {
  search: SearchView;
  analysis: {
    algorithm: string;
    front: { index: number; objective: Num; cost: Num }[];
    importance: { parameter: string; alone: Num; total: Num }[];
  };
  bestSoFar: (Num | null)[];
  prunings: Pruning[];
}

export interface PruningView {
  trial: string;
  index: number;
  curve: { nodes: number; edges: number; loss: Num; lossBefore: Num }[];
  circuit: CircuitView['size'] | null;
}

export type TrialState = 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface TrialView {
  id: string;
  kind: string;
  state: TrialState | 'new';
  attempts: number;
  device: string | null;
  queued: string;
  ended: string | null;
  workedSeconds: number;
  reason: string | null;
}

export interface TrialDetail {
  trial: TrialView;
  running: RunningView | null;
}
export interface LogLine {
  number: number;
  text: string;
}
export interface DeviceView {
  name: string;
  node: string;
  status: string;
  sweep: string | null;
  running: RunningView | null;
}
export interface NodeView {
  name: string;
  address: string;
  isDraining: boolean;
  devices: DeviceView[];
}
export interface NodesView {
  coordinator: string | null;
  term: number | null;
  nodes: NodeView[];
}
export interface ServerView {
  version: string;
  time: string;
  machine: string;
}

/** Where a head looks: of each token the weights of those up to itself. */
export interface HeadPattern {
  layer: number;
  head: number;
  weights: Num[][];
}
export interface CircuitAnswer {
  task: string;
  a: string;
  b: string;
  model: Num;
  circuit: Num;
  nodes: { node: string; mean: Num; values: Num[] }[];
  heads: HeadPattern[];
}
export interface PromptAnswer {
  tokens: string[];
  next: { token: string; id: number; probability: Num }[];
  circuits: CircuitAnswer[];
  heads: HeadPattern[];
}

/** What a device did, a bar for each trial, or for several that are too short to be seen one by one. */
export interface TimelineBar {
  from: string;
  until: string;
  kind: string;
  state: TrialView['state'];
  trial: string | null;
  trials: number;
}
export interface TimelineView {
  from: string;
  until: string;
  trials: number;
  devices: { device: string; busy: number; bars: TimelineBar[] }[];
}

export interface TaskAnswers {
  loss: Num;
  accuracy: Num;
  aOnA: Num;
  aOnB: Num;
}
/** What changing nodes does to the answers on test prompts. */
export interface InterventionResult {
  prompts: number;
  model: TaskAnswers;
  changedModel: TaskAnswers;
  circuit: TaskAnswers;
  changedCircuit: TaskAnswers;
}
