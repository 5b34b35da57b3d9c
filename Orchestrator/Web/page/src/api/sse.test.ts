import { describe, expect, it } from 'vitest';
import { StreamParser } from './sse';

describe('a stream of events', () => {
  const text =
    'retry: 2000\n\n: still here\n\nid: ab-1\nevent: trialChanged\ndata: {"a":\ndata: 1}\n\nid: ab-2\nevent: reload\ndata: {}\n\n';
  const events = [
    { type: 'trialChanged', data: '{"a":\n1}', id: 'ab-1' },
    { type: 'reload', data: '{}', id: 'ab-2' },
  ];

  it('is the same in whatever pieces it comes', () => {
    for (let size = 1; size <= text.length; size++) {
      const parser = new StreamParser();
      const heard = [];
      for (let i = 0; i < text.length; i += size) heard.push(...parser.push(text.slice(i, i + size)));
      expect(heard).toEqual(events);
      expect(parser.lastId).toBe('ab-2');
    }
  });
  it('may end its lines in other ways', () => expect(new StreamParser().push(text.replace(/\n/g, '\r\n'))).toEqual(events));
});
