import type { Route } from '../app/route';

/** What every view of a sweep is given. */
export interface At {
  sweep: string;
  route: Route;
}
