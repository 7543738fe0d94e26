import { useEffect } from 'preact/hooks';

/** Server-sent events bring the news; this is for whoever gets none of them, ms. */
const EVERY_MS = 5_000;

/** Looks again and again while something is awaited and the page is seen. */
export function usePoll(awaited: boolean, reload: () => void, everyMs = EVERY_MS): void {
  useEffect(() => {
    if (!awaited) return;
    const look = () => {
      if (document.visibilityState === 'visible') reload();
    };
    const timer = setInterval(look, everyMs);
    return () => clearInterval(timer);
  }, [awaited, reload, everyMs]);
}
