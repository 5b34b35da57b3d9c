import { useState } from 'preact/hooks';
import { path } from '../api/client';
import { Command } from '../app/Command';

interface Props {
  sweep: string;
  share: { weight: number; priority: number; concurrency: number };
}

const limitOf = ({ concurrency }: Props['share']): string => (concurrency === 0 ? 'no limit' : `at most ${concurrency} at a time`);

/** How a sweep shares the devices of its cluster with others. */
export function Share({ sweep, share }: Props) {
  // What is answered says more than may be changed.
  const { weight, priority, concurrency } = share;
  const [asked, setAsked] = useState({ weight, priority, concurrency });
  const field = (name: keyof typeof share, label: string, step: number, min?: number) => (
    <label>
      <span>{label}</span>
      <input
        type="number"
        step={step}
        min={min}
        value={asked[name]}
        onInput={(e) => setAsked({ ...asked, [name]: Number(e.currentTarget.value) })}
      />
    </label>
  );
  return (
    <Command
      label="Priority and concurrency"
      path={path(['sweeps', sweep, 'share'])}
      body={asked}
      question={`Now: weight ${share.weight}, priority ${share.priority}, ${limitOf(share)}.`}>
      <div class="fields">
        {field('weight', 'weight: 2 gets twice the devices of 1', 0.1, 0.1)}
        {field('priority', 'priority: higher ones come first', 1)}
        {field('concurrency', 'most trials at a time, 0 for no limit', 1, 0)}
      </div>
    </Command>
  );
}
