import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Details } from './details';
import { Evidence } from './Evidence';
import { Exports } from './Exports';
import { count, short, type CircuitFile } from './file';
import { layout, type Placed } from './layout';
import { Legend } from './Legend';
import { NodePanel } from './NodePanel';
import { NodeSearch } from './NodeSearch';
import { Picture } from './Picture';
import { joinedBy, pathsThrough, shownWeights, strongest, waysOf } from './reach';
import type { Scene } from './scene';
import { Slider } from './Slider';
import type { ViewerState } from './state';
import { themeOf } from './theme';

interface Props {
  circuit: CircuitFile;
  /** The file's text, as it was written. */
  text: string;
  /** What files that are saved are called. */
  name: string;
  state: ViewerState;
  onState: (state: ViewerState) => void;
  /** Nodes that stand out, such as those that another circuit does not have. */
  marked?: Set<string>;
  /** More to say in the panel of a node that is kept. */
  more?: (node: string) => ComponentChildren;
  /** More to say in the panel while no node is looked at. */
  children?: ComponentChildren;
}

const none = new Set<string>();

const labelOf = (circuit: CircuitFile): string =>
  `${circuit.task}: ${count(circuit.nodeCount)} nodes and ${count(circuit.edgeCount)} weights from tokens to logits; ` +
  'arrow keys go from node to node, Enter keeps one';

/** A circuit to read: its picture, what is known of the node that one points at, and what was checked of the whole. */
export function Viewer({ circuit, text, name, state, onState, marked = none, more, children }: Props) {
  const root = useRef<HTMLDivElement>(null);
  const [hover, setHover] = useState<Placed | null>(null);
  const [found, setFound] = useState<Set<string>>(none);
  const picture = useMemo(() => layout(circuit), [circuit]);
  const details = useMemo(() => new Details(circuit), [circuit]);
  const shown = useMemo(() => strongest(picture, state.keep), [picture, state.keep]);
  const joined = useMemo(() => joinedBy(picture, shown), [picture, shown]);
  const kept = picture.byId.get(state.node) ?? null;
  const focus = hover ?? kept;
  const ways = useMemo(() => waysOf(shown, picture.nodes), [shown, picture]);
  const paths = useMemo(() => (focus ? pathsThrough(ways, focus) : null), [ways, focus]);
  const scene = useMemo<Scene>(
    () => ({ picture, shown, joined, focus, paths, marked: found.size > 0 ? found : marked }),
    [picture, shown, joined, focus, paths, found, marked],
  );
  // A picture of another circuit has none of the nodes of this one.
  useEffect(() => setHover(null), [picture]);
  const keep = (node: string): void => {
    setHover(null);
    onState({ ...state, node });
  };
  const weights = shownWeights(picture, state.keep);
  const faint = picture.nodes.filter((node) => !node.isLogit && !joined.has(node)).length;
  const weakest = weights > 0 ? Math.abs(picture.lines[weights - 1]!.weight) : 0;
  const shownNode = focus && !focus.isLogit ? focus.id : null;
  return (
    <div class="viewer" ref={root}>
      <div class="toolbar">
        <Slider
          keep={state.keep}
          onKeep={(value) => onState({ ...state, keep: value })}
          text={`${count(weights)} of ${count(picture.weights)} weights`}
        />
        <span class="shown" role="status">
          {count(weights)} of {count(picture.weights)} weights{weights < picture.weights && `, |w| ≥ ${short(weakest)}`}
          {faint > 0 && `; ${count(faint)} of ${count(circuit.nodeCount)} nodes have none of them and are faint`}
        </span>
        <NodeSearch circuit={circuit} onNode={keep} onFound={setFound} />
        <Exports circuit={circuit} text={text} name={name} scene={scene} theme={() => themeOf(root.current!)} />
      </div>
      <div class="split">
        <div>
          <Picture
            scene={scene}
            onHover={setHover}
            onKeep={(node) => keep(node && node.id !== state.node && !node.isLogit ? node.id : '')}
            label={labelOf(circuit)}
          />
          <Legend hasEffects={(circuit.checks?.effects.length ?? 0) > 0} />
        </div>
        <aside aria-label="what is known" tabIndex={0}>
          {state.node && !kept && <p role="alert">This circuit has no node {state.node}.</p>}
          {shownNode ? (
            <NodePanel circuit={circuit} details={details} node={shownNode} isKept={kept === focus} onNode={keep} more={more} />
          ) : (
            <>
              <p class="dim">Point at a node to follow its paths; click to keep it. The address of this page keeps what you see.</p>
              {children}
              <Evidence circuit={circuit} />
            </>
          )}
        </aside>
      </div>
    </div>
  );
}
