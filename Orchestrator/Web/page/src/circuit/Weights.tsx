import { useState } from 'preact/hooks';
import { count, short } from './file';
import type { Joined } from './details';

const few = 12;

/** The weights into a node or out of it, strongest first; the rest is a button away. */
export function Weights({ title, weights, onNode }: { title: string; weights: Joined[]; onNode: (node: string) => void }) {
  const [all, setAll] = useState(false);
  if (weights.length === 0) return null;
  return (
    <section>
      <h4>
        {title} ({count(weights.length)})
      </h4>
      <table class="weights">
        <tbody>
          {(all ? weights : weights.slice(0, few)).map(({ node, weight }) => (
            <tr key={node}>
              <td>
                <button type="button" class="link" onClick={() => onNode(node)}>
                  {node}
                </button>
              </td>
              <td class={weight < 0 ? 'negative' : 'positive'}>{short(weight, true)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {weights.length > few && (
        <button type="button" class="link" onClick={() => setAll(!all)}>
          {all ? 'show the strongest only' : `show ${count(weights.length - few)} more`}
        </button>
      )}
    </section>
  );
}

/** Nodes that share a channel of the residual stream with a node. */
export function Through({ title, nodes, onNode }: { title: string; nodes: string[]; onNode: (node: string) => void }) {
  if (nodes.length === 0) return null;
  return (
    <section>
      <h4>{title}</h4>
      <p>
        {nodes.map((node) => (
          <button key={node} type="button" class="link" onClick={() => onNode(node)}>
            {node}
          </button>
        ))}
      </p>
    </section>
  );
}
