// How long a large circuit takes to be drawn anew: 2,000 nodes and 10,000 edges.
import assert from 'node:assert/strict';

/** A circuit of that size in the place of the one that the page asks for. */
export function large(circuit, nodes = 2000, edges = 10_000) {
  const sites = ['attn.act_in', 'attn.v', 'attn.resid_delta', 'mlp.act_in', 'mlp.post_act', 'mlp.resid_delta'];
  const locations = [0, 1, 2, 3].flatMap((layer) => sites.map((site) => `${layer}.${site}`));
  const each = Math.ceil(nodes / locations.length);
  const groups = locations.map((location, i) => ({
    location, channels: Array.from({ length: Math.max(0, Math.min(each, nodes - i * each)) }, (_, c) => c),
  }));
  let seed = 1;
  const next = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const known = new Map();
  while (known.size < edges) {
    const from = Math.floor(next() * (groups.length - 1));
    if (locations[from].endsWith('resid_delta')) continue;
    const pick = (g) => `${g.location}:${Math.floor(next() * g.channels.length)}`;
    const edge = { from: pick(groups[from]), to: pick(groups[from + 1]), weight: next() * 2 - 1 };
    known.set(`${edge.from} ${edge.to}`, edge);
  }
  return { ...circuit, nodes: groups, edges: [...known.values()], nodeCount: nodes, edgeCount: edges, checks: null };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

export async function bench({ browser, url, token, at, circuit }) {
  const page = await browser.page({ width: 1600, height: 1000 });
  await page.addInitScript((value) => sessionStorage.setItem('sweeps-token', value), token);
  const body = JSON.stringify(large(circuit));
  await page.route('**/circuits/*/*/validated', (route) => route.fulfill({ contentType: 'application/json', body }));
  await page.goto(`${url}#/sweeps/watched/circuits/${at.model}/${at.task}/validated?keep=1`);
  await page.locator('.viewer canvas').focus();
  const times = await page.evaluate(async () => {
    const canvas = document.querySelector('.viewer canvas');
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => resolve()));
    const measure = async (act, n = 40) => {
      const all = [];
      for (let i = 0; i < n; i++) {
        await frame();
        const begun = performance.now();
        act(i);
        // What a state changes is drawn in the next frame; reading a pixel waits until it is there.
        await frame();
        await new Promise((resolve) => setTimeout(resolve));
        canvas.getContext('2d').getImageData(0, 0, 1, 1);
        all.push(performance.now() - begun);
      }
      return all;
    };
    const key = (name) => canvas.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }));
    const empty = await measure(() => canvas.getContext('2d').fillRect(0, 0, 1, 1));
    return { empty, zoom: await measure((i) => key(i % 2 ? '-' : '+')), follow: await measure((i) => key(i % 20 === 19 ? 'ArrowRight' : 'ArrowDown')) };
  });
  for (const [name, all] of Object.entries(times)) console.log(`   2,000 nodes, 10,000 edges: ${name} ${median(all).toFixed(1)} ms (median of ${all.length})`);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
}
