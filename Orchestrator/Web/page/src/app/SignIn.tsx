import { useId } from 'preact/hooks';
import { token } from '../api/token';

/** Asks for the token where the server shows nothing without it. */
export function SignIn({ onToken }: { onToken: () => void }) {
  const id = useId();
  const send = (event: Event): void => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget as HTMLFormElement).get('token');
    if (typeof typed !== 'string' || typed === '') return;
    token.set(typed);
    onToken();
  };
  return (
    <form class="sign-in" onSubmit={send}>
      <h2>This server asks for its token</h2>
      {token.get() && (
        <p role="alert" class="problem">
          The token that was given is not the server’s.
        </p>
      )}
      <p>
        <label for={id}>Token</label>
        <input id={id} name="token" type="password" autocomplete="off" required autofocus />
        <button type="submit" class="main">
          go on
        </button>
      </p>
      <p class="dim">
        It is that of <code>http.token</code> in the options of who started the server. This tab keeps it until it is closed.
      </p>
    </form>
  );
}
