/** How a person, a supervisor or npm asks this process to stop. */

/** How often the parent is looked after, ms. */
const PARENT_CHECK_MS = 250;

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
  const promise = new Promise<void>((resolve) => {
    const ask = () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask);
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
