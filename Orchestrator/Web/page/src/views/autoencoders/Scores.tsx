import type { Dictionaries, DictionaryScores } from '../../api/dictionaries';
import { Table } from '../../app/Table';
import { count } from '../../circuit/file';
import { kindOf, titleOf, withInterval } from './words';

/** What the features of each dictionary mean, as far as rules can say it: means with intervals. */
export function Scores({ of, linkTo }: { of: Dictionaries; linkTo: (dictionary: string) => string }) {
  const rows: { name: string; title: string; scores: DictionaryScores | null }[] = [
    ...of.autoencoders.map((one) => ({ name: one.name, title: titleOf(one), scores: one.scores })),
    ...of.baselineScores.map((one) => ({ name: one.name, title: kindOf(one.kind), scores: one.scores })),
  ];
  const scored = rows.filter(({ scores }) => scores !== null);
  if (scored.length === 0) return null;
  return (
    <section>
      <h2>What features mean</h2>
      <p class="dim">Each name leads to its features. Means over features that were drawn, with bootstrap intervals of 95 %.</p>
      <Table columns={['dictionary', 'features', 'rule', 'rule, random', 'first test', 'null', 'patterns', 'purity', 'concept']}>
        {scored.map(({ name, title, scores }) => (
          <tr key={name}>
            <th scope="row">
              <a href={linkTo(name)}>{title}</a>
            </th>
            <td>{count(scores!.features)}</td>
            {[
              scores!.rule,
              scores!.ruleRandom,
              scores!.depthOne,
              scores!.nullRule,
              scores!.ngram,
              scores!.purity,
              scores!.concept,
            ].map((mean, i) => (
              <td key={i}>{withInterval(mean)}</td>
            ))}
          </tr>
        ))}
      </Table>
      <details>
        <summary>What the scores say</summary>
        <p>
          For each feature a small regression tree over the context of a token is fitted to its activations on one half of the text; rule is
          the correlation of what it predicts with the activations on the other half, where the feature is active, and rule, random on
          fragments drawn whatever it does. First test is the same with one test instead of three in a row, patterns the same with a few
          suffixes of tokens. Null is what rules reach when the tokens are exchanged: chance. Purity is 1 where the largest activations are
          all on one token. Concept is the Matthews correlation with the one property of the context that the feature is most like.
        </p>
      </details>
    </section>
  );
}
