import { useEffect, useState } from 'preact/hooks';
import { Header } from './Header';
import { LiveContext, useListening } from './live';
import { SignIn } from './SignIn';
import { useRoute } from './useRoute';
import { viewOf } from './viewOf';

/** The page: a view for each address. */
export function App() {
  const route = useRoute();
  const [attempt, setAttempt] = useState(0);
  const live = useListening(attempt);
  const { title, view } = viewOf(route);
  useEffect(() => {
    document.title = `${title} · Sweeps`;
  }, [title]);
  return (
    <LiveContext.Provider value={live}>
      <a
        class="skip"
        href="#main"
        onClick={(e) => {
          e.preventDefault();
          document.getElementById('main')?.focus();
        }}>
        to the content
      </a>
      <Header key={attempt} route={route} />
      <main id="main" tabIndex={-1}>
        {live.connection === 'refused' ? <SignIn key={attempt} onToken={() => setAttempt(attempt + 1)} /> : view}
      </main>
    </LiveContext.Provider>
  );
}
