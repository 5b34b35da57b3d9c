import { useState } from 'preact/hooks';
import { short } from '../circuit/file';
import { scaleOf } from './scale';

/** A line across all axes; what is NaN breaks it. */
export interface Row {
  name: string;
  values: number[];
  rank: number;
  isMarked: boolean;
}

interface Props {
  title: string;
  axes: { name: string; isLog: boolean }[];
  rows: Row[];
}

const [gap, height, top, bottom] = [120, 300, 40, 20];

/** Parallel coordinates: an axis for each hyperparameter and result, a line for each pruning; the better, the darker. */
export function Parallel({ title, axes, rows }: Props) {
  const [hover, setHover] = useState<Row | null>(null);
  const width = gap * axes.length;
  const scales = axes.map((axis, i) => {
    const values = rows.map((row) => row.values[i]!).filter((v) => Number.isFinite(v) && (!axis.isLog || v > 0));
    return values.length > 0 ? scaleOf(values, height - bottom, top, axis.isLog, 0) : null;
  });
  const at = (row: Row, i: number): string | null => {
    const y = scales[i]?.to(row.values[i]!);
    return y !== undefined && Number.isFinite(y) ? `${gap * (i + 0.5)} ${y}` : null;
  };
  const pathOf = (row: Row): string => {
    let pen = 'M';
    return axes
      .map((_, i) => {
        const point = at(row, i);
        const part = point ? `${pen}${point}` : '';
        pen = point ? 'L' : 'M';
        return part;
      })
      .join('');
  };
  const sorted = [...rows].sort((a, b) => b.rank - a.rank);
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <div class="wide" tabIndex={0} role="group" aria-label={`${title}; the table below has the values`}>
        <svg
          class="parallel"
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          aria-hidden="true"
          onMouseLeave={() => setHover(null)}>
          {sorted.map((row) => (
            <path
              key={row.name}
              d={pathOf(row)}
              class={row === hover ? 'line hover' : row.isMarked ? 'line marked' : 'line'}
              style={{
                strokeOpacity: row === hover || row.isMarked ? 1 : 0.15 + 0.6 * (1 - row.rank / Math.max(1, rows.length)),
              }}
              onMouseEnter={() => setHover(row)}
            />
          ))}
          {axes.map((axis, i) => (
            <g key={axis.name} transform={`translate(${gap * (i + 0.5)},0)`}>
              <line class="axis" y1={top} y2={height - bottom} />
              <text y={14} text-anchor="middle">
                {axis.name}
              </text>
              {scales[i] && (
                <>
                  <text class="end" y={top - 6} text-anchor="middle">
                    {short(scales[i]!.high)}
                  </text>
                  <text class="end" y={height - 4} text-anchor="middle">
                    {short(scales[i]!.low)}
                  </text>
                </>
              )}
            </g>
          ))}
        </svg>
      </div>
      <p class="dim">
        {hover
          ? `${hover.name}: ${axes.map((axis, i) => `${axis.name} ${short(hover.values[i]!)}`).join(', ')}`
          : 'The better, the darker; point at a line for its values.'}
      </p>
    </figure>
  );
}
