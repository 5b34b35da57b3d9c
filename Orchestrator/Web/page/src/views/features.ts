import type { Route } from '../app/route';

/** The orders of features, by the word that the API has for them. */
export const orders: Record<string, string> = {
  rule: 'how well its rule holds',
  patterns: 'how well its patterns hold',
  purity: 'purity',
  concept: 'concept',
  density: 'density',
  number: 'number',
};

/** What an address asks of a list of features, in the words of the API. */
export const askedOf = (route: Route): { sort: string; search: string } => ({
  sort: route.query.get('sort') ?? 'rule',
  search: route.query.get('search') ?? '',
});
