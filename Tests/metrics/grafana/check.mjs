// Says what Grafana's own types, and Prometheus's own grammar, find wrong with the dashboards of ops/grafana; fails when that is anything.
import { readFileSync, readdirSync, writeFileSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import * as schema from '@grafana/schema';
import { parser } from '@prometheus-io/lezer-promql';

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.argv[2] ?? join(here, '../../../ops/grafana/dashboards');
const generated = join(here, 'obj');
const panelTypes = { timeseries: 'TimeSeries', stat: 'Stat', table: 'Table' };
const problems = [];

/** Each dashboard as a literal of its type, and each panel's options and fields as those of the panel's type. */
function literals(board) {
  const lines = ["import type { Dashboard } from '@grafana/schema';"];
  for (const [kind, name] of Object.entries(panelTypes))
    lines.push(`import type * as ${name} from '@grafana/schema/dist/esm/raw/composable/${kind}/panelcfg/x/${name}PanelCfg_types.gen';`);
  lines.push(`export const board: Dashboard = ${JSON.stringify(board, null, 1)};`);
  for (const panel of board.panels.filter(panel => panel.type !== 'row')) {
    const name = panelTypes[panel.type];
    if (!name) problems.push(`${board.uid}: ${panel.title}: no types are known of ${panel.type}`);
    else {
      lines.push(`export const options${panel.id}: Partial<${name}.Options> = ${JSON.stringify(panel.options)};`);
      const custom = panel.fieldConfig.defaults.custom;
      if (custom) lines.push(`export const custom${panel.id}: Partial<${name}.FieldConfig> = ${JSON.stringify(custom)};`);
    }
  }
  return lines.join('\n') + '\n';
}

/** What the compiler says of files. */
function compile(files) {
  const options = {
    strict: true, noEmit: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
  };
  return ts.getPreEmitDiagnostics(ts.createProgram(files, options)).map(found => {
    const at = found.file ? found.file.getLineAndCharacterOfPosition(found.start ?? 0).line + 1 : 0;
    return `${found.file?.fileName ?? ''}:${at} ${ts.flattenDiagnosticMessageText(found.messageText, ' ')}`;
  });
}

/** Whether the compiler misses the name of an enumeration's member where there is its text, as there must be in JSON. */
function isText(found) {
  const [, text, name] = /Type '"([^"]*)"' is not assignable to type '(\w+)( \| undefined)?'/.exec(found) ?? [];
  return name !== undefined && Object.values(schema[name] ?? {}).includes(text);
}

rmSync(generated, { recursive: true, force: true });
mkdirSync(generated, { recursive: true });
const boards = readdirSync(folder).filter(name => name.endsWith('.json')).sort()
  .map(name => [name, JSON.parse(readFileSync(join(folder, name), 'utf8'))]);
const files = boards.map(([name, board]) => {
  const file = join(generated, `${name.replace('.json', '')}.ts`);
  writeFileSync(file, literals(board));
  return file;
});
// What is wrong must be found: a number for a title, and a member that does not exist.
const wrong = join(generated, 'wrong.ts');
writeFileSync(wrong, "import type { Dashboard } from '@grafana/schema';\nexport const a: Dashboard = { schemaVersion: 41, title: 7 };\n"
  + 'export const b: Dashboard = { schemaVersion: 41, titel: "" };\n');
if (compile([wrong]).length !== 2) problems.push('the types find nothing wrong where there is something');
for (const found of compile(files)) if (!isText(found)) problems.push(found);

for (const [name, board] of boards) {
  if (`${board.uid}.json` !== name) problems.push(`${name}: its uid is ${board.uid}`);
  const ids = board.panels.map(panel => panel.id);
  if (new Set(ids).size !== ids.length) problems.push(`${name}: two panels have one id`);
  for (const panel of board.panels) {
    if (panel.gridPos.x + panel.gridPos.w > 24) problems.push(`${name}: ${panel.title} is outside of the grid`);
    for (const { expr } of panel.targets ?? []) {
      const plain = expr.replaceAll(/\[\$\w+\]/g, '[1m]');
      parser.parse(plain).iterate({
        enter: node => {
          if (node.type.isError) problems.push(`${name}: ${panel.title}: no PromQL at ${node.from}: ${plain}`);
        },
      });
    }
  }
}
for (const problem of problems) console.log(problem);
if (problems.length === 0) console.log(`${boards.length} dashboards are as Grafana's types want them`);
process.exit(problems.length === 0 ? 0 : 1);
