import { useId } from 'preact/hooks';
import { token } from '../api/token';

/** What is said where the server does not know a token. */
export const wrongToken = 'This token is not the server’s.';

/** Asks for the token inside a form. */
export function TokenField() {
  const id = useId();
  return (
    <p class="token">
      <label for={id}>Token of the server</label>
      <input id={id} name="token" type="password" autocomplete="off" required />
      <span class="dim">
        It is in the file <code>http.token</code> of the sweep’s folder, unless somebody has chosen one.
      </span>
    </p>
  );
}

/** Keeps the token that was typed into a form, where one was. */
export function takeToken(form: HTMLFormElement): void {
  const typed = new FormData(form).get('token');
  if (typeof typed === 'string' && typed !== '') token.set(typed);
}
