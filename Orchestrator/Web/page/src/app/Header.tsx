import type { SweepList } from '../api/types';
import { idsOf } from '../views/Sweeps';
import { useLive } from './live';
import { hrefOf, type Route } from './route';
import { useApi } from './useApi';

const tabs = [
  ['', 'Sweep'],
  ['models', 'Models'],
  ['searches', 'Searches'],
  ['circuits', 'Circuits'],
  ['ask', 'Ask'],
  ['trials', 'Trials'],
] as const;

const states = { connecting: 'connecting…', live: 'live', lost: 'cut off: trying again', refused: 'asks for a token' };

/** Where one can go, and whether what one sees is up to date. */
export function Header({ route }: { route: Route }) {
  const { connection } = useLive();
  const [first, sweep, tab = ''] = route.parts;
  const { data: sweeps } = useApi<SweepList>('sweeps?limit=1000', false);
  const ids = sweeps ? idsOf(sweeps) : [];
  const here = first === 'sweeps' ? sweep : undefined;
  const only = sweeps?.total === 1 ? ids[0] : undefined;
  const shown = here ?? only;
  return (
    <header>
      <a class="brand" href="#/">
        Sweeps
      </a>
      <nav aria-label="views">
        {shown !== undefined &&
          tabs.map(([name, title]) => (
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
