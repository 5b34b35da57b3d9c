// A sweep while it runs: live, commands, reload, and a server that is killed and comes back.
import assert from 'node:assert/strict';
import { sound } from './checks.mjs';
import { give } from './commands.mjs';
import { crash, served, tokenOf, until } from './program.mjs';

/** The model that is trained last. */
const second = 'd32n2-l0.5-r0';

/** The state that a page shows. */
const state = (page) => page.locator('dd.state').innerText();

export async function checkRunning({ check, page, url, folder, run, restart }) {
  const errors = {
    allow: ['Failed to load resource', 'ERR_CONNECTION_REFUSED', 'ERR_INCOMPLETE_CHUNKED_ENCODING', 'ERR_CONNECTION_RESET'],
  };

  await check('the only sweep is shown at once, live, with what runs', async () => {
    await page.goto(url);
    await page.getByRole('heading', { level: 1, name: 'watched' }).waitFor();
    assert.equal(new URL(page.url()).hash, '#/sweeps/watched');
    await page.getByText('live', { exact: true }).waitFor();
    await page
      .getByRole('link', { name: /^models\// })
      .first()
      .waitFor({ timeout: 60_000 });
    assert.equal(await state(page), 'running');
    await sound(page);
  });

  await check('what one sees changes without a reload', async () => {
    const before = await page.locator('main').innerText();
    await until('another text', async () => (await page.locator('main').innerText()) !== before, 20_000);
  });

  await check('a command with a wrong token is refused and says why; it asks again', async () => {
    const dialog = await give(page, 'Pause', 'wrong');
    await dialog.getByText('This token is not the server’s.').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await state(page), 'running');
    page.wrong.length = 0;
  });

  await check('pause and resume do what they say', async () => {
    await page.evaluate(() => sessionStorage.clear());
    await give(page, 'Pause', tokenOf(folder));
    await until('paused', async () => (await state(page)) === 'paused', 20_000);
    await until('a button to resume', () => page.getByRole('button', { name: 'Resume' }).isVisible(), 10_000);
    await give(page, 'Resume');
    await until('running again', async () => (await state(page)) === 'running', 20_000);
  });

  await check('the reason of a refusal is shown', async () => {
    await page.keyboard.press('Escape');
    await page.route('**/pause', (route) =>
      route.fulfill({
        status: 409,
        contentType: 'application/problem+json',
        body: JSON.stringify({ detail: 'the sweep is at its last trial' }),
      }),
    );
    const dialog = await give(page, 'Pause');
    await dialog.getByRole('alert').getByText('the sweep is at its last trial').waitFor();
    await page.unroute('**/pause');
    await page.keyboard.press('Escape');
    page.wrong.length = 0;
  });

  await check('a trial that was cancelled is a failure with a reason, and is tried again', async () => {
    await page.goto(`${url}#/sweeps/watched/trials/models%2F${second}`);
    await give(page, 'Cancel', undefined, { isFinal: true });
    await page.keyboard.press('Escape');
    await page.goto(`${url}#/sweeps/watched`);
    // The device that runs it has a row of its own, which begins with the device's name.
    const failure = page.getByRole('row', { name: new RegExp(`^models/${second}`) });
    await failure.getByText('cancelled').waitFor({ timeout: 20_000 });
    await give(page, 'Retry', undefined, { within: failure });
    await page.getByRole('dialog').getByText('Done.').waitFor();
    await page.keyboard.press('Escape');
    await failure.waitFor({ state: 'detached', timeout: 20_000 });
    const { trial } = await (await fetch(`${url}api/v1/sweeps/watched/trials/models/${second}`)).json();
    assert.ok(['waiting', 'running'].includes(trial.state), `it is ${trial.state}`);
  });

  await check('trials are filtered by the server, and an address keeps the filter over a reload', async () => {
    await page.goto(`${url}#/sweeps/watched/trials`);
    await page.getByLabel('Kind').selectOption('train');
    await page.getByLabel('Name, device or reason').fill('l0.5');
    await until('one trial', async () => (await page.getByText('1 to 1 of 1 trials').count()) === 1, 20_000);
    assert.match(page.url(), /kind=train&search=l0\.5/);
    await page.reload();
    await page.getByText('1 to 1 of 1 trials').waitFor();
    await page.getByRole('link', { name: `models/${second}` }).click();
    await page.getByRole('heading', { level: 1, name: `models/${second}` }).waitFor();
    await sound(page, errors);
  });

  await check('a server that is killed is missed, and its successor found without a reload', async () => {
    await page.goto(`${url}#/sweeps/watched`);
    await page.evaluate(() => {
      globalThis.isSame = true;
    });
    await crash(run.now);
    await page.getByText('cut off: trying again').waitFor({ timeout: 20_000 });
    run.now = restart();
    await served(run.now, url);
    await page.getByText('live', { exact: true }).waitFor({ timeout: 30_000 });
    await until('the state of the successor', async () => (await state(page)) === 'running', 60_000);
    assert.equal(await page.evaluate(() => globalThis.isSame), true);
    page.wrong.length = 0;
  });

  await check('a part of the sweep is given up by a command', async () => {
    await page.evaluate(() => sessionStorage.clear());
    const search = await until(
      'a search',
      async () => {
        const { items } = await (await fetch(`${url}api/v1/sweeps/watched/searches`)).json();
        return items.find((s) => s.ended === null);
      },
      120_000,
    );
    await page.goto(`${url}#/sweeps/watched/searches/${search.model}/${search.task}`);
    await give(page, 'End this search', tokenOf(folder), { within: page, isFinal: true });
    await until(
      'its end',
      async () => {
        const { items } = await (await fetch(`${url}api/v1/sweeps/watched/searches`)).json();
        return items.find((s) => s.id === search.id).ended !== null;
      },
      30_000,
    );
    page.wrong.length = 0;
  });
}
