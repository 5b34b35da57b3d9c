import { useState } from 'preact/hooks';
import { ApiError, path, post } from '../api/client';
import { token } from '../api/token';
import type { InterventionResult, TaskAnswers } from '../api/types';
import { takeToken, TokenField, wrongToken } from '../app/TokenField';
import { num, percent, short } from '../circuit/file';

const kinds = { swap: 'what it is on the other prompt of the pair', mean: 'its mean over the corpus', set: 'a number' };

interface Props {
  sweep: string;
  model: string;
  task: string;
  node: string;
}

/** What the model and its circuit answer when something else is in the place of a node. */
export function WhatIf({ sweep, model, task, node }: Props) {
  const [kind, setKind] = useState<keyof typeof kinds>('swap');
  const [value, setValue] = useState('0');
  const [asksToken, setAsksToken] = useState(token.get() === '');
  const [state, setState] = useState({ isAsking: false, problem: '' });
  const [found, setFound] = useState<{ of: string; result: InterventionResult } | null>(null);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    takeToken(event.currentTarget as HTMLFormElement);
    setState({ isAsking: true, problem: '' });
    const change = { node, kind, ...(kind === 'set' ? { value: Number(value) } : {}) };
    try {
      const result = await post<InterventionResult>(path(['sweeps', sweep, 'circuits', model, task, 'intervene']), { changes: [change] });
      setAsksToken(false);
      setFound({ of: node, result });
      setState({ isAsking: false, problem: '' });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.needsToken) setAsksToken(true);
      setState({ isAsking: false, problem: error.needsToken ? wrongToken : error.message });
    }
  };
  return (
    <section class="what-if">
      <h4>What if it were something else?</h4>
      <form onSubmit={(event) => void send(event)}>
        <label>
          In its place{' '}
          <select value={kind} onChange={(e) => setKind(e.currentTarget.value as keyof typeof kinds)}>
            {Object.entries(kinds).map(([name, words]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </select>
        </label>
        {kind === 'set' && (
          <label>
            {' '}
            number <input type="number" step="any" required value={value} onInput={(e) => setValue(e.currentTarget.value)} />
          </label>
        )}
        {asksToken && <TokenField />}
        <button type="submit" disabled={state.isAsking}>
          {state.isAsking ? 'asking…' : 'try it'}
        </button>
      </form>
      {state.problem && (
        <p role="alert" class="problem">
          {state.problem}
        </p>
      )}
      {found?.of === node && <Answers of={found.result} />}
    </section>
  );
}

function Answers({ of }: { of: InterventionResult }) {
  const rows: [string, TaskAnswers][] = [
    ['model', of.model],
    ['model, changed', of.changedModel],
    ['circuit', of.circuit],
    ['circuit, changed', of.changedCircuit],
  ];
  return (
    <table>
      <caption>On {of.prompts} test prompts</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="visually-hidden">who</span>
          </th>
          <th scope="col">loss</th>
          <th scope="col">right</th>
          <th scope="col">says A after A</th>
          <th scope="col">after B</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, answers]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{short(num(answers.loss))}</td>
            <td>{percent(num(answers.accuracy))}</td>
            <td>{percent(num(answers.aOnA))}</td>
            <td>{percent(num(answers.aOnB))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
