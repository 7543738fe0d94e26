/** News of this person: whenever something changed, whoever shows it loads it anew. Push is never needed for that. */
import { useEffect, useRef } from 'preact/hooks';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

const listeners = new Set<() => void>();
let source: EventSource | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let pauseMs = FIRST_PAUSE_MS;

const tell = () => {
  for (const listener of listeners) listener();
};

/** The browser connects again by itself after a break, but not after a refusal: that is done here, ever more seldom. */
function connect(): void {
  source = new EventSource('/app/events');
  source.addEventListener('open', () => {
    pauseMs = FIRST_PAUSE_MS;
  });
  source.addEventListener('changed', tell);
  source.addEventListener('error', () => {
    if (source?.readyState !== EventSource.CLOSED) return;
    timer = setTimeout(connect, pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  });
}

function disconnect(): void {
  source?.close();
  source = null;
  clearTimeout(timer);
}

/** What may have passed unseen: the phone slept, or had no network. */
const onSeen = () => {
  if (document.visibilityState === 'visible') tell();
};

function listen(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    connect();
    document.addEventListener('visibilitychange', onSeen);
    addEventListener('online', tell);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    disconnect();
    document.removeEventListener('visibilitychange', onSeen);
    removeEventListener('online', tell);
  };
}

/** Calls `reload` whenever something of this person changed, or may have. */
export function useLive(reload: () => void): void {
  const latest = useRef(reload);
  latest.current = reload;
  useEffect(() => listen(() => latest.current()), []);
}
