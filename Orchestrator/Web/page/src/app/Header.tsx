import { useEffect, useState } from 'preact/hooks';
import type { SweepList, SweepView } from '../api/types';
import { idsOf } from '../views/Sweeps';
import { useLive } from './live';
import { hrefOf, type Route } from './route';
import { useApi } from './useApi';

/** The views of a sweep; some only where there is something for them. */
const tabs: [name: string, title: string, isFor?: (sweep: SweepView) => boolean][] = [
  ['', 'Sweep'],
  ['models', 'Models'],
  ['searches', 'Searches'],
  ['circuits', 'Circuits'],
  ['autoencoders', 'Autoencoders', (sweep) => sweep.autoencoders > 0],
  ['bridges', 'Bridges', (sweep) => sweep.bridged > 0],
  ['ask', 'Ask'],
  ['trials', 'Trials'],
];

/** The names of the views that a sweep has; those that all have while nothing is known of it. */
export const tabsOf = (sweep: SweepView | undefined): string[] =>
  tabs.filter(([, , isFor]) => !isFor || (sweep && isFor(sweep))).map(([name]) => name);

const states = { connecting: 'connecting…', live: 'live', lost: 'cut off: trying again', refused: 'asks for a token' };

/** Where one can go, and whether what one sees is up to date. */
export function Header({ route }: { route: Route }) {
  const { connection } = useLive();
  const [first, sweep, tab = ''] = route.parts;
  const here = first === 'sweeps' ? sweep : undefined;
  const [isKnown, setKnown] = useState(true);
  // Read once, unless what is shown is not in it: a sweep may have begun since.
  const { data: sweeps } = useApi<SweepList>('sweeps?limit=1000', !isKnown);
  const ids = sweeps ? idsOf(sweeps) : [];
  const only = sweeps?.total === 1 ? ids[0] : undefined;
  const shown = here ?? only;
  const found = sweeps?.items.find((one) => one.id === shown);
  useEffect(() => setKnown(shown === undefined || found !== undefined), [shown, found]);
  const own = tabsOf(found);
  return (
    <header>
      <a class="brand" href="#/">
        Sweeps
      </a>
      <nav aria-label="views">
        {shown !== undefined &&
          tabs
            .filter(([name]) => own.includes(name))
            .map(([name, title]) => (
            <a
              key={name}
              href={hrefOf(['sweeps', shown, ...(name ? [name] : [])])}
              aria-current={here && tab === name ? 'page' : undefined}>
              {title}
            </a>
          ))}
        <a href="#/devices" aria-current={first === 'devices' ? 'page' : undefined}>
          Devices
        </a>
      </nav>
      {ids.length > 1 && (
        <label class="which">
          <span>Sweep</span>
          <select
            value={here ?? ''}
            onChange={(e) => {
              location.hash = hrefOf(e.currentTarget.value ? ['sweeps', e.currentTarget.value] : []);
            }}>
            <option value="">all</option>
            {ids.map((id) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
        </label>
      )}
      <span class={`connection ${connection}`} role="status">
        {states[connection]}
      </span>
    </header>
  );
}
