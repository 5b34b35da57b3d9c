import { useEffect, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { ApiError, command } from '../api/client';
import { token } from '../api/token';
import { takeToken, TokenField, wrongToken } from './TokenField';

interface Props {
  label: string;
  path: string;
  body?: unknown;
  /** What will happen, in a sentence or two. */
  question: ComponentChildren;
  /** Whether it cannot be undone. */
  isFinal?: boolean;
  /** Fields of the command, inside the form. */
  children?: ComponentChildren;
}

type Answer = { kind: 'asking' } | { kind: 'sending' } | { kind: 'done'; text: string } | { kind: 'refused'; text: string };

/** A button that says what it will do and does it when that is confirmed; a refusal is shown with its reason. */
export function Command({ label, path, body = {}, question, isFinal = false, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
  }, [isOpen]);
  return (
    <>
      <button type="button" class={isFinal ? 'final' : ''} onClick={() => setIsOpen(true)}>
        {label}
      </button>
      {isOpen && (
        <dialog ref={dialog} onClose={() => setIsOpen(false)} aria-label={label}>
          <Form label={label} path={path} body={body} question={question} isFinal={isFinal} onClose={() => dialog.current?.close()}>
            {children}
          </Form>
        </dialog>
      )}
    </>
  );
}

function Form({ label, path, body, question, isFinal, children, onClose }: Props & { onClose: () => void }) {
  const [answer, setAnswer] = useState<Answer>({ kind: 'asking' });
  const [asksToken, setAsksToken] = useState(token.get() === '');
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    takeToken(event.currentTarget as HTMLFormElement);
    setAnswer({ kind: 'sending' });
    try {
      const reply = await command(path, body);
      setAnswer({ kind: 'done', text: reply === 'accepted' ? 'Done.' : 'There was nothing to do: it is so already.' });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.needsToken) setAsksToken(true);
      setAnswer({ kind: 'refused', text: error.needsToken ? wrongToken : error.message });
    }
  };
  if (answer.kind === 'done') {
    return (
      <>
        <h2>{label}</h2>
        <p role="status">{answer.text}</p>
        <div class="buttons">
          <button type="button" autofocus onClick={onClose}>
            close
          </button>
        </div>
      </>
    );
  }
  return (
    <form onSubmit={(event) => void send(event)}>
      <h2>{label}</h2>
      <p>{question}</p>
      {isFinal && (
        <p>
          <strong>This cannot be undone.</strong>
        </p>
      )}
      {children}
      {asksToken && <TokenField />}
      {answer.kind === 'refused' && (
        <p role="alert" class="problem">
          {answer.text}
        </p>
      )}
      <div class="buttons">
        <button type="button" onClick={onClose}>
          back
        </button>
        <button type="submit" class={isFinal ? 'final' : 'main'} disabled={answer.kind === 'sending'}>
          {label}
        </button>
      </div>
    </form>
  );
}
