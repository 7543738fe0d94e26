import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { api } from './client.ts';
import { isSessionExpired, toLogin } from './session.ts';

/** Something of the API as a screen shows it. `error` beside data: they could not be loaded anew, and may be old. */
export type Resource<T> = (
  | { state: 'loading' }
  | { state: 'ready'; data: T; error?: unknown }
  | { state: 'failed'; error: unknown }
) & {
  /** Keeps what is shown until the new is there. */
  reload: () => void;
  /** The same by the page itself, with nobody there perhaps: a session that ends when idle does not live on by it. */
  refresh: () => void;
};

const BY_ITSELF = { 'x-refresh': '1' };

type Loaded<T> = { path: string; data?: T; error?: unknown };

/** Loads a path. A session that has ended leads to the login. */
export function useResource<T>(path: string): Resource<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ path });
  const running = useRef<AbortController | null>(null);
  const load = useCallback(
    (headers = {}) => {
      running.current?.abort();
      const controller = new AbortController();
      running.current = controller;
      api.get<T>(path, { signal: controller.signal, headers }).then(
        (data) => setLoaded({ path, data }),
        (error: unknown) => {
          if (controller.signal.aborted) return;
          if (isSessionExpired(error)) return toLogin();
          setLoaded((before) => (before.path === path ? { ...before, error } : { path, error }));
        },
      );
    },
    [path],
  );
  const reload = useCallback(() => load(), [load]);
  const refresh = useCallback(() => load(BY_ITSELF), [load]);
  useEffect(() => {
    reload();
    return () => running.current?.abort();
  }, [reload]);
  return { ...stateOf(loaded, path), reload, refresh };
}

function stateOf<T>(loaded: Loaded<T>, path: string) {
  if (loaded.path !== path) return { state: 'loading' as const };
  const { data, error } = loaded;
  if (data !== undefined) return { state: 'ready' as const, data, ...(error !== undefined && { error }) };
  return error === undefined ? { state: 'loading' as const } : { state: 'failed' as const, error };
}
