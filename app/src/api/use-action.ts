import { useRef, useState } from 'preact/hooks';
import { isSessionExpired, toLogin } from './session.ts';

export interface Action {
  /** Does it, unless it is being done: a double tap is one. */
  run: () => void;
  busy: boolean;
  /** Why the last try failed. */
  error: unknown;
  clear: () => void;
}

/** Something that a button does. A session that has ended leads to the login. */
export function useAction(act: () => Promise<void>): Action {
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: undefined });
  const busy = useRef(false);
  const run = () => {
    if (busy.current) return;
    busy.current = true;
    setState({ busy: true, error: undefined });
    act().then(
      () => finish(undefined),
      (error: unknown) => (isSessionExpired(error) ? toLogin() : finish(error)),
    );
  };
  const finish = (error: unknown) => {
    busy.current = false;
    setState({ busy: false, error });
  };
  return { run, ...state, clear: () => setState({ busy: false, error: undefined }) };
}
