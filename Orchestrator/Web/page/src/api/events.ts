import { ApiError, request } from './client';
import { StreamParser } from './sse';

/** Something that has happened to a sweep; its other fields are those of its type. */
export interface SweepEvent {
  type: string;
  sweep?: string;
  time?: string;
  [field: string]: unknown;
}

export type Connection = 'connecting' | 'live' | 'lost' | 'refused';

interface Listener {
  onEvent: (event: SweepEvent) => void;
  onConnection: (connection: Connection) => void;
}

const [firstWait, longestWait] = [500, 8000];

/**
 * Listens to what happens, and comes back behind the last event when the stream ends. The browser's own EventSource cannot send a token.
 * @returns ends it
 */
export function listen({ onEvent, onConnection }: Listener): () => void {
  const end = new AbortController();
  void run();
  return () => end.abort();

  async function run(): Promise<void> {
    let lastId = '';
    let wait = firstWait;
    while (!end.signal.aborted) {
      onConnection('connecting');
      try {
        const response = await request('events', { headers: lastId ? { 'Last-Event-ID': lastId } : {}, signal: end.signal });
        onConnection('live');
        wait = firstWait;
        lastId = await readAll(response.body!, lastId);
      } catch (error) {
        if (end.signal.aborted) return;
        if (error instanceof ApiError && error.needsToken) {
          // Asking again would be answered the same: whoever has a token begins anew.
          onConnection('refused');
          return;
        }
      }
      if (end.signal.aborted) return;
      onConnection('lost');
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(longestWait, wait * 2);
    }
  }

  async function readAll(body: ReadableStream<Uint8Array>, before: string): Promise<string> {
    const [parser, decoder, reader] = [new StreamParser(), new TextDecoder(), body.getReader()];
    parser.lastId = before;
    try {
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        for (const event of parser.push(decoder.decode(piece.value, { stream: true })))
          onEvent({ ...(JSON.parse(event.data) as object), type: event.type });
      }
    } catch (error) {
      // The server has gone: whoever comes back asks for what came behind the last event.
      if (end.signal.aborted || !(error instanceof TypeError)) throw error;
    }
    return parser.lastId;
  }
}
