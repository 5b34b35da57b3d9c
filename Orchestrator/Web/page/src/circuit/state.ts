/** What a link to a view of a circuit says. */
export interface ViewerState {
  /** Fraction of the weights that are shown, the strongest. */
  keep: number;
  /** The node that is kept in view; empty for none. */
  node: string;
}

/** Weights up to which all are shown at first. */
const usual = 600;

/** How a circuit of so many edges is shown at first. */
export const firstState = (edges: number): ViewerState => ({ keep: edges <= usual ? 1 : usual / edges, node: '' });

/** The state that parameters of a link ask for; what they do not say is as at first. */
export function stateOf(parameters: URLSearchParams, edges: number): ViewerState {
  const first = firstState(edges);
  const keep = Number(parameters.get('keep'));
  return { keep: keep > 0 && keep <= 1 ? keep : first.keep, node: parameters.get('node') ?? '' };
}

/** The parameters that say a state, in the order in which links have them. */
export function parametersOf(state: ViewerState): Record<string, string> {
  return { keep: String(Math.round(state.keep * 10_000) / 10_000), ...(state.node ? { node: state.node } : {}) };
}
