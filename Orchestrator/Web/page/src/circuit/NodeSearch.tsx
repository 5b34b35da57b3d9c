import { useId, useMemo, useState } from 'preact/hooks';
import { count, type CircuitFile } from './file';
import { search } from './search';

const most = 30;

interface Props {
  circuit: CircuitFile;
  onNode: (node: string) => void;
  onFound: (nodes: Set<string>) => void;
}

/** Finds nodes by name, token or context; what is found stands out in the picture. */
export function NodeSearch({ circuit, onNode, onFound }: Props) {
  const id = useId();
  const [text, setText] = useState('');
  const found = useMemo(() => search(circuit, text), [circuit, text]);
  const change = (value: string): void => {
    setText(value);
    onFound(new Set(search(circuit, value).map((f) => f.node)));
  };
  return (
    <div class="search">
      <label for={id}>Find a node</label>
      <input
        id={id}
        type="search"
        value={text}
        placeholder="name or token"
        onInput={(e) => change(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key === 'Enter' && found[0]) onNode(found[0].node);
        }}
      />
      {text.trim() && (
        <div class="results" role="group" aria-label="nodes found">
          <p role="status">
            {found.length === 0
              ? 'no node has this name, token or context'
              : `${count(found.length)} found${found.length > most ? `, ${most} listed` : ''}`}
          </p>
          {found.slice(0, most).map(({ node, why }) => (
            <button
              key={node}
              type="button"
              class="link"
              onClick={() => {
                onNode(node);
                change('');
              }}>
              {node} <span class="dim">{why}</span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
