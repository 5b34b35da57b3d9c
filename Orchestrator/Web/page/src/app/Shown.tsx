import type { ComponentChildren } from 'preact';
import type { Reading } from './useApi';

/** What was read, once it is there; why it cannot be read, where that is so. What was read before stays below the reason. */
export function Shown<T>({ of: { data, error }, children }: { of: Reading<T>; children: (data: T) => ComponentChildren }) {
  return (
    <>
      {error && (
        <p role="alert" class="problem">
          {error.message}
        </p>
      )}
      {data === null
        ? !error && (
            <p class="dim" role="status">
              reading…
            </p>
          )
        : children(data)}
    </>
  );
}
