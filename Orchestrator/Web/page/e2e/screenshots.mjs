// Takes the pictures of docs/page from a sweep that is served: a demo that has ended, and for `running` one that runs.
//   node e2e/screenshots.mjs --url http://127.0.0.1:7474/ --out ../../../docs/page [--only running]
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openBrowser } from './browser.mjs';

const { values } = parseArgs({ options: { url: { type: 'string' }, out: { type: 'string' }, only: { type: 'string' } } });
if (!values.url || !values.out) throw new Error('expected --url URL --out FOLDER');
const read = async (path) => (await fetch(`${values.url}api/v1/${path}`)).json();
const { items: sweeps } = await read('sweeps');
const { items } = await read(`sweeps/${sweeps[0].id}/circuits?limit=1000`);
const [sweep, task] = [sweeps[0].id, 'single_double_quote'];
const of = (kind) => items.filter((c) => c.task === task && c.kind === kind).sort((a, b) => a.size.edges - b.size.edges);
const best = of('validated')[0] ?? { model: '' };
const most = of('validated').at(-1) ?? best;
const circuit = `#/sweeps/${sweep}/circuits/${best.model}/${task}/validated`;

/** What each picture shows: an address, and what is done there. */
const pictures = {
  running: { hash: `#/sweeps/${sweep}` },
  sweep: { hash: `#/sweeps/${sweep}` },
  models: { hash: `#/sweeps/${sweep}/models`, height: 1150 },
  searches: { hash: `#/sweeps/${sweep}/searches` },
  search: { hash: `#/sweeps/${sweep}/searches/${best.model}/${task}`, height: 1150 },
  trials: { hash: `#/sweeps/${sweep}/trials` },
  trial: { hash: `#/sweeps/${sweep}/trials/${encodeURIComponent(`models/${best.model}`)}` },
  devices: { hash: '#/devices' },
  circuits: { hash: `#/sweeps/${sweep}/circuits` },
  circuit: { hash: circuit },
  node: { hash: circuit, keys: ['ArrowDown', 'ArrowRight', 'Enter'] },
  compared: { hash: `${circuit}?with=${most.model}/${task}/validated`, width: 1700, height: 1000 },
  dark: { hash: circuit, dark: true, keys: ['ArrowDown', 'ArrowRight', 'Enter'] },
  narrow: { hash: circuit, width: 390, height: 800 },
};

const browser = await openBrowser();
try {
  for (const [name, { hash, keys = [], ...size }] of Object.entries(pictures)) {
    if (values.only ? name !== values.only : name === 'running') continue;
    const page = await browser.page({ height: 800, ...size });
    await page.goto(values.url + hash);
    await page.locator('h1').first().waitFor();
    await page.waitForFunction(() => !document.body.innerText.includes('reading…'));
    for (const key of keys) await page.locator('.viewer canvas').press(key);
    await page.mouse.move(0, 0);
    await page.waitForTimeout(800);
    await page.screenshot({ path: join(values.out, `${name}.png`) });
    console.log(name);
    await page.context().close();
  }
} finally {
  await browser.close();
}
