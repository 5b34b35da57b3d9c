import { render } from 'preact';
import { App } from './app/App';
import './theme.css';
import './style.css';
import './circuit/viewer.css';

render(<App />, document.getElementById('app')!);
