// Measures the page on this machine.
//   node e2e/bench.mjs --sweeps PROGRAM --bench Sweeps.Benchmarks.dll [--only draw|watch|large]
import { parseArgs } from 'node:util';
import { benchDrawing } from './bench-draw.mjs';
import { benchLarge } from './bench-large.mjs';
import { benchWatching } from './bench-watch.mjs';

const { values } = parseArgs({ options: { sweeps: { type: 'string' }, bench: { type: 'string' }, only: { type: 'string' } } });
const parts = {
  draw: () => benchDrawing(),
  watch: () => benchWatching(values.sweeps.split(' ')),
  large: () => benchLarge(values.sweeps.split(' '), values.bench),
};
if (!values.sweeps || !values.bench || (values.only && !(values.only in parts)))
  throw new Error(`expected --sweeps PROGRAM --bench DLL [--only ${Object.keys(parts).join('|')}]`);
for (const [name, part] of Object.entries(parts)) if (!values.only || values.only === name) await part();
