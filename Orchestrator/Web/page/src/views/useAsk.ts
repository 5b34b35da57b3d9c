import { useState } from 'preact/hooks';
import { ApiError, path, post } from '../api/client';
import { token } from '../api/token';
import type { PromptAnswer } from '../api/types';
import { wrongToken } from '../app/TokenField';

/** A question to a model, as the API takes it. */
export interface Question {
  prompt: string;
  task?: string;
  top?: number;
  patterns?: boolean;
}

/** Asks a model, and keeps its last answer. */
export interface Asking {
  answer: PromptAnswer | null;
  problem: string;
  isAsking: boolean;
  /** Whether the token has to be typed first. */
  asksToken: boolean;
  ask: (question: Question) => void;
}

/** Asks a model of a sweep what follows a prompt. The model runs for it: only who has the token may ask. */
export function useAsk(sweep: string, model: string): Asking {
  const [state, setState] = useState({ answer: null as PromptAnswer | null, problem: '', isAsking: false });
  const [asksToken, setAsksToken] = useState(token.get() === '');
  const ask = async (question: Question): Promise<void> => {
    setState((old) => ({ ...old, problem: '', isAsking: true }));
    try {
      const answer = await post<PromptAnswer>(path(['sweeps', sweep, 'models', model, 'ask']), question);
      setAsksToken(false);
      setState({ answer, problem: '', isAsking: false });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.needsToken) setAsksToken(true);
      setState((old) => ({ ...old, problem: error.needsToken ? wrongToken : error.message, isAsking: false }));
    }
  };
  return { ...state, asksToken, ask: (question) => void ask(question) };
}
