import type { TrialView } from '../api/types';

/** When a device worked on a trial, in milliseconds since 1970. */
export interface Span {
  trial: TrialView;
  from: number;
  until: number;
}

/**
 * What each device did, by device. The journal says when a trial ended and how long devices worked on it: a bar is as long, and ends there.
 * A trial that runs goes on until now; it began when that was heard, or else as soon as it was asked for and its device free.
 */
export function spansOf(trials: TrialView[], begun: Map<string, number>, now: number): Map<string, Span[]> {
  const all = new Map<string, Span[]>();
  const add = (device: string, span: Span): void => {
    const list = all.get(device);
    if (list) list.push(span);
    else all.set(device, [span]);
  };
  for (const trial of trials) {
    if (trial.device === null || trial.ended === null) continue;
    const until = Date.parse(trial.ended);
    add(trial.device, { trial, from: until - 1000 * trial.workedSeconds, until });
  }
  for (const trial of trials) {
    if (trial.device === null || trial.state !== 'running') continue;
    const free = Math.max(Date.parse(trial.queued), ...(all.get(trial.device) ?? []).map((span) => span.until));
    add(trial.device, { trial, from: begun.get(trial.id) ?? Math.min(free, now), until: now });
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
