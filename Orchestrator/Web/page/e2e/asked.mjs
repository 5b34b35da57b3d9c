// Questions to a model, from the page: the same answers as the API's.
import assert from 'node:assert/strict';
import { sound } from './checks.mjs';

export async function checkAsked({ check, browser, url, token, at, circuit }) {
  const page = await browser.page({ token });
  const prompt = 'name = "Ann';
  const ask = async (body) => {
    const response = await fetch(`${url}api/v1/sweeps/watched/models/${at.model}/ask`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, answer: await response.json() };
  };

  await check('a model is asked: what follows, what its circuits say, and where heads look', async () => {
    await page.goto(`${url}#/sweeps/watched/ask?model=${at.model}`);
    await page.getByLabel('Prompt').fill(prompt);
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByRole('heading', { name: 'What follows' }).waitFor({ timeout: 60_000 });
    const { answer } = await ask({ prompt, patterns: true });
    const shown = await page.locator('section', { hasText: 'What follows' }).locator('tbody td:nth-child(2)').allInnerTexts();
    assert.deepEqual(
      shown,
      answer.next.map((next) => `${(100 * next.probability).toFixed(1)} %`),
    );
    const circuits = page.locator('section', { hasText: 'What its circuits say' });
    assert.deepEqual(
      await circuits.locator('tbody th').allInnerTexts(),
      answer.circuits.map((c) => c.task),
    );
    assert.match(page.url(), /prompt=name/);
    await page.locator('details summary').first().click();
    const [first] = answer.circuits;
    assert.deepEqual(
      await page.locator('details').first().locator('.node-values a').allInnerTexts(),
      first.nodes.map((n) => n.node),
    );
    assert.equal(await page.locator('details').first().locator('.squares').count(), 2 * first.heads.length);
    await sound(page);
  });

  await check('a question that cannot be asked is refused, and the page says why', async () => {
    const long = 'x = 1\n'.repeat(100);
    const { status, answer } = await ask({ prompt: long });
    assert.equal(status, 400);
    await page.getByLabel('Prompt').fill(long);
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByRole('alert').getByText(answer.detail).waitFor({ timeout: 60_000 });
    page.wrong.length = 0;
  });

  await check('the viewer shows where the head of a node looks on a pair of the task', async () => {
    const group = circuit.nodes.find((g) => /attn\.[qkv]$/.test(g.location));
    assert.ok(group, 'the circuit has no head');
    await page.goto('about:blank');
    const node = encodeURIComponent(`${group.location}:${group.channels[0]}`);
    await page.goto(`${url}#/sweeps/watched/circuits/${at.model}/${at.task}/validated?node=${node}`);
    // A circuit of very many nodes has no pairs in its file.
    if (!circuit.checks.pairs?.length) await page.getByLabel('On the prompt').fill(prompt);
    await page.getByRole('button', { name: 'ask the model' }).click();
    await page.locator('.head-panel .squares').first().waitFor({ timeout: 60_000 });
    assert.equal(await page.locator('.head-panel .squares').count(), 2);
    await page.locator('.head-panel').getByLabel('From token').selectOption('1');
    await sound(page);
  });
  await check('the viewer shows what the model answers without a node: what the API says', async () => {
    const node = await page.locator('.node-panel').getAttribute('data-node');
    await page.getByLabel('In its place').selectOption('mean');
    await page.getByRole('button', { name: 'try it' }).click();
    const row = page.locator('.what-if').getByRole('row', { name: 'circuit, changed' });
    await row.waitFor({ timeout: 60_000 });
    const response = await fetch(`${url}api/v1/sweeps/watched/circuits/${at.model}/${at.task}/intervene`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ changes: [{ node, kind: 'mean' }] }),
    });
    const { changedCircuit } = await response.json();
    assert.equal(await row.locator('td').first().innerText(), Math.abs(changedCircuit.loss).toFixed(3));
    await sound(page);
  });
  await page.context().close();
}
