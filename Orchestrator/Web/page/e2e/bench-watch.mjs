// What a page costs the server that watches a sweep that runs, how soon it is seen, and how large it is.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBrowser } from './browser.mjs';
import { compressedBytes } from './bundle.mjs';
import { crash, freePort, served, start, sweepFile, until } from './program.mjs';
import { printTimes, within } from './times.mjs';

const [turns, seconds, paints] = [6, 20, 20];

/** Seconds of a core that a process has used. Its children are others. */
export function used(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

/** The part of a core that a process uses for a while. */
export async function share(pid, time = seconds) {
  const [before, begun] = [used(pid), performance.now()];
  await sleep(1000 * time);
  return (1000 * (used(pid) - before)) / (performance.now() - begun);
}

/** How soon a view paints something first, and how soon what it reads is there, each time in a browser that knows nothing of it. */
export async function paintTimes(browser, address, ready) {
  const [first, whole] = [[], []];
  for (let i = 0; i < paints; i++) {
    const page = await browser.page();
    const begun = performance.now();
    await page.goto(address);
    await ready(page);
    whole.push(performance.now() - begun);
    first.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime));
    await page.context().close();
  }
  return { first, whole };
}

export async function benchWatching(command) {
  const root = mkdtempSync(join(tmpdir(), 'sweeps-page-bench-'));
  const file = join(root, 'watched.hocon');
  writeFileSync(file, sweepFile.replace('STEPS', '1000000'));
  const url = `http://127.0.0.1:${await freePort()}/`;
  const run = start(command, ['run', file, '--dir', join(root, 'watched'), '--devices', 'cpu=1', '--http', new URL(url).host]);
  const browser = await openBrowser();
  try {
    await served(run, url);
    await until('a training', async () => {
      const { running } = await (await fetch(`${url}api/v1/sweeps/watched`)).json();
      return running.some((at) => at.kind === 'train' && at.progress);
    });
    console.log(`the page: ${(await compressedBytes(url) / 1024).toFixed(1)} KB compressed`);
    const { first, whole } = await paintTimes(browser, url, (page) =>
      page.getByRole('heading', { level: 1, name: 'watched' }).waitFor(),
    );
    printTimes('first paint', first);
    printTimes('the sweep is shown', whole);
    const [alone, watched] = [[], []];
    for (let turn = 0; turn < turns; turn++) {
      alone.push(await share(run.child.pid));
      const page = await browser.page();
      await page.goto(url);
      await page.getByText('live', { exact: true }).waitFor();
      watched.push(await share(run.child.pid));
      await page.context().close();
    }
    const percent = (part) => `${(100 * part).toFixed(2)} %`;
    const difference = watched.map((part, i) => part - alone[i]);
    console.log(
      `the process that runs a sweep, of a core: ${percent(within(alone, 0.5))} alone, ${percent(within(watched, 0.5))} with a page that ` +
        `watches; the page's part, in ${turns} turns of ${seconds} s: median ${percent(within(difference, 0.5))}, ` +
        `${percent(Math.min(...difference))} to ${percent(Math.max(...difference))}`,
    );
  } finally {
    await crash(run);
    await browser.close();
    rmSync(root, { recursive: true, force: true });
  }
}
