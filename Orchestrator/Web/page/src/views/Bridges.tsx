import { path } from '../api/client';
import type { BridgesView } from '../api/bridges';
import type { Page } from '../api/types';
import { Fact } from '../app/Fact';
import { Shown } from '../app/Shown';
import { useApi } from '../app/useApi';
import { useStable } from '../app/useStable';
import { replaceQuery } from '../app/useRoute';
import { count, num, short } from '../circuit/file';
import type { At } from './at';
import { Interventions } from './bridges/Interventions';
import { Sites } from './bridges/Sites';

/** Bridges between a dense model and those that are trained together with them. */
export function Bridges({ sweep, route }: At) {
  const all = useApi<Page<BridgesView>>(path(['sweeps', sweep, 'bridges'], { limit: 1000 }));
  return (
    <>
      <h1>Bridges of {sweep}</h1>
      <Shown of={all}>
        {({ items }) => (
          <>
            {items.length === 0 && <p>No model of this sweep has bridges.</p>}
            {items.map((one) => (
              <Model key={one.model} of={one} route={route} />
            ))}
          </>
        )}
      </Shown>
    </>
  );
}

function Model({ of: read, route }: { of: BridgesView; route: At['route'] }) {
  const { model, failure, bridges } = useStable(read);
  const among = route.query.get('among') === 'two' ? 'amongTwo' : 'whole';
  return (
    <section>
      <h2>
        {bridges.dense} and {model}
      </h2>
      {failure !== null && <p class="problem">{failure}</p>}
      {bridges.measured ? (
        <>
          <dl class="facts">
            <Fact name="loss of the dense model" value={short(num(bridges.measured.denseLoss))} />
            <Fact name="loss of the sparse model" value={short(num(bridges.measured.sparseLoss))} />
            <Fact name="divergence between the two" value={short(num(bridges.measured.sparseDivergence))} />
            <Fact name="tokens" value={count(bridges.measured.tokens)} />
            <Fact name="trained like" value={bridges.like} />
          </dl>
          <Sites of={bridges.measured} />
        </>
      ) : (
        failure === null && <p class="dim">{bridges.trained ? 'The bridges are not measured yet.' : 'It is not trained yet.'}</p>
      )}
      <Interventions
        of={bridges.interventions}
        among={among}
        onChange={(value) => replaceQuery(route, { among: value === 'amongTwo' ? 'two' : '' })}
      />
    </section>
  );
}
