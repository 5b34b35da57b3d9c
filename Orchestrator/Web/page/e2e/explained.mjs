// The views of what explains models, in Debian's Chromium: sparse autoencoders with their features, and bridges.
//   node e2e/explained.mjs --sweeps "dotnet sweeps.dll" [--folder FOLDER: of such a sweep that has ended]
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openBrowser } from './browser.mjs';
import { runner, sound } from './checks.mjs';
import { crash, freePort, served, start, until } from './program.mjs';

const { values } = parseArgs({ options: { sweeps: { type: 'string' }, folder: { type: 'string' } } });
if (!values.sweeps) throw new Error('expected --sweeps "PROGRAM ARGUMENTS"');
if (!existsSync('/usr/bin/chromium')) throw new Error('/usr/bin/chromium is missing: run ops/setup.sh tests');

const command = values.sweeps.split(' ');
const root = mkdtempSync(join(tmpdir(), 'sweeps-page-'));
const folder = values.folder ?? join(root, 'explained');
const port = await freePort();
const url = `http://127.0.0.1:${port}/`;
const { check, done } = runner();
const browser = await openBrowser();
let run = null;

try {
  if (!values.folder) {
    const file = fileURLToPath(new URL('explained.hocon', import.meta.url));
    run = start(command, ['run', file, '--dir', folder, '--devices', 'cpu', '--http', 'off']);
    assert.equal(await run.ended, 0, run.said);
  }
  run = start(command, ['serve', folder, '--http', `127.0.0.1:${port}`]);
  await served(run, url);
  await checkViews();
  done();
} catch (error) {
  console.error(error.stack);
  console.error(`The program said:\n${run?.said.slice(-3000)}`);
  process.exitCode = 1;
} finally {
  if (run) await crash(run);
  await browser.close();
  rmSync(root, { recursive: true, force: true });
}

async function checkViews() {
  const { items } = await (await fetch(`${url}api/v1/sweeps`)).json();
  const sweep = items[0].id;
  const api = async (path) => (await fetch(`${url}api/v1/sweeps/${sweep}/${path}`)).json();
  const at = (...parts) => `${url}#/sweeps/${sweep}/${parts.map(encodeURIComponent).join('/')}`;
  const all = (await api('dictionaries')).items;
  const { model, dictionaries } = all.at(-1);
  const { name } = dictionaries.autoencoders.find((one) => one.scores !== null);
  const stored = JSON.parse(readFileSync(join(folder, 'features', model, name, 'features.json'), 'utf8'));
  const firing = stored.features.find((one) => one.contexts.length > 0);
  const bridged = (await api('bridges')).items[0];
  const page = await browser.page();
  const open = async (address) => {
    await page.goto('about:blank');
    await page.goto(address);
    await page.locator('h1').first().waitFor();
    await page.waitForFunction(() => !document.body.innerText.includes('reading…'));
  };
  const texts = (locator) => locator.allInnerTexts();

  const views = {
    autoencoders: at('autoencoders'),
    features: at('autoencoders', model, name),
    feature: at('autoencoders', model, name, String(firing.feature)),
    bridges: at('bridges'),
  };
  for (const [width, dark] of [
    [1280, false],
    [360, true],
  ]) {
    const each = await browser.page({ width, dark });
    for (const [view, address] of Object.entries(views)) {
      await check(`${view} at ${width} pixels${dark ? ', dark' : ''}`, async () => {
        await each.goto('about:blank');
        await each.goto(address);
        await sound(each);
      });
    }
    await each.context().close();
  }

  await check('the menu has both views, and leads there by keys', async () => {
    await open(at());
    const links = page.getByRole('navigation', { name: 'views' });
    await links.getByRole('link', { name: 'Bridges' }).waitFor();
    await links.getByRole('link', { name: 'Autoencoders' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: `Autoencoders of ${sweep}` }).waitFor();
    assert.equal(await links.getByRole('link', { name: 'Autoencoders' }).getAttribute('aria-current'), 'page');
  });

  await check('each dictionary of a location has a row with what the API says, baselines too', async () => {
    await open(at('autoencoders'));
    await page.getByLabel('Model and location').selectOption(`${model}/${dictionaries.location}`);
    const table = page.locator('section', { has: page.getByRole('heading', { name: 'Dictionaries', exact: true }) });
    const rows = table.locator('tbody tr');
    const measured = [...dictionaries.autoencoders.map((one) => one.trained.metrics), ...dictionaries.baselines.map((one) => one.metrics)];
    await until('all rows', async () => (await rows.count()) === measured.length);
    const fvu = (await rows.evaluateAll((shown) => shown.map((row) => row.cells[3].innerText))).map(Number);
    for (const [i, value] of fvu.entries()) assert.ok(Math.abs(value - measured[i].fvu) < 0.0006, `${value} and ${measured[i].fvu}`);
    await page.reload();
    assert.equal(await page.getByLabel('Model and location').inputValue(), `${model}/${dictionaries.location}`);
  });

  await check('a dot of a plot has a name, and leads to the features of its autoencoder', async () => {
    const plot = page.getByRole('group', { name: /^Variance not explained/ });
    const dots = plot.getByRole('link');
    assert.equal(await dots.count(), dictionaries.autoencoders.length);
    await dots.first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: `Features of ${dictionaries.autoencoders[0].name} in ${model}` }).waitFor();
  });

  await check('circuits in bases have a row for each task, model and basis', async () => {
    const { circuits } = await api('bases');
    assert.ok(circuits.length >= 4, `${circuits.length} circuits`);
    await open(at('autoencoders'));
    const section = page.locator('section', { has: page.getByRole('heading', { name: 'Circuits of channels and of features' }) });
    const shown = await section
      .locator('table')
      .first()
      .locator('tbody tr')
      .evaluateAll((rows) => rows.map((row) => [row.cells[1].innerText, row.cells[3].innerText, row.cells[5].innerText]));
    const number = (value) => value.toLocaleString('en-US');
    assert.deepEqual(
      shown,
      circuits.map(({ model: id, circuit }) => [id, number(circuit.nodes), number(circuit.structuralEdges)]),
    );
  });

  const rows = page.locator('tbody th a');
  const order = (list, key) =>
    [...list].sort((a, b) => (key(b) ?? -Infinity) - (key(a) ?? -Infinity) || a.feature - b.feature).map((one) => `feature ${one.feature}`);

  await check('features are those of the file, sorted and searched by the server, and the address keeps it', async () => {
    await open(views.features);
    assert.deepEqual(await texts(rows), order(stored.features, (one) => one.ruleR));
    await page.getByLabel('First comes the largest').selectOption('density');
    const expected = order(stored.features, (one) => one.density);
    await until('the order of densities', async () => JSON.stringify(await texts(rows)) === JSON.stringify(expected));
    await page.reload();
    await rows.first().waitFor();
    assert.deepEqual(await texts(rows), expected);
    const words = stored.features[0].rule.slice(0, 12);
    await page.getByLabel('Rule, concept or pattern').fill(words);
    const has = (one) => [one.rule, one.concept ?? '', ...one.patterns.map((p) => p.pattern)].some((text) => text.includes(words));
    const left = order(stored.features.filter(has), (one) => one.density);
    await until('what is found', async () => JSON.stringify(await texts(rows)) === JSON.stringify(left));
    assert.match(page.url(), /sort=density/);
  });

  await check('a feature has the contexts of its file, each token as dark as it fires', async () => {
    await open(views.feature);
    const places = page.locator('.firings li');
    assert.equal(await places.count(), firing.contexts.length);
    for (const [i, context] of firing.contexts.entries()) {
      const tokens = places.nth(i).locator('.text-around > *');
      const visible = (text) => text.replace(/\n/g, '↵').replace(/\t/g, '⇥').replace(/ /g, '␣');
      assert.deepEqual(await tokens.allTextContents(), context.tokens.map(visible));
      assert.equal(await places.nth(i).locator('mark').textContent(), visible(context.token));
      const shades = await tokens.evaluateAll((shown) => shown.map((e) => Number(/(\d+)%/.exec(e.getAttribute('style'))?.[1])));
      const strongest = context.activations.map(Number).reduce((best, value, at, values) => (value > values[best] ? at : best), 0);
      assert.equal(shades[strongest], Math.max(...shades));
      for (const [j, value] of context.activations.entries()) if (value === 0) assert.equal(shades[j], 0);
    }
    await page.getByText(firing.rule, { exact: true }).waitFor();
  });

  await check('its neighbours in the order are a click away', async () => {
    const expected = order(stored.features, (one) => one.density).map((text) => text.replace('feature ', ''));
    await open(`${at('autoencoders', model, name, expected[0])}?sort=density`);
    await page.getByRole('link', { name: `next: ${expected[1]}` }).click();
    await page.getByRole('heading', { level: 1, name: `Feature ${expected[1]} of` }).waitFor();
    await page.getByRole('link', { name: `before: ${expected[0]}` }).waitFor();
    await page.getByRole('link', { name: 'all features' }).click();
    await until('the list in that order', async () => (await texts(rows))[0] === `feature ${expected[0]}`);
  });

  await check('a feature that is not described says so in the words of the API', async () => {
    await open(at('autoencoders', model, name, '987654'));
    await page.getByRole('alert').getByText(`feature 987654 of ${name} is not described`).waitFor();
    page.wrong.length = 0;
  });

  await check('bridges have a row for each site and a cell for each hybrid', async () => {
    const { sites, hybrids, denseLoss } = bridged.bridges.measured;
    await open(views.bridges);
    assert.deepEqual(await texts(page.locator('table').first().locator('tbody th')), sites.map((site) => site.site));
    const shown = (await texts(page.locator('table.heat tbody td'))).filter((text) => text !== '');
    const cells = shown.map((text) => Number(text.replace('−', '-')));
    assert.equal(cells.length, hybrids.length);
    const place = (site) => sites.findIndex((one) => one.site === site);
    const expected = [...hybrids].sort((a, b) => place(a.enter) - place(b.enter) || place(a.leave) - place(b.leave));
    for (const [i, value] of cells.entries()) {
      const exact = expected[i].loss - denseLoss;
      assert.ok(Math.abs(value - exact) < 0.0006, `${value} and ${exact}`);
    }
  });

  await check('interventions have a plot for each task and direction with all lines, and the address keeps the probability', async () => {
    const { task, found, ridge } = bridged.bridges.interventions[0];
    for (const direction of found.directions) {
      const title = `${task}, prompts ${direction.presented} presented`;
      const figure = page.locator('figure', { hasText: title });
      // The axis, the lines, the regression's, and what is to be reached.
      const labels = (await texts(figure.locator('.u-legend tr:not(.edge) .u-label'))).length;
      assert.equal(labels, 1 + direction.lines.length + (ridge ? 1 : 0) + 1);
    }
    const among = page.getByRole('combobox', { name: 'Probability' });
    await among.selectOption('amongTwo');
    await page.waitForFunction(() => location.hash.endsWith('among=two'));
    await page.reload();
    await among.waitFor();
    assert.equal(await among.inputValue(), 'amongTwo');
    const row = page.getByRole('row', { name: task }).first();
    const last = found.directions[0].lines[0].points.at(-1).amongTwo.mean;
    assert.ok((await row.innerText()).includes(last.toFixed(3)), `${last}`);
  });

  assert.deepEqual(page.wrong, []);
  await page.context().close();
}
