import { useState } from 'preact/hooks';
import { path } from '../api/client';
import type { CircuitAnswer, ModelView, Page, PromptAnswer } from '../api/types';
import { hrefOf } from '../app/route';
import { Shown } from '../app/Shown';
import { Table } from '../app/Table';
import { takeToken, TokenField } from '../app/TokenField';
import { useApi } from '../app/useApi';
import { replaceQuery } from '../app/useRoute';
import { Attention } from '../circuit/Attention';
import { Prompt } from '../circuit/Context';
import { num, percent, short, visible } from '../circuit/file';
import type { At } from './at';
import { useAsk } from './useAsk';

/** A prompt of one's own to a model: what follows, what its circuits say, and what their nodes and heads do on it. */
export function Ask({ sweep, route }: At) {
  const models = useApi<Page<ModelView>>(path(['sweeps', sweep, 'models'], { limit: 1000 }), false);
  return (
    <>
      <h1>Ask a model of {sweep}</h1>
      <Shown of={models}>
        {({ items }) => {
          const trained = items.filter((model) => model.state === 'trained').map((model) => model.id);
          const asked = route.query.get('model');
          const model = asked ?? items.find((m) => m.selected && m.trained)?.id ?? trained[0];
          if (model === undefined) return <p>No model is trained yet.</p>;
          const names = [...new Set([...(asked ? [asked] : []), ...trained])];
          return <Asked key={model} sweep={sweep} route={route} model={model} models={names} />;
        }}
      </Shown>
    </>
  );
}

function Asked({ sweep, route, model, models }: At & { model: string; models: string[] }) {
  const { answer, problem, isAsking, asksToken, ask } = useAsk(sweep, model);
  const [prompt, setPrompt] = useState(route.query.get('prompt') ?? '');
  const [patterns, setPatterns] = useState(true);
  const send = (event: Event): void => {
    event.preventDefault();
    takeToken(event.currentTarget as HTMLFormElement);
    replaceQuery(route, { model, prompt });
    ask({ prompt, patterns });
  };
  return (
    <>
      <form class="ask" onSubmit={send}>
        <p>
          <label>
            Model{' '}
            <select value={model} onChange={(e) => replaceQuery(route, { model: e.currentTarget.value, prompt })}>
              {models.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </p>
        <label>
          Prompt
          <textarea rows={4} required spellcheck={false} value={prompt} onInput={(e) => setPrompt(e.currentTarget.value)} />
        </label>
        {asksToken && <TokenField />}
        <p class="buttons">
          <button type="submit" class="main" disabled={isAsking}>
            {isAsking ? 'asking…' : 'Ask'}
          </button>
          <label>
            <input type="checkbox" checked={patterns} onChange={(e) => setPatterns(e.currentTarget.checked)} /> with attention patterns
          </label>
        </p>
        {problem && (
          <p role="alert" class="problem">
            {problem}
          </p>
        )}
      </form>
      {answer && <Answer sweep={sweep} model={model} answer={answer} />}
    </>
  );
}

function Answer({ sweep, model, answer }: { sweep: string; model: string; answer: PromptAnswer }) {
  return (
    <div class="answer">
      <section>
        <h2>What follows</h2>
        <p class="prompt">
          {answer.tokens.map((token, i) => (
            <span key={i} class="token-of">
              {visible(token)}
            </span>
          ))}
          <span class="dim"> {answer.tokens.length} tokens</span>
        </p>
        <Table columns={['next token', 'probability', <span class="visually-hidden">bar</span>]}>
          {answer.next.map(({ token, id, probability }) => (
            <tr key={id}>
              <th scope="row">
                <code>{visible(token)}</code>
              </th>
              <td>{percent(num(probability))}</td>
              <td>
                <meter value={num(probability)} aria-label={`probability of ${visible(token)}`} />
              </td>
            </tr>
          ))}
        </Table>
      </section>
      <section>
        <h2>What its circuits say</h2>
        {answer.circuits.length === 0 ? (
          <p>The model has no circuits.</p>
        ) : (
          <>
            <Table columns={['circuit', 'A', 'B', 'A, model', 'A, circuit', 'nodes']}>
              {answer.circuits.map((circuit) => (
                <tr key={circuit.task}>
                  <th scope="row">
                    <a href={hrefOf(['sweeps', sweep, 'circuits', model, circuit.task, 'best'])}>{circuit.task}</a>
                  </th>
                  <td>
                    <code>{visible(circuit.a)}</code>
                  </td>
                  <td>
                    <code>{visible(circuit.b)}</code>
                  </td>
                  <td>{percent(num(circuit.model))}</td>
                  <td>{percent(num(circuit.circuit))}</td>
                  <td>{circuit.nodes.length}</td>
                </tr>
              ))}
            </Table>
            <p class="dim">
              How likely A is of the two, by the whole model and by the circuit alone: calibrated, every other node at its mean. A
              circuit has something to say where the prompt is one of its task.
            </p>
          </>
        )}
      </section>
      {answer.circuits.map((circuit) => (
        <Nodes key={circuit.task} sweep={sweep} model={model} circuit={circuit} answer={answer} />
      ))}
    </div>
  );
}

interface NodesProps {
  sweep: string;
  model: string;
  circuit: CircuitAnswer;
  answer: PromptAnswer;
}

function Nodes({ sweep, model, circuit, answer }: NodesProps) {
  return (
    <details>
      <summary>{circuit.task}: its nodes at each token</summary>
      <div class="wide" tabIndex={0} role="group" aria-label={`nodes of ${circuit.task}`}>
        {circuit.nodes.map(({ node, mean, values }) => {
          const numbers = values.map(num);
          return (
            <div key={node} class="node-values">
              <a href={hrefOf(['sweeps', sweep, 'circuits', model, circuit.task, 'best'], { node })}>{node}</a>
              <Prompt label="" tokens={answer.tokens} values={numbers} most={Math.max(1e-9, ...numbers.map(Math.abs))} />
              <span class="dim">mean {short(num(mean), true)}</span>
            </div>
          );
        })}
      </div>
      {circuit.heads.map((head) => (
        <section key={`${head.layer} ${head.head}`}>
          <h3>
            Where head {head.head} of layer {head.layer} looks
          </h3>
          <Attention tokens={answer.tokens} patterns={patternsOf(answer, circuit, head.layer, head.head)} />
        </section>
      ))}
    </details>
  );
}

/** The patterns of one head: in the whole model, and when only the circuit runs. */
export function patternsOf(answer: PromptAnswer, circuit: CircuitAnswer | undefined, layer: number, head: number) {
  const find = (all: PromptAnswer['heads'] | undefined) => all?.find((of) => of.layer === layer && of.head === head);
  return [
    { name: 'in the whole model', of: find(answer.heads) },
    { name: 'when only the circuit runs', of: find(circuit?.heads) },
  ].flatMap(({ name, of }) => (of ? [{ name, weights: of.weights }] : []));
}
