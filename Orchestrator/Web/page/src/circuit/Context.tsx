import { background } from './background';
import { num, short, visible, type NodeExample } from './file';

/** Where in the pretraining data a node is active: the tokens before, the token, the value. */
export function Contexts({ title, examples }: { title: string; examples: NodeExample[] }) {
  if (examples.length === 0) return null;
  return (
    <section>
      <h4>{title}</h4>
      <ul class="contexts">
        {examples.map((example, i) => (
          <li key={i}>
            <span class="before">{visible(example.before)}</span>
            <mark>{visible(example.token)}</mark>
            <output>{short(num(example.value), true)}</output>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A prompt with the value that a node has at each token. */
export function Prompt({ label, tokens, values, most }: { label: string; tokens: string[]; values: number[]; most: number }) {
  return (
    <p class="prompt">
      <b>{label}</b>{' '}
      {tokens.map((token, i) => {
        const value = values[i] ?? NaN;
        return (
          <span key={i} title={short(value, true)} style={{ background: background(value, most) }}>
            {visible(token)}
          </span>
        );
      })}
      <output>{short(values.at(-1) ?? NaN, true)}</output>
    </p>
  );
}
