import type { ActivationContext } from '../../api/dictionaries';
import { num, short, visible } from '../../circuit/file';

/** Shades beyond which text would be hard to read, in percent. */
const darkest = 55;

/** A token of a context, and how strongly the feature fires on it. */
export interface Piece {
  text: string;
  value: number;
  isPlace: boolean;
}

/** The tokens of a context; where its file has no activations but one, the text before is one piece. */
export function piecesOf({ before, token, activation, tokens, activations }: ActivationContext): Piece[] {
  if (tokens.length === 0)
    return [
      { text: before, value: NaN, isPlace: false },
      { text: token, value: num(activation), isPlace: true },
    ].filter(({ text }) => text !== '');
  let [read, place] = ['', -1];
  for (let i = 0; i < tokens.length && place < 0; i++) {
    if (read === before && tokens[i] === token) place = i;
    read += tokens[i];
  }
  return tokens.map((text, i) => ({ text, value: num(activations[i]), isPlace: i === place }));
}

/** How dark a token is. */
export function darkness(value: number, most: number): number {
  return Number.isFinite(value) && most > 0 ? Math.round(darkest * Math.min(1, Math.abs(value) / most)) : 0;
}

/** Places where a feature fires, each token shaded by how strongly. */
export function Firings({ contexts, most }: { contexts: ActivationContext[]; most: number }) {
  if (contexts.length === 0) return <p>It fires nowhere in the text that was looked at.</p>;
  return (
    <ul class="firings">
      {contexts.map((context, i) => (
        <li key={i}>
          <output>{short(num(context.activation))}</output>
          <span class="text-around">
            {piecesOf(context).map(({ text, value, isPlace }, j) => {
              const colour = value < 0 ? 'var(--negative)' : 'var(--positive)';
              const shade = { background: `color-mix(in srgb, ${colour} ${darkness(value, most)}%, transparent)` };
              const title = Number.isNaN(value) ? undefined : short(value);
              return isPlace ? (
                <mark key={j} style={shade} title={title}>
                  {visible(text)}
                </mark>
              ) : (
                <span key={j} style={shade} title={title}>
                  {visible(text)}
                </span>
              );
            })}
          </span>
        </li>
      ))}
    </ul>
  );
}
