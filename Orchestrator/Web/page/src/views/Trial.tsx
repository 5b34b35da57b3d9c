import { useState } from 'preact/hooks';
import { path } from '../api/client';
import type { LogLine, Page, TrialDetail } from '../api/types';
import { Command } from '../app/Command';
import { duration, moment } from '../app/format';
import { hrefOf } from '../app/route';
import { Shown } from '../app/Shown';
import { useApi } from '../app/useApi';
import { count, num, short } from '../circuit/file';
import type { At } from './at';
import { Progress } from './Progress';

const logLines = 500;

/** A trial: where it is, its attempts, how long it took, its log. */
export function Trial({ sweep, trial }: At & { trial: string }) {
  const detail = useApi<TrialDetail>(path(['sweeps', sweep, 'trials', trial]));
  return (
    <>
      <h1>{trial}</h1>
      <p>
        <a href={hrefOf(['sweeps', sweep, 'trials'])}>All trials</a>
      </p>
      <Shown of={detail}>
        {({ trial: t, running }) => (
          <>
            <dl class="facts">
              <div>
                <dt>Kind</dt>
                <dd>{t.kind}</dd>
              </div>
              <div>
                <dt>State</dt>
                <dd class={`trial-${t.state}`}>{t.state}</dd>
              </div>
              <div>
                <dt>Attempts</dt>
                <dd>{t.attempts}</dd>
              </div>
              <div>
                <dt>Device</dt>
                <dd>{t.device ?? 'none yet'}</dd>
              </div>
              <div>
                <dt>Asked for</dt>
                <dd>{moment(t.queued)}</dd>
              </div>
              <div>
                <dt>Ended</dt>
                <dd>{moment(t.ended)}</dd>
              </div>
              <div>
                <dt>Devices worked</dt>
                <dd>{duration(t.workedSeconds)}</dd>
              </div>
              {t.reason && (
                <div>
                  <dt>What went wrong</dt>
                  <dd class="problem">{t.reason}</dd>
                </div>
              )}
              {running?.progress && running.progress.steps > 0 && (
                <div>
                  <dt>Progress</dt>
                  <dd>
                    <Progress label="how far it is" done={running.progress.step} total={running.progress.steps} /> step{' '}
                    {count(running.progress.step)}, loss {short(num(running.progress.loss))}
                  </dd>
                </div>
              )}
            </dl>
            <p class="buttons" role="group" aria-label="commands">
              {t.state === 'failed' && (
                <Command
                  label="Retry"
                  path={path(['sweeps', sweep, 'retry'])}
                  body={{ trials: [t.id] }}
                  question={`${t.id} is tried again.`}
                />
              )}
              {(t.state === 'waiting' || t.state === 'running') && (
                <Command
                  label="Cancel"
                  path={path(['sweeps', sweep, 'cancel'])}
                  body={{ part: t.id }}
                  isFinal
                  question={`${t.id} is given up; it counts as failed from then on.`}
                />
              )}
            </p>
          </>
        )}
      </Shown>
      <Log sweep={sweep} trial={trial} />
    </>
  );
}

function Log({ sweep, trial }: { sweep: string; trial: string }) {
  const [search, setSearch] = useState('');
  const log = useApi<Page<LogLine>>(path(['sweeps', sweep, 'logs', trial], { search, last: logLines }));
  return (
    <section>
      <h2>Log</h2>
      <p>
        <label>
          Lines that have <input type="search" value={search} onInput={(e) => setSearch(e.currentTarget.value)} />
        </label>
      </p>
      <Shown of={log}>
        {({ items, total }) => (
          <>
            <p class="dim">
              {total === 0
                ? 'There is no such line.'
                : items.length < total
                  ? `The last ${count(items.length)} of ${count(total)} lines.`
                  : `${count(total)} lines.`}
            </p>
            {total > 0 && (
              <pre class="log" tabIndex={0} aria-label="log">
                {items.map((line) => `${line.text}\n`).join('')}
              </pre>
            )}
          </>
        )}
      </Shown>
    </section>
  );
}
