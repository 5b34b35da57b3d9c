// How long a circuit of 2,000 nodes and 10,000 edges takes to be drawn anew.
import { build } from 'vite';
import { openBrowser } from './browser.mjs';
import { printTimes } from './times.mjs';

const [nodes, edges] = [2000, 10_000];

export async function benchDrawing() {
  const { output } = (
    await build({
      configFile: false,
      logLevel: 'error',
      build: {
        write: false,
        target: 'es2022',
        lib: { entry: new URL('drawing.ts', import.meta.url).pathname, formats: ['iife'], name: 'drawing' },
      },
    })
  )[0];
  const browser = await openBrowser();
  try {
    const page = await browser.page({ width: 1280 });
    await page.goto('data:text/html,<body>');
    const times = await page.evaluate(`${output[0].code};drawing.measure(${nodes}, ${edges})`);
    for (const [what, all] of Object.entries(times)) printTimes(`${what}, ${nodes} nodes, ${edges} edges`, all);
  } finally {
    await browser.close();
  }
}
