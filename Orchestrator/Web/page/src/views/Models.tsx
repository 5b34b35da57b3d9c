import { useEffect, useState } from 'preact/hooks';
import { ApiError, path, read } from '../api/client';
import type { CircuitView, Curve, ModelView, Page } from '../api/types';
import { words } from '../app/format';
import { hrefOf } from '../app/route';
import { Shown } from '../app/Shown';
import { Table } from '../app/Table';
import { useApi } from '../app/useApi';
import { replaceQuery } from '../app/useRoute';
import { count, num, percent, short } from '../circuit/file';
import { Plot } from '../plot/Plot';
import { Scatter, type Point } from '../plot/Scatter';
import { measures, seriesOf, type Measure } from './curves';
import type { At } from './at';

/** Curves beyond which a plot is a thicket. */
const usualCurves = 8;

/** The models of a sweep: how they were trained, side by side, and what their circuits cost. */
export function Models({ sweep, route }: At) {
  const models = useApi<Page<ModelView>>(path(['sweeps', sweep, 'models'], { limit: 1000 }));
  const circuits = useApi<Page<CircuitView>>(path(['sweeps', sweep, 'circuits'], { limit: 1000 }));
  return (
    <>
      <h1>Models of {sweep}</h1>
      <Shown of={models}>
        {({ items, total }) => {
          const chosen = choice(route.query.get('models'), items);
          const choose = (ids: string[]): void => replaceQuery(route, { models: ids.join(',') });
          return (
            <>
              {total > items.length && (
                <p>
                  The first {count(items.length)} of {count(total)} are shown.
                </p>
              )}
              <Frontier sweep={sweep} models={items} circuits={circuits.data} />
              <Curves sweep={sweep} models={items.filter((m) => chosen.includes(m.id) && m.trained)} />
              <ModelTable models={items} chosen={chosen} onChoose={choose} />
            </>
          );
        }}
      </Shown>
    </>
  );
}

function choice(asked: string | null, models: ModelView[]): string[] {
  if (asked !== null && asked !== '') return asked.split(',');
  const trained = models.filter((m) => m.trained);
  return [...trained.filter((m) => m.selected), ...trained.filter((m) => !m.selected)].slice(0, usualCurves).map((m) => m.id);
}

function Frontier({ sweep, models, circuits }: { sweep: string; models: ModelView[]; circuits: Page<CircuitView> | null }) {
  if (!circuits) return null;
  const losses = new Map(models.map((m) => [m.id, num(m.trained?.validationLoss)]));
  const best = circuits.items.filter((c) => c.kind === 'best');
  const points = best.map((c): Point => ({
    x: losses.get(c.model) ?? NaN,
    y: c.size.edges,
    name: `${c.task} in ${c.model}`,
    group: c.task,
    href: hrefOf([
      'sweeps',
      sweep,
      'circuits',
      c.model,
      c.task,
      circuits.items.some((o) => o.model === c.model && o.task === c.task && o.kind === 'validated') ? 'validated' : 'best',
    ]),
  }));
  return (
    <>
      <Scatter
        title="Size of circuits against the model’s validation loss: lower and further left is better"
        xLabel="validation loss, nats"
        yLabel="edges"
        points={points}
        isLogY
      />
      {circuits.total > circuits.items.length && (
        <p>
          The first {count(circuits.items.length)} of {count(circuits.total)} circuits are drawn.
        </p>
      )}
    </>
  );
}

function Curves({ sweep, models }: { sweep: string; models: ModelView[] }) {
  const [curves, setCurves] = useState(new Map<string, Curve>());
  const [problem, setProblem] = useState('');
  const wanted = models.map((m) => m.id).join(',');
  useEffect(() => {
    const end = new AbortController();
    // Curves do not change: what is there is not read again.
    for (const id of wanted ? wanted.split(',') : []) {
      if (curves.has(id)) continue;
      read<Curve>(path(['sweeps', sweep, 'models', id, 'curve']), end.signal).then(
        (curve) => setCurves((old) => new Map(old).set(id, curve)),
        (error: unknown) => {
          if (error instanceof ApiError) setProblem(error.message);
          else if (!end.signal.aborted) throw error;
        },
      );
    }
    return () => end.abort();
  }, [wanted]);
  const known = models.flatMap((m) => {
    const curve = curves.get(m.id);
    return curve ? [{ id: m.id, curve }] : [];
  });
  return (
    <section>
      <h2>Training</h2>
      {problem && (
        <p role="alert" class="problem">
          {problem}
        </p>
      )}
      {known.length === 0 && <p class="dim">No curve yet: a model has one when it is trained.</p>}
      <div class="plots">
        {known.length > 0 &&
          (Object.keys(measures) as Measure[]).map((measure) => <CurvePlot key={measure} measure={measure} known={known} />)}
      </div>
    </section>
  );
}

function CurvePlot({ measure, known }: { measure: Measure; known: { id: string; curve: Curve }[] }) {
  const { title, label, isLog } = measures[measure];
  return (
    <Plot
      title={title}
      xLabel="step"
      yLabel={label}
      isLogY={isLog}
      series={known.map(({ id, curve }) => seriesOf(id, curve, measure))}
    />
  );
}

function ModelTable({ models, chosen, onChoose }: { models: ModelView[]; chosen: string[]; onChoose: (ids: string[]) => void }) {
  const toggle = (id: string): void => onChoose(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  return (
    <section>
      <h2>All models</h2>
      <p class="dim">Tick those whose curves you want to compare.</p>
      <Table
        columns={[
          <span class="visually-hidden">shown</span>,
          'model',
          'state',
          'width',
          'layers',
          'peak rate',
          'L0 asked',
          'L0',
          'nonzero',
          'train loss',
          'validation',
          'dead',
        ]}>
        {models.map((m) => (
          <tr key={m.id}>
            <td>
              <input
                type="checkbox"
                aria-label={`show ${m.id}`}
                checked={chosen.includes(m.id)}
                disabled={!m.trained}
                onChange={() => toggle(m.id)}
              />
            </td>
            <th scope="row">
              {m.id}
              {m.selected && ' ★'}
            </th>
            <td class="text">{m.failure ?? words(m.state)}</td>
            <td>{m.dModel}</td>
            <td>{m.nLayer}</td>
            <td>{short(num(m.peakLr))}</td>
            <td>{short(num(m.l0Target))}</td>
            <td>{short(num(m.trained?.l0))}</td>
            <td>{m.trained ? count(m.trained.nonzeros) : '–'}</td>
            <td>{short(num(m.trained?.trainLoss))}</td>
            <td>{short(num(m.trained?.validationLoss))}</td>
            <td>{percent(num(m.trained?.deadFraction))}</td>
          </tr>
        ))}
      </Table>
      <p class="dim">★ goes on to its tasks.</p>
    </section>
  );
}
