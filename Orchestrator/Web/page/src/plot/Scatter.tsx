import { short } from '../circuit/file';
import { ticks, scaleOf } from './scale';

/** A point, with what it is called and where it leads. */
export interface Point {
  x: number;
  y: number;
  name: string;
  group: string;
  href?: string;
  isMarked?: boolean;
}

interface Props {
  title: string;
  xLabel: string;
  yLabel: string;
  points: Point[];
  isLogX?: boolean;
  isLogY?: boolean;
  /** Whether the points of a group are joined by a line, from left to right. */
  isJoined?: boolean;
}

const [width, height, left, bottom, top] = [640, 300, 64, 44, 14];
const classes = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'];

/** What tells groups apart: colours, and behind them the same as rings. */
const classOf = (group: number): string => `${classes[group % classes.length]}${group >= classes.length ? ' ring' : ''}`;

/** Points that have names and lead somewhere; what has no place on the scales is counted below. */
export function Scatter({ title, xLabel, yLabel, points, isLogX = false, isLogY = false, isJoined = false }: Props) {
  const isPlaced = (p: Point): boolean => Number.isFinite(p.x) && Number.isFinite(p.y) && (!isLogX || p.x > 0) && (!isLogY || p.y > 0);
  const placed = points.filter(isPlaced);
  const left_ = points.length - placed.length;
  if (placed.length === 0)
    return (
      <figure class="plot">
        <figcaption>{title}</figcaption>
        <p class="dim">nothing to draw yet</p>
      </figure>
    );
  const x = scaleOf(
    placed.map((p) => p.x),
    left,
    width - 16,
    isLogX,
  );
  const y = scaleOf(
    placed.map((p) => p.y),
    height - bottom,
    top,
    isLogY,
  );
  const groups = [...new Set(placed.map((p) => p.group))];
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} role="group" aria-label={`${title}: ${yLabel} by ${xLabel}, ${placed.length} points`}>
        {ticks(x).map((t) => (
          <g key={t}>
            <line class="grid" x1={x.to(t)} x2={x.to(t)} y1={top} y2={height - bottom} />
            <text x={x.to(t)} y={height - bottom + 15} text-anchor="middle">
              {tick(t)}
            </text>
          </g>
        ))}
        {ticks(y).map((t) => (
          <g key={t}>
            <line class="grid" x1={left} x2={width - 16} y1={y.to(t)} y2={y.to(t)} />
            <text x={left - 6} y={y.to(t) + 4} text-anchor="end">
              {tick(t)}
            </text>
          </g>
        ))}
        <text x={(left + width) / 2} y={height - 6} text-anchor="middle">
          {xLabel}
        </text>
        <text transform={`translate(12,${(height - bottom + top) / 2}) rotate(-90)`} text-anchor="middle">
          {yLabel}
        </text>
        {isJoined &&
          groups.map((g, i) => (
            <polyline
              key={g}
              class={`joined ${classes[i % classes.length]}`}
              points={placed
                .filter((p) => p.group === g)
                .sort((a, b) => a.x - b.x)
                .map((p) => `${x.to(p.x)},${y.to(p.y)}`)
                .join(' ')}
            />
          ))}
        {placed.map((p) => {
          const name = `${p.name}: ${yLabel} ${short(p.y)}, ${xLabel} ${short(p.x)}`;
          const dot = (
            <circle
              cx={x.to(p.x)}
              cy={y.to(p.y)}
              r={p.isMarked ? 7 : 4.5}
              class={`${classOf(groups.indexOf(p.group))}${p.isMarked ? ' marked' : ''}`}>
              <title>{name}</title>
            </circle>
          );
          return p.href ? (
            <a key={p.name} href={p.href} aria-label={name}>
              {dot}
            </a>
          ) : (
            <g key={p.name} role="img" aria-label={name}>
              {dot}
            </g>
          );
        })}
      </svg>
      {groups.length > 1 && (
        <p class="legend">
          {groups.map((g, i) => (
            <span key={g} class={`key ${classOf(i)}`}>
              {g}
            </span>
          ))}
        </p>
      )}
      {left_ > 0 && <p class="dim">{left_} without both values, or without a place on the scale, are not drawn.</p>}
    </figure>
  );
}

const tick = (value: number): string => {
  const size = Math.abs(value);
  return size !== 0 && (size >= 10000 || size < 0.001) ? value.toExponential(0) : String(Math.round(value * 1000) / 1000);
};
