import type { Logger } from 'pino';

/** Some at once; one that fails is told of in the log, and the others go on. */
export async function eachOf<T>(
  items: readonly T[],
  atOnce: number,
  log: Logger,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      await work(item).catch((error: Error) => log.warn({ error: error.name }, 'left to the next try'));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
