/** How a person, a supervisor or npm asks this process to stop. */

/** How often the parent is looked after, ms. */
const PARENT_CHECK_MS = 250;
/** One Ctrl-C arrives twice, from the terminal and from npm: only a later one is a second wish, ms. */
const SAME_REQUEST_MS = 1_000;

export interface StopRequest {
  readonly promise: Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Ctrl-C, SIGTERM, a closed terminal, or the death of the npm that started us (a `kill -9` of `npm start` reaches
 * npm alone). Asked a second time, the process ends at once; what it leaves is ended by the next start.
 */
export function stopRequested(): StopRequest {
  const controller = new AbortController();
  let askedAt: number | undefined;
  const promise = new Promise<void>((resolve) => {
    const ask = () => {
      askedAt ??= performance.now();
      controller.abort();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (askedAt !== undefined && performance.now() - askedAt > SAME_REQUEST_MS) process.exit(130);
        ask();
      });
    }
    if (process.env.npm_lifecycle_event) watchParent(ask);
  });
  return { promise, signal: controller.signal };
}

function watchParent(onDeath: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onDeath();
  }, PARENT_CHECK_MS);
  timer.unref();
}
