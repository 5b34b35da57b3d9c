import type { Page, SweepView } from '../api/types';
import { useLive } from './live';
import { hrefOf, type Route } from './route';
import { useApi } from './useApi';

const tabs = [
  ['', 'Sweep'],
  ['models', 'Models'],
  ['searches', 'Searches'],
  ['circuits', 'Circuits'],
  ['trials', 'Trials'],
] as const;

const states = { connecting: 'connecting…', live: 'live', lost: 'cut off: trying again', refused: 'asks for a token' };

/** Where one can go, and whether what one sees is up to date. */
export function Header({ route }: { route: Route }) {
  const { connection } = useLive();
  const [first, sweep, tab = ''] = route.parts;
  const { data: sweeps } = useApi<Page<SweepView>>('sweeps?limit=1000', false);
  const here = first === 'sweeps' ? sweep : undefined;
  const only = sweeps?.total === 1 ? sweeps.items[0]?.id : undefined;
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
      {sweeps && sweeps.items.length > 1 && (
        <label class="which">
          <span>Sweep</span>
          <select
            value={here ?? ''}
            onChange={(e) => {
              location.hash = hrefOf(e.currentTarget.value ? ['sweeps', e.currentTarget.value] : []);
            }}>
            <option value="">all</option>
            {sweeps.items.map((s) => (
              <option key={s.id} value={s.id}>
                {s.id}
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
