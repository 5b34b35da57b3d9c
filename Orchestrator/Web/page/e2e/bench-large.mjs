// A sweep of 100,000 trials on 1,000 devices: pages of the list, searches, the timeline.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBrowser } from './browser.mjs';
import { crash, freePort, served, start } from './program.mjs';
import { printTimes } from './times.mjs';

const [trials, asked] = [100_000, 15];

async function timed(body) {
  const begun = performance.now();
  await body();
  return performance.now() - begun;
}

export async function benchLarge(command, bench) {
  const root = mkdtempSync(join(tmpdir(), 'sweeps-page-bench-'));
  execFileSync('dotnet', [bench, '--only', 'large', '--keep', root, '--trials', String(trials)], { stdio: 'ignore' });
  const name = `scale-${trials}`;
  const url = `http://127.0.0.1:${await freePort()}/`;
  const run = start(command, ['serve', join(root, name), '--http', new URL(url).host]);
  const browser = await openBrowser();
  try {
    await served(run, url);
    const get = async (path) => {
      const response = await fetch(`${url}api/v1/sweeps/${name}/${path}`);
      if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
      return response.json();
    };
    console.log(`${trials} trials: the journal is read in ${(await timed(() => get('trials?limit=1')) / 1000).toFixed(2)} s, once`);
    const repeat = async (what, body) => {
      const times = [];
      for (let i = 0; i < asked; i++) times.push(await timed(() => body(i)));
      printTimes(what, times);
    };
    await repeat('the API: a page of the list', (i) => get(`trials?offset=${Math.floor((i * trials) / asked)}&limit=100`));
    await repeat('the API: a search', (i) => get(`trials?search=r${i}7&limit=100`));
    await repeat('the API: the timeline', () => get('timeline'));
    const page = await browser.page();
    const shown = (text) => page.getByText(text).waitFor();
    await page.goto(`${url}#/sweeps/${name}/trials`);
    await shown(/1 to 100 of 100,\d+ trials/);
    await repeat('in the browser: the next page of the list', async (i) => {
      await page.getByRole('link', { name: 'later' }).first().click();
      await shown(`${(i + 1) * 100 + 1} to`.replace(/^(\d+)(\d{3})/, '$1,$2'));
    });
    await repeat('in the browser: a search', async (i) => {
      await page.getByLabel('Name, device or reason').fill(`r${99_000 + i}`);
      await shown('1 to 1 of 1 trials');
      await page.getByRole('link', { name: new RegExp(`r${99_000 + i}$`) }).waitFor();
    });
    await repeat('in the browser: the timeline of 1,000 devices', async () => {
      await page.goto('about:blank');
      await page.goto(`${url}#/devices`);
      await page.locator('svg.timeline').waitFor();
    });
  } finally {
    await crash(run);
    await browser.close();
    rmSync(root, { recursive: true, force: true });
  }
}
