import { edgesCsv, nodesCsv } from './csv';
import type { CircuitFile } from './file';
import { pngOf } from './png';
import { fileName, save, saveText } from './save';
import type { Scene } from './scene';
import { toSvg } from './svg';
import type { Theme } from './theme';

interface Props {
  circuit: CircuitFile;
  text: string;
  name: string;
  scene: Scene;
  theme: () => Theme;
}

/** Saves the picture as it is seen, whole, and the circuit with all its nodes and weights. */
export function Exports({ circuit, text, name, scene, theme }: Props) {
  const as = (ending: string): string => `${fileName(name)}.${ending}`;
  return (
    <span class="exports" role="group" aria-label="save">
      <button type="button" onClick={() => saveText(toSvg(scene, theme(), name), 'image/svg+xml', as('svg'))}>
        SVG
      </button>
      <button type="button" onClick={() => void pngOf(scene, theme()).then((png) => save(png, as('png')))}>
        PNG
      </button>
      <button type="button" onClick={() => saveText(text, 'application/json', as('json'))}>
        JSON
      </button>
      <button type="button" onClick={() => saveText(edgesCsv(circuit), 'text/csv', fileName(name, 'edges.csv'))}>
        CSV of edges
      </button>
      <button type="button" onClick={() => saveText(nodesCsv(circuit), 'text/csv', fileName(name, 'nodes.csv'))}>
        CSV of nodes
      </button>
    </span>
  );
}
