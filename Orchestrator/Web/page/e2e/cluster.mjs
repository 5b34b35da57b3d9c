// A real cluster of two nodes on this machine: priority and concurrency of a sweep, and a node that is let leave.
//   ops/with-postgres.sh node e2e/cluster.mjs --sweeps "dotnet sweeps.dll"
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openBrowser } from './browser.mjs';
import { runner, sound } from './checks.mjs';
import { give } from './commands.mjs';
import { crash, freePort, served, start, sweepFile, tokenOf, until } from './program.mjs';

const { values } = parseArgs({ options: { sweeps: { type: 'string' } } });
if (!values.sweeps) throw new Error('expected --sweeps "PROGRAM ARGUMENTS"');
const database = process.env.SWEEPS_POSTGRESQL;
if (!database) throw new Error('SWEEPS_POSTGRESQL is missing: run it by ops/with-postgres.sh');

const command = values.sweeps.split(' ');
const root = mkdtempSync(join(tmpdir(), 'sweeps-page-'));
const nodes = [];
const { check, done } = runner();
const browser = await openBrowser();

async function startNode(name, roles) {
  const [state, port, http] = [join(root, name), await freePort(), await freePort()];
  mkdirSync(state);
  const config = join(state, 'cluster.hocon');
  writeFileSync(
    config,
    `sweeps {
      devices = ["cpu=1"], threads_per_device = 1, store.postgresql = "${database}", http.address = "127.0.0.1:${http}"
      cluster {
        name = ${name}, roles = [${roles}], host = "127.0.0.1", port = ${port}
        folder = "${join(root, 'sweeps')}", state = "${state}", trust_network = true
      }
    }`,
  );
  const node = { name, state, config, url: `http://127.0.0.1:${http}/`, run: start(command, ['node', '--config', config]) };
  nodes.push(node);
  return node;
}

const get = async (url, path) => (await fetch(`${url}api/v1/${path}`)).json();

try {
  mkdirSync(join(root, 'sweeps'));
  const first = await startNode('first', 'orchestrator, device');
  await served(first.run, first.url);
  const second = await startNode('second', 'device');
  const file = join(root, 'watched.hocon');
  writeFileSync(file, sweepFile.replace('STEPS', '200000'));
  await until('both nodes', async () => (await get(first.url, 'nodes')).nodes?.length === 2, 60_000);
  assert.equal(await start(command, ['submit', file, '--config', first.config]).ended, 0);
  // It is listed a moment before it has a journal to be read.
  await until('the sweep', async () => (await fetch(`${first.url}api/v1/sweeps/watched`)).ok);
  const page = await browser.page();
  const token = tokenOf(first.state);

  await check('priority and concurrency are changed, and the cluster keeps them', async () => {
    await page.goto(first.url);
    await page.getByRole('heading', { level: 1, name: 'watched' }).waitFor();
    const commands = page.getByRole('group', { name: 'commands' });
    await commands.getByRole('button', { name: 'Priority and concurrency' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Now: weight 1, priority 0, no limit.').waitFor();
    await dialog.getByLabel(/^weight/).fill('2.5');
    await dialog.getByLabel(/^priority/).fill('3');
    await dialog.getByLabel(/^most trials/).fill('4');
    await dialog.getByLabel('Token of the server').fill(token);
    await dialog.getByRole('button', { name: 'Priority and concurrency' }).click();
    await dialog.getByText('Done.').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    const share = await until('the new share', async () => {
      const { sweep } = await get(first.url, 'sweeps/watched');
      return sweep.cluster.share.weight === 2.5 && sweep.cluster.share;
    });
    assert.deepEqual([share.priority, share.concurrency], [3, 4]);
    await sound(page);
  });

  await check('a share that cannot be is refused, and the page says why', async () => {
    await page.reload();
    await page.getByRole('group', { name: 'commands' }).getByRole('button', { name: 'Priority and concurrency' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/^priority/).fill('99999999999');
    await dialog.getByRole('button', { name: 'Priority and concurrency' }).click();
    await dialog.getByRole('alert').getByText('$.priority').waitFor();
    await page.keyboard.press('Escape');
    page.wrong.length = 0;
  });

  await check('a node is let leave: it ends in order, and the page no longer lists it', async () => {
    await page.goto(`${first.url}#/devices`);
    const section = page.locator('section', { has: page.getByRole('heading', { level: 2, name: 'second' }) });
    await give(page, 'Let it leave', undefined, { within: section, isFinal: true });
    await page.getByRole('dialog').getByText('Done.').waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await second.run.ended, 0, second.run.said);
    await section.waitFor({ state: 'detached', timeout: 30_000 });
    await page.getByRole('heading', { level: 2, name: 'first' }).waitFor();
    await sound(page);
  });
  done();
} catch (error) {
  console.error(error.stack);
  for (const { name, run } of nodes) console.error(`${name} said:\n${run.said.slice(-3000)}`);
  process.exitCode = 1;
} finally {
  for (const { run } of nodes) if (run.child.exitCode === null) await crash(run);
  await browser.close();
  rmSync(root, { recursive: true, force: true });
}
