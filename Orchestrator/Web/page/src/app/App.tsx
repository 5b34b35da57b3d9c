import { useEffect, useState } from 'preact/hooks';
import { token } from '../api/token';
import { Header } from './Header';
import { LiveContext, useListening } from './live';
import { SignIn } from './SignIn';
import { useRoute } from './useRoute';
import { viewOf } from './viewOf';

/** The page: a view for each address. */
export function App() {
  const route = useRoute();
  const [known, setKnown] = useState(token.get());
  const live = useListening(known);
  const { title, view } = viewOf(route);
  useEffect(() => { document.title = `${title} · Sweeps`; }, [title]);
  return (
    <LiveContext.Provider value={live}>
      <a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById('main')?.focus(); }}>to the content</a>
      <Header route={route} />
      <main id="main" tabIndex={-1}>{live.connection === 'refused' ? <SignIn onToken={setKnown} /> : view}</main>
    </LiveContext.Provider>
  );
}
