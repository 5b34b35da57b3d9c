import { useMemo } from 'preact/hooks';
import { path } from '../api/client';
import type { Pruning, SearchDetail } from '../api/types';
import { Command } from '../app/Command';
import { words } from '../app/format';
import { hrefOf } from '../app/route';
import { Shown } from '../app/Shown';
import { useApi } from '../app/useApi';
import { num } from '../circuit/file';
import { Parallel, type Row } from '../plot/Parallel';
import { Plot } from '../plot/Plot';
import { Scatter } from '../plot/Scatter';
import type { At } from './at';
import { Importance } from './Importance';
import { LossCurve } from './LossCurve';
import { Prunings } from './Prunings';

interface Props extends At {
  model: string;
  task: string;
}

/** A search for a circuit: how it went, which prunings are worth their size, what mattered. */
export function Search({ sweep, model, task, route }: Props) {
  const detail = useApi<SearchDetail>(path(['sweeps', sweep, 'searches', model, task]));
  return (
    <>
      <h1>
        {task} in {model}
      </h1>
      <Shown of={detail}>
        {(d) => {
          const asked = route.query.get('pruning');
          const index = asked !== null && asked !== '' ? Number(asked) : d.search.best?.index;
          return (
            <>
              <p>
                {d.analysis.algorithm}: {d.search.roundsClosed} of {d.search.rounds} rounds closed, {d.search.observed} of{' '}
                {d.search.suggested} prunings known
                {d.search.ended ? `; ended by ${words(d.search.ended)}` : ''}.{' '}
                <a href={hrefOf(['sweeps', sweep, 'circuits', model, task, 'best'])}>The best circuit</a>
              </p>
              {!d.search.ended && (
                <p class="buttons">
                  <Command
                    label="End this search"
                    path={path(['sweeps', sweep, 'cancel'])}
                    body={{ part: d.search.id }}
                    isFinal
                    question="The search ends with the best circuit that it has by now."
                  />
                </p>
              )}
              <div class="plots">
                <BestSoFar values={d.bestSoFar.map(num)} />
                <Pareto detail={d} />
              </div>
              <Coordinates prunings={d.prunings} best={d.search.best?.index} />
              <Importance of={d.analysis.importance} />
              {index !== undefined && Number.isInteger(index) && <LossCurve sweep={sweep} model={model} task={task} index={index} />}
              <Prunings sweep={sweep} model={model} task={task} prunings={d.prunings} chosen={index} route={route} />
            </>
          );
        }}
      </Shown>
    </>
  );
}

function BestSoFar({ values }: { values: number[] }) {
  const key = values.join(' ');
  const series = useMemo(() => [{ name: 'lowest objective', x: values.map((_, i) => i + 1), y: values }], [key]);
  return <Plot title="Best so far" xLabel="rounds closed" yLabel="objective" series={series} isWholeX />;
}

function Pareto({ detail: { prunings, analysis } }: { detail: SearchDetail }) {
  const front = new Set(analysis.front.map((p) => p.index));
  return (
    <Scatter
      title="Objective against cost; large dots are on the Pareto front"
      xLabel="cost"
      yLabel="objective"
      isLogX
      points={prunings.map((p) => ({
        x: num(p.cost),
        y: num(p.objective),
        name: `pruning ${p.index}`,
        group: words(p.kind),
        isMarked: front.has(p.index),
      }))}
    />
  );
}

function Coordinates({ prunings, best }: { prunings: Pruning[]; best: number | undefined }) {
  const names = Object.keys(prunings[0]?.hyperparameters ?? {});
  const known = prunings.filter((p) => Number.isFinite(num(p.objective))).sort((a, b) => num(a.objective) - num(b.objective));
  if (known.length === 0) return null;
  const isLog = (name: string): boolean => known.every((p) => num(p.hyperparameters[name]) > 0);
  const axes = [
    ...names.map((name) => ({ name, isLog: isLog(name) })),
    { name: 'edges', isLog: true },
    { name: 'objective', isLog: false },
  ];
  const rows = known.map((p, rank): Row => ({
    name: `pruning ${p.index}`,
    values: [...names.map((name) => num(p.hyperparameters[name])), num(p.edges), num(p.objective)],
    rank,
    isMarked: p.index === best,
  }));
  return <Parallel title="Hyperparameters and what came of them" axes={axes} rows={rows} />;
}
