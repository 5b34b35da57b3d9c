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
