import type { ComponentChildren } from 'preact';
import { Ask } from '../views/Ask';
import { Autoencoders } from '../views/Autoencoders';
import { Bridges } from '../views/Bridges';
import { CircuitPage } from '../views/CircuitPage';
import { Circuits } from '../views/Circuits';
import { Devices } from '../views/Devices';
import { Feature } from '../views/Feature';
import { Features } from '../views/Features';
import { Models } from '../views/Models';
import { Search } from '../views/Search';
import { Searches } from '../views/Searches';
import { Sweep } from '../views/Sweep';
import { Sweeps } from '../views/Sweeps';
import { Trial } from '../views/Trial';
import { Trials } from '../views/Trials';
import type { Route } from './route';

interface Shown {
  title: string;
  view: ComponentChildren;
}

/** What an address shows. A new view is a line here, and where people should find it one in the header. */
export function viewOf(route: Route): Shown {
  const [first, sweep, tab, ...rest] = route.parts;
  if (first === undefined) return { title: 'All sweeps', view: <Sweeps /> };
  if (first === 'devices' && sweep === undefined) return { title: 'Devices', view: <Devices route={route} /> };
  if (first !== 'sweeps' || sweep === undefined) return unknown();
  const [a, b, c] = rest;
  const at = { sweep, route };
  if (tab === undefined) return { title: sweep, view: <Sweep key={sweep} sweep={sweep} /> };
  if (tab === 'models' && a === undefined) return { title: `Models of ${sweep}`, view: <Models {...at} /> };
  if (tab === 'searches' && a === undefined) return { title: `Searches of ${sweep}`, view: <Searches {...at} /> };
  if (tab === 'searches' && a && b) return { title: `Search ${b} in ${a}`, view: <Search {...at} model={a} task={b} /> };
  if (tab === 'circuits' && a === undefined) return { title: `Circuits of ${sweep}`, view: <Circuits {...at} /> };
  if (tab === 'circuits' && a && b && c) return { title: `${b} in ${a}`, view: <CircuitPage {...at} model={a} task={b} kind={c} /> };
  if (tab === 'autoencoders' && a === undefined) return { title: `Autoencoders of ${sweep}`, view: <Autoencoders {...at} /> };
  if (tab === 'autoencoders' && a && b)
    return c === undefined
      ? { title: `Features of ${b} in ${a}`, view: <Features {...at} model={a} dictionary={b} /> }
      : { title: `Feature ${c} of ${b} in ${a}`, view: <Feature {...at} model={a} dictionary={b} feature={c} /> };
  if (tab === 'bridges' && a === undefined) return { title: `Bridges of ${sweep}`, view: <Bridges {...at} /> };
  if (tab === 'ask' && a === undefined) return { title: `Ask a model of ${sweep}`, view: <Ask key={sweep} {...at} /> };
  if (tab === 'trials' && a === undefined) return { title: `Trials of ${sweep}`, view: <Trials {...at} /> };
  if (tab === 'trials' && a && b === undefined) return { title: a, view: <Trial {...at} trial={a} /> };
  return unknown();
}

const unknown = (): Shown => ({
  title: 'No such view',
  view: (
    <p role="alert">
      There is no view of this address. <a href="#/">All sweeps</a>
    </p>
  ),
});
