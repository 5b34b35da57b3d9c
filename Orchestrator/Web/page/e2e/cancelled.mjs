// A sweep that is given up as a whole, from the page.
import assert from 'node:assert/strict';
import { give } from './commands.mjs';
import { freePort, served, start, tokenOf, until } from './program.mjs';

export async function checkCancelled({ check, browser, command, file, folder }) {
  await check('a whole sweep is given up for good, and its process ends', async () => {
    const url = `http://127.0.0.1:${await freePort()}/`;
    const run = start(command, ['run', file, '--dir', folder, '--devices', 'cpu', '--http', new URL(url).host]);
    const page = await browser.page();
    try {
      await served(run, url);
      await page.goto(url);
      await page.getByRole('heading', { level: 1, name: 'cancelled' }).waitFor();
      const token = await until('the token', () => tokenOf(folder), 10_000);
      await give(page, 'Cancel', token, { isFinal: true });
      // 3: refused, as every later try to go on with it will be.
      assert.equal(await run.ended, 3, run.said);
    } finally {
      run.child.kill('SIGKILL');
      await page.context().close();
    }
  });
}
