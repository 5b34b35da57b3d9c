import type { ComponentChildren } from 'preact';
import { Contexts, Prompt } from './Context';
import type { Details } from './details';
import { headWidth, num, percent, short, visible, type CircuitFile } from './file';
import { describe } from './location';
import { Through, Weights } from './Weights';

interface Props {
  circuit: CircuitFile;
  details: Details;
  node: string;
  isKept: boolean;
  onNode: (node: string) => void;
  more?: (node: string) => ComponentChildren;
}

/** What there is to know of a node: what it detects, what it is worth, what it reads and moves. */
export function NodePanel({ circuit, details, node, isKept, onNode, more }: Props) {
  const d = details.of(node);
  const { a, b } = circuit.tokens;
  const most = Math.max(
    1e-9,
    ...d.pairs
      .flatMap((p) => [...p.a, ...p.b])
      .map(Math.abs)
      .filter(Number.isFinite),
  );
  return (
    <div class="node-panel" data-node={node}>
      <h3>{node}</h3>
      <p class="dim">
        {describe(node, headWidth(circuit))}
        {isKept ? '' : ' · click to keep it here'}
      </p>
      <dl>
        <dt>Without it</dt>
        <dd>{Number.isNaN(d.effect) ? 'not measured' : `${short(d.effect, true)} nats of loss`}</dd>
        {d.sign && (
          <>
            <dt>Its sign tells</dt>
            <dd>
              {percent(num(d.sign.accuracy))} of test prompts, area {short(num(d.sign.auc))}; above its mean is{' '}
              {d.sign.positiveIsA ? `A ${visible(a.token)}` : `B ${visible(b.token)}`} ({d.sign.reading})
            </dd>
          </>
        )}
        {d.step && (
          <>
            <dt>As a rule</dt>
            <dd>
              above {short(num(d.step.threshold))}: {short(num(d.step.high))}, otherwise {short(num(d.step.low))}; costs{' '}
              {short(num(d.step.cost), true)} nats
            </dd>
          </>
        )}
        {d.drivers.length > 0 && (
          <>
            <dt>Driven by</dt>
            <dd class="tokens">
              {d.drivers.map((t) => (
                <span key={t.id}>
                  <code>{visible(t.token)}</code> {short(num(t.weight), true)}
                </span>
              ))}
            </dd>
          </>
        )}
        {d.answers && (
          <>
            <dt>Moves</dt>
            <dd class="tokens">
              <span>
                <code>{visible(a.token)}</code> {short(d.answers.a, true)}
              </span>
              <span>
                <code>{visible(b.token)}</code> {short(d.answers.b, true)}
              </span>
            </dd>
          </>
        )}
      </dl>
      <Contexts title="Most active in pretraining" examples={d.top} />
      <Contexts title="Most negative in pretraining" examples={d.bottom} />
      {d.pairs.length > 0 && (
        <section>
          <h4>On pairs of the task</h4>
          {d.pairs.map(({ pair, a: onA, b: onB }) => (
            <div key={pair.index}>
              <Prompt label="A" tokens={pair.tokensA} values={onA} most={most} />
              <Prompt label="B" tokens={pair.tokensB} values={onB} most={most} />
            </div>
          ))}
        </section>
      )}
      {isKept && more?.(node)}
      <Weights key={`in ${node}`} title="Weights in" weights={d.into} onNode={onNode} />
      <Weights key={`out ${node}`} title="Weights out" weights={d.out} onNode={onNode} />
      <Through title="Reads what these write" nodes={d.writers} onNode={onNode} />
      <Through title="Is read by" nodes={d.readers} onNode={onNode} />
    </div>
  );
}
