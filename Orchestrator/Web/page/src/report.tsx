import { render } from 'preact';
import { useState } from 'preact/hooks';
import type { CircuitFile } from './circuit/file';
import { firstState, type ViewerState } from './circuit/state';
import { Viewer } from './circuit/Viewer';
import './theme.css';
import './circuit/viewer.css';

// report.html has each circuit as a script of JSON, and an element for its viewer behind it.
for (const data of document.querySelectorAll<HTMLScriptElement>('script[type="application/json"][data-circuit]')) {
  const place = document.getElementById(data.dataset.circuit!);
  if (!place) continue;
  const text = data.textContent;
  const circuit = JSON.parse(text) as CircuitFile;
  place.replaceChildren();
  render(<Static circuit={circuit} text={text} name={place.id} />, place);
}

function Static({ circuit, text, name }: { circuit: CircuitFile; text: string; name: string }) {
  const [state, setState] = useState<ViewerState>(firstState(circuit.edgeCount));
  return <Viewer circuit={circuit} text={text} name={name} state={state} onState={setState} />;
}
