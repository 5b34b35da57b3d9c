/** What the API answers about dictionaries of features, and about circuits of features. */
import type { Num } from '../circuit/file';

export interface DictionaryMetrics {
  l0: Num;
  fvu: Num;
  modelLoss: Num;
  loss: Num;
  meanLoss: Num;
  divergence: Num;
  deadFraction: Num;
  alive: number;
  shrinkage: Num;
  normRatio: Num;
}

export interface MeanWithInterval {
  mean: Num;
  low: Num;
  high: Num;
}

export interface DictionaryScores {
  features: number;
  rule: MeanWithInterval | null;
  ruleRandom: MeanWithInterval | null;
  depthOne: MeanWithInterval | null;
  nullRule: MeanWithInterval | null;
  ngram: MeanWithInterval | null;
  purity: MeanWithInterval | null;
  concept: MeanWithInterval | null;
}

/** Where and with what a training was given up as hopeless. */
export interface AutoencoderStop {
  step: number;
  fvu: Num;
  deadFraction: Num;
}

export interface Autoencoder {
  name: string;
  kind: string;
  ratio: Num;
  k: number | null;
  alpha: Num | null;
  seed: number;
  trained: { features: number; metrics: DictionaryMetrics; stopped: AutoencoderStop | null } | null;
  failure: string | null;
  scores: DictionaryScores | null;
}

export interface Baseline {
  kind: string;
  activeFeatures: number;
  metrics: DictionaryMetrics;
}

export interface AblationCurve {
  dictionary: string;
  points: { patched: number; divergence: Num }[];
  area: Num;
}

export interface Dictionaries {
  location: string;
  autoencoders: Autoencoder[];
  baselines: Baseline[];
  similarities: { a: string; b: string; mean: Num }[];
  baselineScores: { name: string; kind: string; scores: DictionaryScores | null }[];
  ablations: { task: string; found: { pairs: number; curves: AblationCurve[] } }[];
}

export interface DictionariesView {
  model: string;
  dictionaries: Dictionaries;
}

/** A place in the text; one by one where the file has it so. */
export interface ActivationContext {
  before: string;
  token: string;
  activation: Num;
  tokens: string[];
  activations: Num[];
}

export interface FeatureScores {
  feature: number;
  density: Num;
  maxActivation: Num;
  ruleR: Num | null;
  ruleRandomR: Num | null;
  depthOneR: Num | null;
  nullRuleR: Num | null;
  ngramR: Num | null;
  nullNgramR: Num | null;
  purity: Num | null;
  conceptMatthews: Num | null;
  rule: string;
  concept: string | null;
  patterns: { pattern: string; activation: Num }[];
  contexts: ActivationContext[];
}

export interface FeatureList {
  location: string;
  kind: string;
  count: number;
  tokens: number;
  items: FeatureScores[];
  total: number;
  offset: number;
}

export interface BasisCircuit {
  reached: boolean;
  nodes: number;
  errors: number;
  structuralEdges: number;
  effectiveEdges: number | null;
  prunedEdges: number | null;
  residualEdges: number | null;
  validationLoss: Num;
  testLoss: Num;
  necessity: Num;
}

export interface TimesAsMany {
  ratio: Num;
  low: Num | null;
  high: Num | null;
}

export interface BasesView {
  circuits: { task: string; model: string; basis: string; circuit: BasisCircuit }[];
  common: string[];
  means: {
    model: string;
    basis: string;
    nodes: Num;
    structuralEdges: Num;
    effectiveEdges: Num;
    prunedEdges: Num;
    timesNodes: TimesAsMany | null;
    timesEffective: TimesAsMany | null;
    timesPruned: TimesAsMany | null;
  }[];
}
