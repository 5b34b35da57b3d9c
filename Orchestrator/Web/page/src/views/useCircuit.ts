import { useEffect, useState } from 'preact/hooks';
import { ApiError, path, request } from '../api/client';
import type { Reading } from '../app/useApi';
import type { CircuitFile } from '../circuit/file';

/** A circuit, with its file's text as it was written. */
export interface Loaded {
  circuit: CircuitFile;
  text: string;
}

/** Reads a circuit once: it does not change. Null reads nothing. */
export function useCircuit(sweep: string, names: string[] | null): Reading<Loaded> {
  const [reading, setReading] = useState<Reading<Loaded>>({ data: null, error: null });
  const wanted = names === null ? null : path(['sweeps', sweep, 'circuits', ...names]);
  useEffect(() => {
    setReading({ data: null, error: null });
    if (wanted === null) return undefined;
    const end = new AbortController();
    request(wanted, { signal: end.signal })
      .then((response) => response.text())
      .then(
        (text) => setReading({ data: { circuit: JSON.parse(text) as CircuitFile, text }, error: null }),
        (error: unknown) => {
          if (error instanceof ApiError) setReading({ data: null, error });
          else if (!end.signal.aborted) throw error;
        },
      );
    return () => end.abort();
  }, [wanted]);
  return reading;
}
