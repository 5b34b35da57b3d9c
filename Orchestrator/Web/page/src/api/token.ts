const key = 'sweeps-token';

/** The token of commands, kept while this tab is open; empty for none. */
export const token = {
  get: (): string => sessionStorage.getItem(key) ?? '',
  set: (value: string): void => sessionStorage.setItem(key, value.trim()),
};
