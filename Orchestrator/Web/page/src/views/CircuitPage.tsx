import { useMemo } from 'preact/hooks';
import { path } from '../api/client';
import type { CircuitView, Page } from '../api/types';
import { hrefOf, type Route } from '../app/route';
import { Shown } from '../app/Shown';
import { useApi } from '../app/useApi';
import { replaceQuery } from '../app/useRoute';
import { compare } from '../circuit/compare';
import { Differences } from '../circuit/Differences';
import { count, num, short } from '../circuit/file';
import { parametersOf, stateOf } from '../circuit/state';
import { Viewer } from '../circuit/Viewer';
import type { At } from './at';
import { HeadPanel } from './HeadPanel';
import { useAsk } from './useAsk';
import { useCircuit, type Loaded } from './useCircuit';
import { WhatIf } from './WhatIf';

interface Props extends At {
  model: string;
  task: string;
  kind: string;
}

const nameOf = (c: { model: string; task: string; kind: string }): string => `${c.model}/${c.task}/${c.kind}`;

/** A circuit to read, alone or beside another. */
export function CircuitPage({ sweep, route, model, task, kind }: Props) {
  const others = useApi<Page<CircuitView>>(path(['sweeps', sweep, 'circuits'], { limit: 1000 }));
  const asked = route.query.get('with');
  const names = asked ? asked.split('/') : null;
  const left = useCircuit(sweep, [model, task, kind]);
  const right = useCircuit(sweep, names);
  const here = nameOf({ model, task, kind });
  const all = others.data?.items.map(nameOf) ?? [];
  const goTo = (name: string): void => {
    location.hash = hrefOf(['sweeps', sweep, 'circuits', ...name.split('/')], asked ? { with: asked } : {});
  };
  return (
    <>
      <h1>
        {task} in {model}
      </h1>
      <p class="choices">
        <label>
          Circuit{' '}
          <select value={here} onChange={(e) => goTo(e.currentTarget.value)}>
            {[...new Set([here, ...all])].map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          beside{' '}
          <select
            value={asked ?? ''}
            onChange={(e) => replaceQuery(route, { ...Object.fromEntries(route.query), with: e.currentTarget.value })}>
            <option value="">no other</option>
            {[...new Set([...(asked ? [asked] : []), ...all])].map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {others.data && others.data.total > others.data.items.length && (
          <span>
            {count(others.data.items.length)} of {count(others.data.total)} are listed.
          </span>
        )}
      </p>
      <Shown of={left}>
        {(a) =>
          names === null ? (
            <One sweep={sweep} loaded={a} name={here} route={route} prefix="" />
          ) : (
            <Shown of={right}>{(b) => <Both sweep={sweep} left={a} right={b} names={[here, asked!]} route={route} />}</Shown>
          )
        }
      </Shown>
    </>
  );
}

interface OneProps {
  sweep: string;
  loaded: Loaded;
  name: string;
  route: Route;
  prefix: '' | 'right-';
  marked?: Set<string>;
}

function One({ sweep, loaded: { circuit, text }, name, route, prefix, marked }: OneProps) {
  const [model = '', , kind] = name.split('/');
  const isAsked = kind === 'validated' || kind === 'best';
  const asking = useAsk(sweep, model);
  const own = new URLSearchParams(
    [...route.query].filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value]),
  );
  return (
    <section class="circuit" aria-label={name}>
      <p class="headline">
        <b>
          {count(circuit.nodeCount)} nodes · {count(circuit.edgeCount)} edges
        </b>
        <span>
          test loss {short(num(circuit.losses.test))}, target {short(num(circuit.targetLoss))}
        </span>
        {circuit.checks && <span>without it {short(num(circuit.checks.necessity))}</span>}
        {circuit.edgesPruned && <span>edges pruned</span>}
      </p>
      <Viewer
        circuit={circuit}
        text={text}
        name={name}
        state={stateOf(own, circuit.edgeCount)}
        marked={marked}
        more={(node) => (
          <>
            <HeadPanel sweep={sweep} model={model} isAsked={isAsked} circuit={circuit} node={node} asking={asking} />
            {isAsked && <WhatIf sweep={sweep} model={model} task={circuit.task} node={node} />}
          </>
        )}
        onState={(state) => {
          const query = Object.fromEntries(route.query);
          delete query[`${prefix}node`];
          replaceQuery(route, {
            ...query,
            ...Object.fromEntries(Object.entries(parametersOf(state)).map(([key, value]) => [prefix + key, value])),
          });
        }}
      />
    </section>
  );
}

interface BothProps {
  sweep: string;
  left: Loaded;
  right: Loaded;
  names: [string, string];
  route: Route;
}

function Both({ sweep, left, right, names, route }: BothProps) {
  const difference = useMemo(() => compare(left.circuit, right.circuit), [left, right]);
  return (
    <>
      <Differences of={difference} names={names} />
      <div class="both">
        <div>
          <h2>{names[0]}</h2>
          <One
            sweep={sweep}
            loaded={left}
            name={names[0]}
            route={route}
            prefix=""
            marked={difference.isSameModel ? difference.onlyLeft : undefined}
          />
        </div>
        <div>
          <h2>{names[1]}</h2>
          <One
            sweep={sweep}
            loaded={right}
            name={names[1]}
            route={route}
            prefix="right-"
            marked={difference.isSameModel ? difference.onlyRight : undefined}
          />
        </div>
      </div>
    </>
  );
}
