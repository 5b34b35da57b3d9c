import { useEffect, useState } from 'preact/hooks';
import { hrefOf, parseRoute, type Route } from './route';

/** The route that the address has now. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const change = (): void => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  return route;
}

/** Changes what the address says of the view that one is in; going back leads past it. */
export function replaceQuery(route: Route, query: Record<string, string>): void {
  history.replaceState(null, '', hrefOf(route.parts, query));
  dispatchEvent(new HashChangeEvent('hashchange'));
}

/** Changes one thing that a list is asked for, which then begins at its start. */
export function refine(route: Route, name: string, value: string): void {
  const query = Object.fromEntries(route.query);
  delete query.offset;
  replaceQuery(route, { ...query, [name]: value });
}
