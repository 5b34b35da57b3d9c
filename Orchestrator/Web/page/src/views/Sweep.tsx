import { path } from '../api/client';
import type { SweepDetail } from '../api/types';
import { Command } from '../app/Command';
import { duration, words } from '../app/format';
import { Shown } from '../app/Shown';
import { Table } from '../app/Table';
import { useApi } from '../app/useApi';
import { count, num, short } from '../circuit/file';
import { Failures } from './Failures';
import { Progress } from './Progress';
import { Running } from './Running';
import { Share } from './Share';

/** A sweep to watch: how far it is, what runs, what went wrong, and the commands to it. */
export function Sweep({ sweep }: { sweep: string }) {
  const detail = useApi<SweepDetail>(path(['sweeps', sweep]));
  return (
    <>
      <h1>{sweep}</h1>
      <Shown of={detail}>
        {(d) => (
          <>
            <State detail={d} />
            <Commands detail={d} />
            {d.stages.length > 0 && <Stages detail={d} />}
            <Running sweep={sweep} running={d.running} isRunning={d.sweep.isRunning} />
            <Failures sweep={sweep} failures={d.failures} canRetry={d.sweep.isRunning || d.sweep.cluster !== null} />
            {d.notices.length > 0 && (
              <section>
                <h2>What went wrong of late</h2>
                <ul>
                  {[...d.notices].reverse().map((notice, i) => (
                    <li key={i}>{notice}</li>
                  ))}
                </ul>
              </section>
            )}
          </>
        )}
      </Shown>
    </>
  );
}

function State({ detail: { sweep, corpus } }: { detail: SweepDetail }) {
  return (
    <dl class="facts">
      <div>
        <dt>State</dt>
        <dd class="state">{sweep.isRunning && sweep.status === 'unfinished' ? 'running' : words(sweep.status)}</dd>
      </div>
      {sweep.fraction !== null && (
        <div>
          <dt>Done</dt>
          <dd>
            <Progress label="how much of the sweep is done" done={sweep.fraction} total={1} />
          </dd>
        </div>
      )}
      <div>
        <dt>Time left</dt>
        <dd>{sweep.isRunning ? duration(sweep.secondsLeft) : sweep.status === 'completed' ? 'none' : '–'}</dd>
      </div>
      {sweep.elapsedSeconds !== null && (
        <div>
          <dt>This run</dt>
          <dd>{duration(sweep.elapsedSeconds)}</dd>
        </div>
      )}
      <div>
        <dt>Models</dt>
        <dd>
          {sweep.trained} of {sweep.models} trained
        </dd>
      </div>
      <div>
        <dt>Tasks</dt>
        <dd>{sweep.tasks.join(', ')}</dd>
      </div>
      <div>
        <dt>Trials</dt>
        <dd>
          {count(sweep.trials)}, {count(sweep.failures)} failed
        </dd>
      </div>
      {corpus && (
        <div>
          <dt>Corpus</dt>
          <dd>
            {count(corpus.trainTokens)} tokens of {count(corpus.documents)} documents, bigram loss {short(num(corpus.bigramLoss))}
          </dd>
        </div>
      )}
      {sweep.cluster?.reason && (
        <div>
          <dt>Cannot go on</dt>
          <dd class="problem">{sweep.cluster.reason}</dd>
        </div>
      )}
    </dl>
  );
}

function Commands({ detail: { sweep } }: { detail: SweepDetail }) {
  const to = (name: string): string => path(['sweeps', sweep.id, name]);
  if (sweep.status === 'cancelled') return null;
  return (
    <p class="buttons" role="group" aria-label="commands">
      {sweep.status === 'paused' ? (
        <Command
          key="resume"
          label="Resume"
          path={to('resume')}
          question="The sweep goes on: waiting trials begin again. Pause undoes it."
        />
      ) : (
        sweep.status === 'unfinished' && (
          <Command
            key="pause"
            label="Pause"
            path={to('pause')}
            question="Trials that run go on to their end, and no others begin. Resume undoes it."
          />
        )
      )}
      {sweep.status !== 'completed' && (
        <Command
          key="cancel"
          label="Cancel"
          path={to('cancel')}
          isFinal
          question="The whole sweep is given up for good. What it has found stays, and can be read."
        />
      )}
      {sweep.cluster && <Share sweep={sweep.id} share={sweep.cluster.share} />}
    </p>
  );
}

function Stages({ detail: { stages } }: { detail: SweepDetail }) {
  return (
    <section>
      <h2>Stages</h2>
      <Table columns={['stage', 'progress', 'done', 'failed', 'left out']}>
        {stages.map((stage) => (
          <tr key={stage.stage}>
            <th scope="row">{words(stage.stage)}</th>
            <td>
              <Progress label={words(stage.stage)} done={stage.done} total={stage.total} />
            </td>
            <td>
              {count(stage.done)} of {count(stage.total)}
            </td>
            <td>{count(stage.failed)}</td>
            <td>{count(stage.skipped)}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
