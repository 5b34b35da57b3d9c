// Takes the pictures of docs/page from a sweep that is served: a demo that has ended, for `running` one that runs, and for `explained` one
// with autoencoders and bridges.
//   node e2e/screenshots.mjs --url http://127.0.0.1:7474/ --token TOKEN --out ../../../docs/page [--sweep demo] [--only running|explained]
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openBrowser } from './browser.mjs';

const { values } = parseArgs({
  options: Object.fromEntries(['url', 'out', 'only', 'sweep', 'token'].map((name) => [name, { type: 'string' }])),
});
if (!values.url || !values.out) throw new Error('expected --url URL --out FOLDER');
const read = async (path) =>
  (await fetch(`${values.url}api/v1/${path}`, values.token ? { headers: { Authorization: `Bearer ${values.token}` } } : {})).json();
const sweep = values.sweep ?? (await read('sweeps')).items[0].id;
const { items } = await read(`sweeps/${sweep}/circuits?limit=1000`);
const task = 'single_double_quote';
const of = (kind) => items.filter((c) => c.task === task && c.kind === kind).sort((a, b) => a.size.edges - b.size.edges);
const best = of('validated')[0] ?? { model: '' };
const most = of('validated').at(-1) ?? best;
const circuit = `#/sweeps/${sweep}/circuits/${best.model}/${task}/validated`;

/** Pictures of a sweep with autoencoders and bridges. */
async function explained() {
  const all = (await read(`sweeps/${sweep}/dictionaries?limit=1000`)).items;
  const { model, dictionaries } = all.find((one) => one.dictionaries.autoencoders.every((each) => each.scores)) ?? all[0];
  const { name } = dictionaries.autoencoders.find((one) => one.scores);
  const first = (await read(`sweeps/${sweep}/features/${model}/${name}?limit=1`)).items[0].feature;
  const at = `#/sweeps/${sweep}/autoencoders`;
  return {
    autoencoders: { hash: `${at}?at=${encodeURIComponent(`${model}/${dictionaries.location}`)}`, height: 1500 },
    bases: { hash: at, scrollTo: 'Circuits of channels and of features', height: 860, width: 1500 },
    features: { hash: `${at}/${model}/${name}` },
    feature: { hash: `${at}/${model}/${name}/${first}`, height: 760 },
    bridges: { hash: `#/sweeps/${sweep}/bridges`, height: 1300 },
  };
}

/** What each picture shows: an address, and what is done there. */
const usual = {
  sweeps: { hash: '#/', height: 230 },
  running: { hash: `#/sweeps/${sweep}` },
  sweep: { hash: `#/sweeps/${sweep}` },
  models: { hash: `#/sweeps/${sweep}/models`, height: 1150 },
  searches: { hash: `#/sweeps/${sweep}/searches`, height: 420 },
  search: { hash: `#/sweeps/${sweep}/searches/${best.model}/${task}`, height: 1150 },
  trials: { hash: `#/sweeps/${sweep}/trials` },
  trial: { hash: `#/sweeps/${sweep}/trials/${encodeURIComponent(`models/${best.model}`)}` },
  devices: { hash: '#/devices', height: 400 },
  ask: { hash: `#/sweeps/${sweep}/ask?model=${best.model}`, height: 1600, asks: 'print("top fog rice black' },
  circuits: { hash: `#/sweeps/${sweep}/circuits` },
  circuit: { hash: circuit },
  node: { hash: circuit, keys: ['ArrowDown', 'ArrowRight', 'Enter'] },
  compared: { hash: `${circuit}?with=${most.model}/${task}/validated`, width: 1700, height: 1000 },
  dark: { hash: circuit, dark: true, keys: ['ArrowDown', 'ArrowRight', 'Enter'] },
  narrow: { hash: circuit, width: 390, height: 800 },
};

const pictures = values.only === 'explained' ? await explained() : usual;
const browser = await openBrowser();
try {
  for (const [name, { hash, keys = [], asks, scrollTo, ...size }] of Object.entries(pictures)) {
    if (pictures === usual && (values.only ? name !== values.only : name === 'running')) continue;
    const page = await browser.page({ height: 800, token: values.token ?? '', ...size });
    await page.goto(values.url + hash);
    await page.locator('h1').first().waitFor();
    await page.waitForFunction(() => !document.body.innerText.includes('reading…'));
    for (const key of keys) await page.locator('.viewer canvas').press(key);
    if (asks) {
      await page.getByLabel('Prompt').fill(asks);
      await page.getByRole('button', { name: 'Ask', exact: true }).click();
      await page.locator('details summary').first().click();
      await page.locator('.squares').first().waitFor();
    }
    if (scrollTo) await page.getByRole('heading', { name: scrollTo }).evaluate((heading) => heading.scrollIntoView());
    await page.mouse.move(0, 0);
    await page.waitForTimeout(800);
    await page.screenshot({ path: join(values.out, `${name}.png`) });
    console.log(name);
    await page.context().close();
  }
} finally {
  await browser.close();
}
