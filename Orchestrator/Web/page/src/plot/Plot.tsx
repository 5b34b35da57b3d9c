import { useEffect, useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** Points of a line or of a cloud; x rises, and what is NaN is left out. */
export interface Series {
  name: string;
  x: number[];
  y: number[];
  /** What lies around y, shaded. */
  band?: { low: number[]; high: number[] };
}

interface Props {
  title: string;
  xLabel: string;
  yLabel: string;
  series: Series[];
  /** Dots alone, for clouds; lines otherwise. */
  isCloud?: boolean;
  isLogX?: boolean;
  isLogY?: boolean;
  /** Whether x counts something: ticks are whole numbers. */
  isWholeX?: boolean;
  /** A second y-value for all, drawn as a line across. */
  level?: { name: string; y: number };
}

// Okabe and Ito's colours, which most colour-blind people can tell apart, in shades that both backgrounds bear.
const colours = ['#0a72b5', '#d55e00', '#009e73', '#b1609a', '#b08800', '#3b9fd6', '#8a5a2b', '#7a7a7a'];

const whole = [1, 2, 5].flatMap((m) => [1, 10, 100, 1000, 10_000].map((p) => m * p)).sort((a, b) => a - b);

/** A plot of lines or dots; the legend says the values at the pointer, and a click on it hides a series. */
export function Plot({
  title,
  xLabel,
  yLabel,
  series,
  isCloud = false,
  isLogX = false,
  isLogY = false,
  isWholeX = false,
  level,
}: Props) {
  const place = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => series.filter((s) => s.x.length > 0), [series]);
  const data = useMemo(
    () => (shown.length === 0 ? null : align(shown.flatMap(withEdges), isLogX, isLogY, level)),
    [shown, isLogX, isLogY, level?.y],
  );
  useEffect(() => {
    const box = place.current;
    if (!box || !data) return undefined;
    const style = getComputedStyle(box);
    const [text, rule] = [style.getPropertyValue('--fg').trim(), style.getPropertyValue('--rule').trim()];
    const axis = (label: string) => ({
      label,
      stroke: text,
      grid: { stroke: rule, width: 1 },
      ticks: { stroke: rule, width: 1 },
      size: 60,
      labelSize: 22,
    });
    const plot = new uPlot(
      {
        width: box.clientWidth,
        height: 280,
        scales: { x: { time: false, distr: isLogX ? 3 : 1 }, y: { distr: isLogY ? 3 : 1 } },
        axes: [{ ...axis(xLabel), size: 44, ...(isWholeX ? { incrs: whole } : {}) }, axis(yLabel)],
        series: [
          { label: xLabel },
          ...shown.flatMap((s, i) => [
            {
              label: s.name,
              stroke: colours[i % colours.length]!,
              width: isCloud ? 0 : 1.6,
              dash: i >= colours.length ? [6, 3] : [],
              spanGaps: true,
              ...(isCloud
                ? { paths: () => null, points: { show: true, size: 7, fill: colours[i % colours.length]! } }
                : { points: { show: s.x.length < 40 && !s.band } }),
            },
            ...(s.band ? [edge, edge] : []),
          ]),
          ...(level ? [{ label: level.name, stroke: text, width: 1, dash: [4, 4], points: { show: false } }] : []),
        ],
        bands: bandsOf(shown),
        // A line that the legend hides takes its band along.
        hooks: {
          setSeries: [
            (u, at, { show }) => {
              if (at === null || show === undefined || u.series[at + 1]?.class !== edge.class || u.series[at]?.class === edge.class) return;
              for (const other of [at + 1, at + 2]) u.setSeries(other, { show });
            },
          ],
        },
        cursor: { drag: { x: true, y: true, uni: 30 } },
      },
      data,
      box,
    );
    const observer = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: 280 }));
    observer.observe(box);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [data, xLabel, yLabel]);
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      {data ? (
        <div
          ref={place}
          role="group"
          aria-label={`${title}: ${yLabel} by ${xLabel}, ${shown.map((s) => `${s.name}, ${s.x.length} points`).join('; ')}`}
        />
      ) : (
        <p class="dim">nothing to draw yet</p>
      )}
    </figure>
  );
}

/** The two edges of a band, which stand behind their line and not in the legend. */
const edge: uPlot.Series = { class: 'edge', stroke: 'transparent', width: 0, points: { show: false } };

const withEdges = (s: Series): Series[] => (s.band ? [s, { ...s, y: s.band.low }, { ...s, y: s.band.high }] : [s]);

function bandsOf(series: Series[]): uPlot.Band[] {
  const bands: uPlot.Band[] = [];
  let at = 1;
  for (const [i, s] of series.entries()) {
    if (s.band) bands.push({ series: [at + 2, at + 1], fill: `${colours[i % colours.length]!}1c` });
    at += s.band ? 3 : 1;
  }
  return bands;
}

function align(series: Series[], isLogX: boolean, isLogY: boolean, level: Props['level']): uPlot.AlignedData {
  const tables = series.map((s): uPlot.AlignedData => {
    // What is not positive has no place on a logarithmic scale.
    const points = s.x
      .map((x, i) => [x, s.y[i]!] as const)
      .filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y) && (!isLogX || x > 0) && (!isLogY || y > 0))
      .sort(([a], [b]) => a - b);
    // Aligned data has one value for each x: the lowest.
    const unique = new Map<number, number>();
    for (const [x, y] of points) unique.set(x, Math.min(y, unique.get(x) ?? Infinity));
    return [[...unique.keys()], [...unique.values()]];
  });
  const joined = tables.length === 1 ? tables[0]! : uPlot.join(tables);
  return level ? ([...joined, joined[0].map(() => level.y)] as uPlot.AlignedData) : joined;
}
