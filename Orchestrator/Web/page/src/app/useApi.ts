import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, read } from '../api/client';
import { useLive } from './live';

/** What was read, or why it could not be. What was read stays while it is read anew. */
export interface Reading<T> {
  data: T | null;
  error: ApiError | null;
}

interface Known<T> extends Reading<T> {
  path: string | null;
}

/**
 * Reads a path of the API now, and again when something has happened; null reads nothing. Nothing is read twice at a time: what happens
 * meanwhile is read for behind it.
 */
export function useApi<T>(path: string | null, isLive = true): Reading<T> {
  const { tick } = useLive();
  const [known, setKnown] = useState<Known<T>>({ data: null, error: null, path: null });
  const again = useRef<(() => void) | null>(null);
  useEffect(() => {
    if (path === null) return undefined;
    const end = new AbortController();
    let [isReading, isStale] = [false, false];
    const start = (): void => {
      if (isReading) {
        isStale = true;
        return;
      }
      [isReading, isStale] = [true, false];
      void read<T>(path, end.signal)
        .then(
          (data) => setKnown({ data, error: null, path }),
          (error: unknown) => {
            if (end.signal.aborted) return;
            if (!(error instanceof ApiError)) throw error;
            setKnown((old) => ({ data: old.path === path ? old.data : null, error, path }));
          },
        )
        .finally(() => {
          isReading = false;
          if (isStale && !end.signal.aborted) start();
        });
    };
    again.current = start;
    start();
    return () => {
      again.current = null;
      end.abort();
    };
  }, [path]);
  const first = useRef(true);
  useEffect(() => {
    // The effect above has read already when the view came.
    if (!first.current && isLive) again.current?.();
    first.current = false;
  }, [tick]);
  return known.path === path ? known : { data: null, error: null };
}
