import { num, percent, short, visible, type CircuitFile, type Checks, type Interchange } from './file';

/** What was checked of a circuit as a whole. */
export function Evidence({ circuit }: { circuit: CircuitFile }) {
  const { losses, checks, tokens } = circuit;
  return (
    <div class="evidence">
      <h3>Does it hold?</h3>
      <p class="dim">
        {circuit.taskRule}. A is <code>{visible(tokens.a.token)}</code>, B is <code>{visible(tokens.b.token)}</code>. Nodes that are not
        in the circuit are at their {circuit.ablation}.
      </p>
      <dl>
        <dt>Target</dt>
        <dd>
          {short(num(circuit.targetLoss))} nats, {circuit.targetReached ? 'reached' : 'missed'} on validation pairs
        </dd>
        <dt>Only the circuit</dt>
        <dd>
          {short(num(losses.test))} nats on test pairs, {percent(num(losses.testAccuracy))} right; {short(num(losses.validation))} on
          validation pairs
        </dd>
        {checks ? (
          <Checked checks={checks} />
        ) : (
          <>
            <dt>Checks</dt>
            <dd>none: this file is that of a pruning, not of a validation</dd>
          </>
        )}
        {circuit.edgesPruned && (
          <>
            <dt>Edges</dt>
            <dd>pruned too: a weight that is left out carries the mean of its node</dd>
          </>
        )}
      </dl>
      {checks && <Ladder checks={checks} />}
      {checks?.sameLabel && <Swapped title="Values exchanged between prompts of one answer" swapped={checks.sameLabel} />}
      {checks?.otherLabel && <Swapped title="Values exchanged between the two prompts of a pair" swapped={checks.otherLabel} />}
      {checks && <Misleading checks={checks} />}
    </div>
  );
}

function Checked({ checks }: { checks: Checks }) {
  return (
    <>
      <dt>Without it</dt>
      <dd>{short(num(checks.necessity))} nats: the model with the circuit's nodes at their means</dd>
      <dt>The rest resampled</dt>
      <dd>{short(num(checks.resample))} nats</dd>
      <dt>Two values per node</dt>
      <dd>
        {short(num(checks.binarized))} nats
        {typeof checks.twoValued === 'number' ? `; ${checks.twoValued} nodes can have two at the target` : ''}
      </dd>
    </>
  );
}

function Ladder({ checks }: { checks: Checks }) {
  const ladder = checks.ladder ?? [];
  if (ladder.length === 0) return null;
  return (
    <table>
      <caption>Dropped nodes resampled</caption>
      <thead>
        <tr>
          <th scope="col">fraction</th>
          <th scope="col">loss</th>
          <th scope="col">right</th>
        </tr>
      </thead>
      <tbody>
        {ladder.map((rung, i) => (
          <tr key={i}>
            <td>{percent(num(rung.fraction))}</td>
            <td>{short(num(rung.loss))}</td>
            <td>{percent(num(rung.accuracy))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Swapped({ title, swapped }: { title: string; swapped: Interchange }) {
  return (
    <table>
      <caption>
        {title}: loss {short(num(swapped.before))} before
      </caption>
      <thead>
        <tr>
          <th scope="col">location</th>
          <th scope="col">loss</th>
        </tr>
      </thead>
      <tbody>
        {swapped.locations.map((at) => (
          <tr key={at.location}>
            <td>{at.location}</td>
            <td>{short(num(at.loss))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Misleading({ checks }: { checks: Checks }) {
  const all = checks.adversarial ?? [];
  if (all.length === 0) return null;
  return (
    <table>
      <caption>Prompts made to mislead: right by the circuit, and by the whole model</caption>
      <thead>
        <tr>
          <th scope="col">prompts</th>
          <th scope="col">circuit</th>
          <th scope="col">model</th>
          <th scope="col">agree</th>
        </tr>
      </thead>
      <tbody>
        {all.map((row, i) => (
          <tr key={i}>
            <td>
              {row.kind} {row.level}
            </td>
            {row.skipped ? (
              <td colSpan={3}>{row.skipped}</td>
            ) : (
              <>
                <td>{percent(num(row.predicted?.accuracy))}</td>
                <td>{percent(num(row.measured?.accuracy))}</td>
                <td>{percent(num(row.agreement))}</td>
              </>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
