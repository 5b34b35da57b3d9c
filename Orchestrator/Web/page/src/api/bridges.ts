/** What the API answers about bridges between a dense model and a sparse one. */
import type { Num } from '../circuit/file';

export interface BridgeSite {
  site: string;
  encoderNmse: Num;
  decoderNmse: Num;
  topKFloor: Num;
  denseToSparseLoss: Num;
  denseToSparseDivergence: Num;
  sparseToDenseLoss: Num;
  sparseToDenseDivergence: Num;
}

export interface BridgeMeasures {
  tokens: number;
  denseLoss: Num;
  sparseLoss: Num;
  sparseDivergence: Num;
  sites: BridgeSite[];
  hybrids: { enter: string; leave: string; loss: Num; divergence: Num }[];
}

export interface Probability {
  mean: Num;
  low: Num;
  high: Num;
}

export type LineKind = 'nodes' | 'random' | 'channels' | 'shuffled' | 'upperBound';

export interface BridgeLine {
  kind: LineKind;
  nodes: string[];
  points: { strength: Num; whole: Probability; amongTwo: Probability }[];
}

export interface Direction {
  presented: string;
  target: string;
  candidates: { node: string; effect: Num }[];
  dense: Probability;
  lines: BridgeLine[];
}

export interface Intervention {
  task: string;
  found: { pairs: number; directions: Direction[] };
  ridge: { pairs: number; directions: Direction[] } | null;
}

export interface BridgesView {
  model: string;
  failure: string | null;
  bridges: { dense: string; like: string; trained: unknown; measured: BridgeMeasures | null; interventions: Intervention[] };
}
