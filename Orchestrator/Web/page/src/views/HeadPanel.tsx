import { useState } from 'preact/hooks';
import { hrefOf } from '../app/route';
import { takeToken, TokenField } from '../app/TokenField';
import { Attention } from '../circuit/Attention';
import { headWidth, visible, type CircuitFile } from '../circuit/file';
import { parseLocation } from '../circuit/location';
import { patternsOf } from './Ask';
import type { Asking } from './useAsk';

interface Props {
  sweep: string;
  model: string;
  /** Whether the circuit is the one that is asked: the validated one, or the best. */
  isAsked: boolean;
  circuit: CircuitFile;
  node: string;
  asking: Asking;
}

/** Prompts to look at a circuit on: those of the pairs that its file has. */
const promptsOf = (circuit: CircuitFile): string[] =>
  (circuit.checks?.pairs ?? []).flatMap((pair) => [pair.tokensA, pair.tokensB]).map(textOf);

/** The text of tokens as files show them. */
export const textOf = (tokens: string[]): string =>
  tokens
    .join('')
    .replace(/\\(?:([nrt])|x([0-9a-f]{2}))/g, (_, letter: string | undefined, code: string | undefined) =>
      letter ? { n: '\n', r: '\r', t: '\t' }[letter]! : String.fromCharCode(parseInt(code!, 16)),
    );

/** Where the head of a node looks on a prompt of the task: the model is asked for it. */
export function HeadPanel({ sweep, model, isAsked, circuit, node, asking }: Props) {
  const prompts = promptsOf(circuit);
  const [prompt, setPrompt] = useState(prompts[0] ?? '');
  const colon = node.lastIndexOf(':');
  const at = parseLocation(node.slice(0, colon));
  if (!at.part) return null;
  const head = Math.floor(Number(node.slice(colon + 1)) / headWidth(circuit));
  const { answer, problem, isAsking, asksToken, ask } = asking;
  const patterns = answer
    ? patternsOf(answer, isAsked ? answer.circuits.find((c) => c.task === circuit.task) : undefined, at.layer, head)
    : [];
  const send = (event: Event): void => {
    event.preventDefault();
    takeToken(event.currentTarget as HTMLFormElement);
    ask({ prompt, task: circuit.task, patterns: true });
  };
  return (
    <section class="head-panel">
      <h4>Where head {head} looks</h4>
      <form onSubmit={send}>
        <label>
          On the prompt{' '}
          {prompts.length > 0 ? (
            <select value={prompt} onChange={(e) => setPrompt(e.currentTarget.value)}>
              {prompts.map((text) => (
                <option key={text} value={text}>
                  {visible(text)}
                </option>
              ))}
            </select>
          ) : (
            <input required value={prompt} onInput={(e) => setPrompt(e.currentTarget.value)} />
          )}
        </label>
        {asksToken && <TokenField />}
        <button type="submit" disabled={isAsking}>
          {isAsking ? 'asking…' : 'ask the model'}
        </button>{' '}
        <a href={hrefOf(['sweeps', sweep, 'ask'], { model, prompt })}>ask more</a>
      </form>
      {problem && (
        <p role="alert" class="problem">
          {problem}
        </p>
      )}
      {answer && patterns.length === 0 && <p>The circuit that was asked, the validated one or the best, has no node of this head.</p>}
      {answer && patterns.length > 0 && <Attention tokens={answer.tokens} patterns={patterns} />}
    </section>
  );
}
