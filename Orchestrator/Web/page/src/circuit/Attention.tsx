import { useEffect, useRef, useState } from 'preact/hooks';
import { background } from './background';
import { num, percent, visible, type Num } from './file';
import { themeOf } from './theme';

/** Where a head looks on a prompt: of each token the weights of those up to itself. */
export interface Pattern {
  name: string;
  weights: Num[][];
}

const [side, listed] = [240, 3];

/** Attention patterns of one head on one prompt, side by side, and where it looks from the token that is chosen. */
export function Attention({ tokens, patterns }: { tokens: string[]; patterns: Pattern[] }) {
  const [chosen, setChosen] = useState<number | null>(null);
  useEffect(() => setChosen(null), [tokens]);
  const row = chosen ?? tokens.length - 1;
  return (
    <div class="attention">
      <label>
        From token{' '}
        <select value={String(row)} onChange={(e) => setChosen(Number(e.currentTarget.value))}>
          {tokens.map((token, i) => (
            <option key={i} value={String(i)}>
              {i} {visible(token)}
            </option>
          ))}
        </select>
      </label>
      <div class="patterns">
        {patterns.map(({ name, weights }) => (
          <figure key={name}>
            <figcaption>{name}</figcaption>
            <Squares name={name} weights={weights} row={row} onRow={setChosen} />
            <p class="prompt">
              {tokens.map((token, i) => {
                const weight = num(weights[row]?.[i] ?? 0);
                return (
                  <span
                    key={i}
                    class={i === row ? 'here' : ''}
                    title={percent(weight)}
                    style={{ background: background(weight, 1) }}>
                    {visible(token)}
                  </span>
                );
              })}
            </p>
            <p>{looks(tokens, weights[row] ?? [])}</p>
          </figure>
        ))}
      </div>
    </div>
  );
}

/** Where a head looks from one token, in words. */
export function looks(tokens: string[], weights: Num[]): string {
  const all = weights.map((weight, at) => ({ at, weight: num(weight) })).sort((a, b) => b.weight - a.weight || a.at - b.at);
  const shown = all.filter(({ weight }) => weight >= 0.01).slice(0, listed);
  const sink = 1 - all.reduce((sum, { weight }) => sum + weight, 0);
  const words = shown.map(({ at, weight }) => `${percent(weight)} ${at} ${visible(tokens[at]!)}`);
  return [...words, ...(sink > 0.01 ? [`${percent(sink)} nothing (the sink)`] : [])].join(' · ');
}

interface SquaresProps {
  name: string;
  weights: Num[][];
  row: number;
  onRow: (row: number) => void;
}

/** A row for each token that looks, a column for each that it looks at; the darker, the more. */
function Squares({ name, weights, row, onRow }: SquaresProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const cell = Math.max(1, Math.floor(side / weights.length));
  const size = cell * weights.length;
  useEffect(() => {
    const context = canvas.current!.getContext('2d')!;
    const theme = themeOf(canvas.current!);
    context.fillStyle = theme.node;
    context.fillRect(0, 0, size, size);
    context.fillStyle = theme.positive;
    weights.forEach((of, y) =>
      of.forEach((weight, x) => {
        context.globalAlpha = Math.min(1, num(weight));
        context.fillRect(x * cell, y * cell, cell, cell);
      }),
    );
    context.globalAlpha = 1;
    context.strokeStyle = theme.accent;
    context.strokeRect(0.5, row * cell + 0.5, size - 1, Math.max(1, cell - 1));
  }, [weights, row, cell, size]);
  return (
    <canvas
      ref={canvas}
      class="squares"
      width={size}
      height={size}
      role="img"
      aria-label={`${name}: from each token, downwards, to each before it`}
      onClick={(e) => onRow(Math.min(weights.length - 1, Math.floor((e.offsetY / e.currentTarget.clientHeight) * weights.length)))}
    />
  );
}
