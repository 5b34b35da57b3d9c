import { path } from '../api/client';
import type { FeatureList } from '../api/dictionaries';
import { hrefOf, type Route } from '../app/route';
import { Shown } from '../app/Shown';
import { Table } from '../app/Table';
import { useApi } from '../app/useApi';
import { refine } from '../app/useRoute';
import { count, num, percent, short, visible } from '../circuit/file';
import type { At } from './at';
import { kindOf, score } from './autoencoders/words';
import { askedOf, orders } from './features';
import { Pager, pageOf, pageSize } from './Pager';

interface Props extends At {
  model: string;
  dictionary: string;
}

/** Patterns of a feature that a row has room for. */
const fewPatterns = 3;

/** The features of a dictionary that are described; the server sorts, searches and cuts the list. */
export function Features({ sweep, route, model, dictionary }: Props) {
  const asked = askedOf(route);
  const features = useApi<FeatureList>(
    path(['sweeps', sweep, 'features', model, dictionary], { ...asked, offset: pageOf(route), limit: pageSize }),
  );
  const linkTo = (feature: number): string => hrefOf(['sweeps', sweep, 'autoencoders', model, dictionary, String(feature)], asked);
  return (
    <>
      <h1>
        Features of {dictionary} in {model}
      </h1>
      <p>
        <a href={hrefOf(['sweeps', sweep, 'autoencoders'])}>All autoencoders</a>
      </p>
      <Filters route={route} />
      <Shown of={features}>
        {(page) => (
          <>
            <p class="dim">
              {kindOf(page.kind)} at {page.location}: features that were drawn from the {count(page.count)} of the dictionary, and described
              on {count(page.tokens)} tokens. r is a correlation on text that the description was not made from.
            </p>
            <Pager page={page} route={route} what="features" />
            <Table
              columns={['feature', 'rule', 'rule r', 'null r', 'patterns', 'patterns r', 'purity', 'concept', 'density', 'at most']}
              texts={[1, 4]}>
              {page.items.map((one) => (
                <tr key={one.feature}>
                  <th scope="row">
                    <a href={linkTo(one.feature)}>feature {one.feature}</a>
                  </th>
                  <td class="text">{one.rule}</td>
                  <td>{score(one.ruleR)}</td>
                  <td>{score(one.nullRuleR)}</td>
                  <td class="text">
                    {one.patterns.slice(0, fewPatterns).map(({ pattern }) => (
                      <div key={pattern}>
                        <code>{visible(pattern)}</code>
                      </div>
                    ))}
                  </td>
                  <td>{score(one.ngramR)}</td>
                  <td>{score(one.purity)}</td>
                  <td>{score(one.conceptMatthews)}</td>
                  <td>{percent(num(one.density))}</td>
                  <td>{short(num(one.maxActivation))}</td>
                </tr>
              ))}
            </Table>
          </>
        )}
      </Shown>
    </>
  );
}

function Filters({ route }: { route: Route }) {
  const change = (name: string, value: string): void => refine(route, name, value);
  const { sort, search } = askedOf(route);
  return (
    <form class="filters" role="search" onSubmit={(e) => e.preventDefault()}>
      <label>
        <span>First comes the largest</span>
        <select value={sort} onChange={(e) => change('sort', e.currentTarget.value)}>
          {Object.entries(orders).map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Rule, concept or pattern</span>
        <input type="search" value={search} onInput={(e) => change('search', e.currentTarget.value)} />
      </label>
    </form>
  );
}
