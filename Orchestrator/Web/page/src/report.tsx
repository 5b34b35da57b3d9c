import { render } from 'preact';
import { useState } from 'preact/hooks';
import type { CircuitFile } from './circuit/file';
import { firstState, type ViewerState } from './circuit/state';
import { Viewer } from './circuit/Viewer';
import './theme.css';
import './circuit/viewer.css';
import './report.css';

// report.html has each circuit as JSON, and before it the drawing whose place the viewer takes.
for (const data of document.querySelectorAll<HTMLScriptElement>('script[type="application/json"][data-circuit]')) {
  const name = data.dataset.circuit!;
  const drawing = document.getElementById(name)?.querySelector('svg');
  if (!drawing) throw new Error(`report.html has no drawing of ${name}`);
  const text = data.textContent;
  const circuit = JSON.parse(text) as CircuitFile;
  const place = document.createElement('div');
  drawing.replaceWith(place);
  render(<Static circuit={circuit} text={text} name={name} />, place);
}

function Static({ circuit, text, name }: { circuit: CircuitFile; text: string; name: string }) {
  const [state, setState] = useState<ViewerState>(firstState(circuit.edgeCount));
  return <Viewer circuit={circuit} text={text} name={name} state={state} onState={setState} />;
}
