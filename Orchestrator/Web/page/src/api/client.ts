import { token } from './token';

export const root = 'api/v1';

/** The server has said no, or cannot be reached; the message is for people. */
export class ApiError extends Error {
  /** @param status that of the answer; 0 where there was none */
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }

  /** Whether a token was asked for. */
  get needsToken(): boolean {
    return this.status === 401;
  }
}

const headers = (more: Record<string, string> = {}): Record<string, string> =>
  token.get() ? { ...more, Authorization: `Bearer ${token.get()}` } : more;

/** Sends a request of the API; an answer that says no is an ApiError with its reason. */
export async function request(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`${root}/${path}`, { ...init, headers: headers(init.headers) });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'the server does not answer: it has ended, or cannot be reached');
  }
  if (response.ok) return response;
  throw new ApiError(response.status, (await reason(response)) ?? `the server answered ${response.status} ${response.statusText}`);
}

async function reason(response: Response): Promise<string | null> {
  try {
    const problem = (await response.json()) as { detail?: unknown };
    return typeof problem.detail === 'string' ? problem.detail : null;
  } catch {
    // Not the server's own words: its status says what there is to say.
    return null;
  }
}

/** Reads JSON. */
export const read = async <T>(path: string, signal?: AbortSignal): Promise<T> =>
  (await (await request(path, signal ? { signal } : {})).json()) as T;

/** Sends JSON; returns the answer. */
export const post = async <T>(path: string, body: unknown): Promise<T> =>
  (await (
    await request(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  ).json()) as T;

/** Gives a command; returns what became of it. */
export const command = async (path: string, body: unknown = {}): Promise<'accepted' | 'alreadyDone'> =>
  (await post<{ reply: 'accepted' | 'alreadyDone' }>(path, body)).reply;

/** A path of names and a query; what is undefined is left out. */
export function path(parts: string[], query: Record<string, string | number | boolean | undefined> = {}): string {
  const asked = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => [name, String(value)]);
  // A name of a trial has slashes, which stay.
  const names = parts.map((part) => part.split('/').map(encodeURIComponent).join('/')).join('/');
  return asked.length > 0 ? `${names}?${new URLSearchParams(asked as [string, string][])}` : names;
}
