/** Where in the page one is: names, and what the view there shows. The address has it behind #, so that every view has a link. */
export interface Route {
  parts: string[];
  query: URLSearchParams;
}

/** The route of the part of an address behind #. */
export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#\/?/, '');
  const [names = '', query = ''] = text.split('?', 2);
  return {
    parts: names
      .split('/')
      .filter((part) => part !== '')
      .map(decode),
    query: new URLSearchParams(query),
  };
}

/** The address of a route. */
export function hrefOf(parts: string[], query: Record<string, string> = {}): string {
  const asked = Object.entries(query).filter(([, value]) => value !== '');
  return `#/${parts.map(encodeURIComponent).join('/')}${asked.length > 0 ? `?${new URLSearchParams(asked)}` : ''}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Somebody typed a lone %: it stands for itself.
    return part;
  }
}
