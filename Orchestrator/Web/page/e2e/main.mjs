// Runs the page in Debian's Chromium against a real sweep, while it runs and after it has ended.
//   node e2e/main.mjs --sweeps "dotnet sweeps.dll" [--ended FOLDER: only what comes after the end, of a sweep that has ended]
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkAsked } from './asked.mjs';
import { openBrowser } from './browser.mjs';
import { checkBundle } from './bundle.mjs';
import { checkCancelled } from './cancelled.mjs';
import { runner } from './checks.mjs';
import { checkCircuit } from './circuit.mjs';
import { checkEnded } from './ended.mjs';
import { crash, freePort, served, start, sweepFile } from './program.mjs';
import { checkReport } from './report.mjs';
import { checkRunning } from './running.mjs';

const { values } = parseArgs({
  options: { sweeps: { type: 'string' }, steps: { type: 'string', default: '2500' }, ended: { type: 'string' } },
});
if (!values.sweeps) throw new Error('expected --sweeps "PROGRAM ARGUMENTS"');
if (!existsSync('/usr/bin/chromium')) throw new Error('/usr/bin/chromium is missing: run ops/setup.sh tests');

const command = values.sweeps.split(' ');
const root = mkdtempSync(join(tmpdir(), 'sweeps-page-'));
const [file, folder, config] = [join(root, 'watched.hocon'), values.ended ?? join(root, 'watched'), join(root, 'cluster.hocon')];
writeFileSync(file, sweepFile.replace('STEPS', values.steps));
const token = 'a-token-that-somebody-has-chosen';
const [cancelled, damaged] = [join(root, 'cancelled'), join(root, 'damaged')];
writeFileSync(`${cancelled}.hocon`, sweepFile.replace('STEPS', '200000').replace('watched', 'cancelled'));
mkdirSync(damaged);
writeFileSync(join(damaged, 'journal.db'), 'x'.repeat(8192));
writeFileSync(config, `sweeps.http.token = "${token}"\n`);
const port = await freePort();
const url = `http://127.0.0.1:${port}/`;
const { check, done } = runner();
const browser = await openBrowser();
const restart = () => start(command, ['run', file, '--dir', folder, '--devices', 'cpu', '--http', `127.0.0.1:${port}`]);
const run = { now: null };

const giveUp = () => checkCancelled({ check, browser, command, file: `${cancelled}.hocon`, folder: cancelled });

/** Looks on from the start of the sweep to its end. */
async function watch() {
  run.now = restart();
  await served(run.now, url);
  await checkRunning({ check, page: await browser.page(), url, folder, run, restart });
  await Promise.all([
    check('the sweep comes to its end', async () => {
      // 1: a search was given up, so that something has failed.
      const code = await run.now.ended;
      if (code !== 0 && code !== 1) throw new Error(`it ended with ${code}:\n${run.now.said}`);
    }),
    giveUp(),
  ]);
}

try {
  await (values.ended ? giveUp() : watch());
  run.now = start(command, ['serve', folder, cancelled, damaged, '--config', config, '--http', `127.0.0.1:${port}`]);
  await served(run.now, url);
  await checkBundle({ check, url });
  const { items } = await (
    await fetch(`${url}api/v1/sweeps/watched/circuits?limit=1000`, { headers: { Authorization: `Bearer ${token}` } })
  ).json();
  const at = items
    .filter((c) => c.kind === 'validated' && items.some((o) => o.model === c.model && o.task === c.task && o.kind === 'attribution'))
    .sort((a, b) => b.size.edges - a.size.edges)[0];
  const validated = join(folder, 'validations', at.model, at.task, 'circuit.json');
  const about = { check, browser, url, token, at, folder };
  await Promise.all([checkEnded(about), checkCircuit({ ...about, file: validated }), checkReport(about)]);
  await checkAsked({ ...about, circuit: JSON.parse(readFileSync(validated, 'utf8')) });
  done();
} catch (error) {
  console.error(error.message);
  console.error(error.cause?.stack ?? error.stack);
  console.error(`The program said:\n${run.now?.said.slice(-3000)}`);
  process.exitCode = 1;
} finally {
  if (run.now) await crash(run.now);
  await browser.close();
  rmSync(root, { recursive: true, force: true });
}
