import { path } from '../api/client';
import type { DictionariesView } from '../api/dictionaries';
import type { Page } from '../api/types';
import { hrefOf } from '../app/route';
import { Shown } from '../app/Shown';
import { useApi } from '../app/useApi';
import { useStable } from '../app/useStable';
import { replaceQuery } from '../app/useRoute';
import type { At } from './at';
import { Ablations } from './autoencoders/Ablations';
import { Alike } from './autoencoders/Alike';
import { Bases } from './autoencoders/Bases';
import { Frontiers } from './autoencoders/Frontiers';
import { Metrics } from './autoencoders/Metrics';
import { Scores } from './autoencoders/Scores';

const nameOf = ({ model, dictionaries }: DictionariesView): string => `${model}/${dictionaries.location}`;

/** The sparse autoencoders of a sweep beside the baselines: one location of a model at a time. */
export function Autoencoders({ sweep, route }: At) {
  const all = useApi<Page<DictionariesView>>(path(['sweeps', sweep, 'dictionaries'], { limit: 1000 }));
  return (
    <>
      <h1>Autoencoders of {sweep}</h1>
      <Shown of={all}>
        {({ items }) => {
          if (items.length === 0) return <p>There is no model yet whose activations autoencoders could be trained on.</p>;
          const asked = route.query.get('at');
          const known = items.find((one) => one.dictionaries.autoencoders.some((each) => each.trained)) ?? items[0]!;
          const chosen = asked ? items.find((one) => nameOf(one) === asked) : known;
          return (
            <>
              <p class="choices">
                <label>
                  Model and location{' '}
                  <select value={chosen ? nameOf(chosen) : ''} onChange={(e) => replaceQuery(route, { at: e.currentTarget.value })}>
                    {!chosen && <option value="">choose one</option>}
                    {items.map((one) => (
                      <option key={nameOf(one)} value={nameOf(one)}>
                        {nameOf(one)}
                      </option>
                    ))}
                  </select>
                </label>
              </p>
              {chosen ? <Location key={nameOf(chosen)} sweep={sweep} of={chosen} /> : <p role="alert">There is no location {asked}.</p>}
            </>
          );
        }}
      </Shown>
      <Bases sweep={sweep} />
    </>
  );
}

function Location({ sweep, of: read }: { sweep: string; of: DictionariesView }) {
  const { model, dictionaries: of } = useStable(read);
  const linkTo = (dictionary: string): string => hrefOf(['sweeps', sweep, 'autoencoders', model, dictionary]);
  return (
    <>
      {of.autoencoders.some((one) => one.trained) || of.baselines.length > 0 ? (
        <Frontiers of={of} linkTo={linkTo} />
      ) : (
        <p class="dim">No autoencoder of this location is trained yet.</p>
      )}
      <Metrics of={of} linkTo={linkTo} />
      <Scores of={of} linkTo={linkTo} />
      <Alike of={of} />
      <Ablations of={of} />
    </>
  );
}
