import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { listen, type Connection } from '../api/events';

/** What happens, for the views that look on. */
export interface Live {
  connection: Connection;
  /** Grows when what was read may have changed: at most once in two seconds, and not while nobody sees the page. */
  tick: number;
}

export const LiveContext = createContext<Live>({ connection: 'connecting', tick: 0 });
export const useLive = (): Live => useContext(LiveContext);

const pace = 2000;
/** What a view shows changes slowly too where no event says so: another process may run the sweep. */
const slowPace = 10_000;

/**
 * Listens to events and lets views read anew, no more often than once in two seconds however much happens.
 * @param attempt another one begins anew, with the token that there is then
 */
export function useListening(attempt: number): Live {
  const [connection, setConnection] = useState<Connection>('connecting');
  const [tick, setTick] = useState(0);
  useEffect(() => {
    let due: ReturnType<typeof setTimeout> | undefined;
    let isStale = false;
    const soon = (): void => {
      isStale = true;
      if (document.hidden) return;
      due ??= setTimeout(() => {
        due = undefined;
        isStale = false;
        setTick((n) => n + 1);
      }, pace);
    };
    const seen = (): void => {
      if (isStale) soon();
    };
    document.addEventListener('visibilitychange', seen);
    const slow = setInterval(soon, slowPace);
    let wasLost = false;
    const end = listen({
      onEvent: soon,
      onConnection: (now) => {
        setConnection(now);
        if (now === 'live' && wasLost) soon();
        wasLost = now !== 'live' && (wasLost || now === 'lost');
      },
    });
    return () => {
      end();
      clearTimeout(due);
      clearInterval(slow);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [attempt]);
  return { connection, tick };
}
