/** An event of a stream. */
export interface StreamEvent {
  type: string;
  data: string;
  id: string;
}

/** Takes the text of a stream of server-sent events apart, in whatever pieces it comes. */
export class StreamParser {
  private rest = '';
  private type = '';
  private data: string[] = [];
  /** The id of the last event. */
  lastId = '';

  /** The events that end in this piece. */
  push(text: string): StreamEvent[] {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.line(line) ?? []);
  }

  private line(line: string): StreamEvent | null {
    if (line === '') return this.dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return null;
    const [field, value] = colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
    if (field === 'event') this.type = value;
    else if (field === 'data') this.data.push(value);
    else if (field === 'id') this.lastId = value;
    return null;
  }

  private dispatch(): StreamEvent | null {
    const event = this.data.length > 0 ? { type: this.type || 'message', data: this.data.join('\n'), id: this.lastId } : null;
    this.type = '';
    this.data = [];
    return event;
  }
}
