import { path } from '../api/client';
import type { FeatureList, FeatureScores } from '../api/dictionaries';
import { Fact } from '../app/Fact';
import { hrefOf } from '../app/route';
import { Shown } from '../app/Shown';
import { Table } from '../app/Table';
import { useApi } from '../app/useApi';
import { num, percent, short, visible } from '../circuit/file';
import type { At } from './at';
import { Firings } from './autoencoders/Firings';
import { score } from './autoencoders/words';
import { askedOf } from './features';

interface Props extends At {
  model: string;
  dictionary: string;
  feature: string;
}

/** One feature: what it means, how well that holds, and where in the text it fires. */
export function Feature({ sweep, route, model, dictionary, feature }: Props) {
  const asked = askedOf(route);
  const names = ['sweeps', sweep, 'features', model, dictionary];
  // What is described does not change.
  const one = useApi<FeatureScores>(path([...names, feature]), false);
  const list = useApi<FeatureList>(path(names, { ...asked, limit: 1000 }), false);
  const order = list.data?.items.map((each) => each.feature) ?? [];
  const at = order.indexOf(Number(feature));
  const linkTo = (...more: string[]): string => hrefOf(['sweeps', sweep, 'autoencoders', model, dictionary, ...more], asked);
  return (
    <>
      <h1>
        Feature {feature} of {dictionary} in {model}
      </h1>
      <nav class="pager" aria-label="other features">
        <a href={linkTo()}>all features</a>
        {at > 0 && (
          <a href={linkTo(String(order[at - 1]))} rel="prev">
            before: {order[at - 1]}
          </a>
        )}
        {at >= 0 && at + 1 < order.length && (
          <a href={linkTo(String(order[at + 1]))} rel="next">
            next: {order[at + 1]}
          </a>
        )}
      </nav>
      <Shown of={one}>{(scores) => <Described of={scores} />}</Shown>
    </>
  );
}

function Described({ of }: { of: FeatureScores }) {
  return (
    <>
      <dl class="facts">
        <Fact name="active on" value={`${percent(num(of.density))} of tokens`} />
        <Fact name="largest activation" value={short(num(of.maxActivation))} />
        <Fact name="purity" value={score(of.purity)} />
      </dl>
      <h2>Rule</h2>
      <p>{of.rule}</p>
      <dl class="facts">
        <Fact name="r where it is active" value={score(of.ruleR)} />
        <Fact name="r on random fragments" value={score(of.ruleRandomR)} />
        <Fact name="r of the first test" value={score(of.depthOneR)} />
        <Fact name="r of chance (null)" value={score(of.nullRuleR)} />
      </dl>
      {of.concept !== null && (
        <p>
          Of single properties of the context it is most like “{of.concept}”: Matthews correlation {score(of.conceptMatthews)}.
        </p>
      )}
      <section>
        <h2>Where it fires most</h2>
        <p class="dim">One place of each window of the text, in a frame; the stronger the feature is on a token, the deeper its shade.</p>
        <Firings contexts={of.contexts} most={num(of.maxActivation)} />
      </section>
      {of.patterns.length > 0 && (
        <section>
          <h2>Patterns</h2>
          <p>
            r {score(of.ngramR)}, of chance {score(of.nullNgramR)}; * is any token.
          </p>
          <Table columns={['tokens', 'mean activation']}>
            {of.patterns.map(({ pattern, activation }) => (
              <tr key={pattern}>
                <th scope="row">
                  <code>{visible(pattern)}</code>
                </th>
                <td>{short(num(activation))}</td>
              </tr>
            ))}
          </Table>
        </section>
      )}
    </>
  );
}
