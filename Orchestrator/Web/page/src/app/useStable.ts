import { useRef } from 'preact/hooks';

/** The value, and the very same object as before while it says the same: what is drawn of it is then not drawn anew. */
export function useStable<T>(value: T): T {
  const known = useRef({ value, text: '' });
  const text = JSON.stringify(value);
  if (known.current.text !== text) known.current = { value, text };
  return known.current.value;
}
