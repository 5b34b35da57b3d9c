import { path } from '../api/client';
import type { DeviceView, NodesView, NodeView, SweepList } from '../api/types';
import { Command } from '../app/Command';
import { hrefOf, type Route } from '../app/route';
import { Shown } from '../app/Shown';
import { Table } from '../app/Table';
import { useApi } from '../app/useApi';
import { Progress } from './Progress';
import { Timeline } from './Timeline';

/** Machines and their devices: what each is at, and what it did. */
export function Devices({ route }: { route: Route }) {
  const nodes = useApi<NodesView>('nodes');
  const sweeps = useApi<SweepList>('sweeps?limit=1000');
  const sweep = route.query.get('sweep') ?? sweeps.data?.items[0]?.id;
  return (
    <>
      <h1>Devices</h1>
      <Shown of={nodes}>
        {({ nodes: machines, coordinator }) => (
          <>
            {coordinator && <p>Coordinated by {coordinator}.</p>}
            {machines.length === 0 && <p class="dim">No machine of these sweeps is known to this server: no process runs them here.</p>}
            {machines.map((node) => (
              <Node key={node.name} node={node} isCluster={coordinator !== null} />
            ))}
          </>
        )}
      </Shown>
      {sweep !== undefined && (
        <section>
          <h2>What each did</h2>
          {sweeps.data && sweeps.data.items.length > 1 && (
            <nav aria-label="sweeps">
              {sweeps.data.items.map((s) => (
                <a key={s.id} href={hrefOf(['devices'], { sweep: s.id })} aria-current={s.id === sweep ? 'page' : undefined}>
                  {s.id}
                </a>
              ))}
            </nav>
          )}
          <Timeline key={sweep} sweep={sweep} />
        </section>
      )}
    </>
  );
}

function Node({ node, isCluster }: { node: NodeView; isCluster: boolean }) {
  return (
    <section>
      <h2>
        {node.name}
        {node.isDraining && ', leaving'}
      </h2>
      {isCluster && !node.isDraining && (
        <p class="buttons">
          <Command
            label="Let it leave"
            path={path(['nodes', node.name, 'drain'])}
            isFinal
            question={`${node.name} gives its work to others and leaves the cluster. It comes back when it is started again.`}
          />
        </p>
      )}
      <Table columns={['device', 'state', 'trial', 'progress']}>
        {node.devices.map((device) => (
          <Device key={device.name} device={device} />
        ))}
      </Table>
    </section>
  );
}

function Device({ device: { name, status, sweep, running } }: { device: DeviceView }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{status}</td>
      <td class="text">
        {sweep && running ? <a href={hrefOf(['sweeps', sweep, 'trials', running.trial])}>{running.trial}</a> : 'none'}
      </td>
      <td>
        {running?.progress && running.progress.steps > 0 ? (
          <Progress label={`how far ${running.trial} is`} done={running.progress.step} total={running.progress.steps} />
        ) : (
          '–'
        )}
      </td>
    </tr>
  );
}
