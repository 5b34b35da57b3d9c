// A sweep that has ended, served behind a token: every view, in light and dark, narrow and wide.
import assert from 'node:assert/strict';
import { sound } from './checks.mjs';

/** The addresses of every view. */
export function views({ model, task }) {
  return {
    sweeps: '#/',
    sweep: '#/sweeps/watched',
    models: '#/sweeps/watched/models',
    searches: '#/sweeps/watched/searches',
    search: `#/sweeps/watched/searches/${model}/${task}`,
    circuits: '#/sweeps/watched/circuits',
    circuit: `#/sweeps/watched/circuits/${model}/${task}/validated`,
    compared: `#/sweeps/watched/circuits/${model}/${task}/validated?with=${model}/${task}/attribution`,
    ask: `#/sweeps/watched/ask?model=${model}`,
    trials: '#/sweeps/watched/trials',
    trial: `#/sweeps/watched/trials/${encodeURIComponent(`models/${model}`)}`,
    devices: '#/devices',
  };
}

export async function checkEnded({ check, browser, url, token, at }) {
  await check('a server with a token shows nothing until it is given, and then all', async () => {
    const page = await browser.page();
    await page.goto(url);
    await page.getByRole('heading', { name: 'This server asks for its token' }).waitFor();
    await page.getByLabel('Token').fill('wrong');
    await page.getByRole('button', { name: 'go on' }).click();
    await page.getByText('The token that was given is not the server’s.').waitFor();
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'go on' }).click();
    const row = (name) => page.getByRole('row', { name });
    await row('watched').getByText('completed', { exact: true }).waitFor();
    await row('cancelled').getByText('cancelled', { exact: true }).last().waitFor();
    await page.context().close();
  });

  await check('a sweep whose journal is damaged hides no other: the list says why it cannot be read', async () => {
    const page = await browser.page({ token });
    await page.goto(url);
    const row = page.getByRole('row', { name: 'damaged' });
    await row.getByText('cannot be read').waitFor();
    await row.getByText('journal.db').waitFor();
    await page.getByRole('row', { name: 'watched' }).getByText('completed', { exact: true }).waitFor();
    await page.context().close();
  });

  const everyView = async (width, dark, isAccessible = true) => {
    const page = await browser.page({ width, dark, token });
    for (const [name, hash] of Object.entries(views(at))) {
      await check(`${name} at ${width} pixels${dark ? ', dark' : ''}`, async () => {
        await page.goto('about:blank');
        await page.goto(url + hash);
        await sound(page, { isAccessible });
      });
    }
    await page.context().close();
  };
  await Promise.all([everyView(1280, false), everyView(360, true), everyView(2560, false, false)]);

  const page = await browser.page({ token });
  const api = async (path) =>
    (await fetch(`${url}api/v1/sweeps/watched/${path}`, { headers: { Authorization: `Bearer ${token}` } })).json();

  await check('the menu has no views for what the sweep does not have', async () => {
    await page.goto(`${url}#/sweeps/watched`);
    const links = page.getByRole('navigation', { name: 'views' }).getByRole('link');
    await links.filter({ hasText: 'Trials' }).waitFor();
    const names = await links.allInnerTexts();
    assert.deepEqual(names, ['Sweep', 'Models', 'Searches', 'Circuits', 'Ask', 'Trials', 'Devices']);
  });

  await check('the list of trials has what the API has', async () => {
    const trials = await api('trials?limit=100');
    await page.goto(`${url}#/sweeps/watched/trials`);
    await page.getByText(`of ${trials.total} trials`).waitFor();
    assert.deepEqual(
      await page.locator('tbody th a').allInnerTexts(),
      trials.items.map((t) => t.id),
    );
  });

  await check('the prunings of a search are sorted by a click, what is not known last', async () => {
    const { prunings } = await api(`searches/${at.model}/${at.task}`);
    await page.goto(`${url}#/sweeps/watched/searches/${at.model}/${at.task}`);
    await page.getByRole('columnheader', { name: 'objective' }).getByRole('button').click();
    const shown = await page.locator('section', { hasText: 'All prunings' }).locator('tbody th').allInnerTexts();
    const objective = (p) => (p.objective === null ? Infinity : Number(p.objective));
    const expected = [...prunings].sort((a, b) => objective(a) - objective(b) || a.index - b.index).map((p) => String(p.index));
    assert.deepEqual(shown, expected);
  });

  await check('curves are those of the models that are ticked, and the address keeps them', async () => {
    await page.goto(`${url}#/sweeps/watched/models`);
    await page.locator('.u-legend').first().waitFor();
    await page.getByLabel(`show ${at.model}`).uncheck();
    await page.waitForFunction((name) => ![...document.querySelectorAll('.u-label')].some((e) => e.textContent === name), at.model);
    assert.doesNotMatch(decodeURIComponent(page.url()), new RegExp(`models=.*${at.model.replace('.', '\\.')}`));
  });

  await check('an address without a view says so', async () => {
    await page.goto(`${url}#/nowhere`);
    await page.getByText('There is no view of this address.').waitFor();
  });

  await check('what the API does not have is said in its words', async () => {
    await page.goto(`${url}#/sweeps/watched/circuits/${at.model}/${at.task}/none`);
    await page.getByRole('alert').getByText('there is no circuit none').waitFor();
  });
  await page.context().close();
}
