import type { TrialView } from '../api/types';

/** When a device worked on a trial, in milliseconds since 1970. */
export interface Span { trial: TrialView; from: number; until: number }

/**
 * What each device did, by device. The journal says when a trial ended and how long devices worked on it: a bar is as long, and ends there.
 * A trial that runs goes on until now; it began when that was heard, or as long ago as it was worked on.
 */
export function spansOf(trials: TrialView[], begun: Map<string, number>, now: number): Map<string, Span[]> {
  const all = new Map<string, Span[]>();
  for (const trial of trials) {
    if (trial.device === null) continue;
    const until = trial.ended !== null ? Date.parse(trial.ended) : trial.state === 'running' ? now : NaN;
    if (Number.isNaN(until)) continue;
    const heard = trial.state === 'running' ? begun.get(trial.id) : undefined;
    const span = { trial, from: heard ?? until - 1000 * trial.workedSeconds, until };
    const list = all.get(trial.device);
    if (list) list.push(span);
    else all.set(trial.device, [span]);
  }
  return new Map([...all].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })));
}

/** The part of a time between two moments in which a device was at work, 0 to 1. */
export function busy(spans: Span[], from: number, until: number): number {
  let [worked, last] = [0, from];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const begin = Math.max(last, span.from);
    const end = Math.min(until, span.until);
    if (end > begin) worked += end - begin;
    last = Math.max(last, end);
  }
  return until > from ? worked / (until - from) : 0;
}
