// The circuit viewer against circuit.json, which the program wrote.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { downloaded, parseCsv } from './checks.mjs';

export async function checkCircuit({ check, browser, url, token, at, file }) {
  const text = readFileSync(file, 'utf8');
  const circuit = JSON.parse(text);
  const ids = circuit.nodes.flatMap((g) => g.channels.map((c) => `${g.location}:${c}`));
  const page = await browser.page({ token });
  const open = async (query = '?keep=1') => {
    await page.goto('about:blank');
    await page.goto(`${url}#/sweeps/watched/circuits/${at.model}/${at.task}/validated${query}`);
    await page.locator('.viewer canvas').waitFor();
  };

  await check('arrow keys go from node to node, Enter keeps one, and the address keeps it over a reload', async () => {
    await open();
    await page.locator('.viewer canvas').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    const node = await page.locator('.node-panel').getAttribute('data-node');
    assert.ok(ids.includes(node), `${node} is none of the circuit's`);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => location.hash.includes('node='));
    await page.reload();
    await page.locator(`.node-panel[data-node="${node}"]`).waitFor();
  });

  await check('what is said of a node is what the file says', async () => {
    const node = circuit.edges[0].to;
    await open(`?keep=1&node=${encodeURIComponent(node)}`);
    const panel = page.locator(`.node-panel[data-node="${node}"]`);
    const into = circuit.edges.filter((e) => e.to === node).sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
    const first = panel
      .locator('section', { hasText: `Weights in (${into.length.toLocaleString('en-US')})` })
      .locator('tr')
      .first();
    assert.match(await first.innerText(), new RegExp(into[0].from.replace(/\./g, '\\.')));
    const effect = circuit.checks.effects.find((e) => e.node === node);
    if (effect) assert.match(await panel.innerText(), /nats of loss/);
    await first.getByRole('button').click();
    await page.locator(`.node-panel[data-node="${into[0].from}"]`).waitFor();
  });

  await check('the slider says how many weights are left, and the address keeps it', async () => {
    await open();
    await page.getByLabel('Strongest weights').fill('100');
    const left = Math.max(1, Math.round(circuit.edges.length / 4));
    await page
      .getByText(`${left.toLocaleString('en-US')} of ${circuit.edges.length.toLocaleString('en-US')} weights`)
      .first()
      .waitFor();
    assert.match(page.url(), /keep=0\.25/);
  });

  await check('a search finds a node by name', async () => {
    const node = ids.at(-1);
    await page.getByLabel('Find a node').fill(node);
    await page.getByRole('group', { name: 'nodes found' }).getByRole('button', { name: node, exact: false }).first().click();
    await page.locator(`.node-panel[data-node="${node}"]`).waitFor();
  });

  await check('the JSON that is saved is the file, byte by byte', async () => {
    await open();
    const { name, content } = await downloaded(page, page.getByRole('button', { name: 'JSON' }));
    assert.equal(content.toString('utf8'), text);
    assert.match(name, /\.json$/);
  });

  await check('the CSV of edges and of nodes have what the file has', async () => {
    const edges = parseCsv((await downloaded(page, page.getByRole('button', { name: 'CSV of edges' }))).content.toString('utf8'));
    assert.deepEqual(edges, [['from', 'to', 'weight'], ...circuit.edges.map((e) => [e.from, e.to, String(e.weight)])]);
    const [head, ...nodes] = parseCsv(
      (await downloaded(page, page.getByRole('button', { name: 'CSV of nodes' }))).content.toString('utf8'),
    );
    assert.deepEqual(
      nodes.map((row) => row[0]),
      ids,
    );
    const effects = new Map(circuit.checks.effects.map((e) => [e.node, String(e.effect)]));
    for (const row of nodes) assert.equal(row[head.indexOf('effect')], effects.get(row[0]) ?? '');
  });

  await check('the SVG is well-formed and has every weight and node of the file', async () => {
    const { content } = await downloaded(page, page.getByRole('button', { name: 'SVG' }));
    // The browser's own parser of XML is not ours.
    const drawn = await page.evaluate((svg) => {
      const xml = new DOMParser().parseFromString(svg, 'image/svg+xml');
      const wrong = xml.querySelector('parsererror')?.textContent ?? null;
      return {
        wrong,
        edges: [...xml.querySelectorAll('path.weight')].map((e) => [e.dataset.from, e.dataset.to, Number(e.dataset.weight)]),
        nodes: [...xml.querySelectorAll('g.node')].map((e) => e.dataset.node),
      };
    }, content.toString('utf8'));
    assert.equal(drawn.wrong, null);
    assert.deepEqual(drawn.nodes.sort(), [...ids].sort());
    const key = ([from, to, weight]) => `${from} ${to} ${weight}`;
    assert.deepEqual(drawn.edges.map(key).sort(), circuit.edges.map((e) => key([e.from, e.to, Number(e.weight)])).sort());
  });

  await check('the PNG is an image of the whole picture', async () => {
    const { content } = await downloaded(page, page.getByRole('button', { name: 'PNG' }));
    assert.equal(content.subarray(1, 4).toString('latin1'), 'PNG');
    const [width, height] = [content.readUInt32BE(16), content.readUInt32BE(20)];
    assert.ok(width > 600 && height > 200, `it is ${width} by ${height}`);
  });

  assert.deepEqual(page.wrong, []);
  await page.context().close();
}
