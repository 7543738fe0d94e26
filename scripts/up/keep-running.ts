/** What ends by itself is started again, as a process manager would do it in production. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Supervisor, UnexpectedEnd } from './processes.ts';

/** A program that ends more often than this within the period is broken, not unlucky. */
const MOST_RESTARTS = 5;
const PERIOD_MS = 60_000;
const PAUSE_MS = 300;

/** Resolves only when a program cannot be kept running. */
export function keepRunning(supervisor: Supervisor, print: (line: string) => void): Promise<void> {
  const restarts = new Map<string, number[]>();
  return new Promise((giveUp) => {
    const again = async ({ name, how }: UnexpectedEnd): Promise<void> => {
      const recent = (restarts.get(name) ?? []).filter((at) => at > Date.now() - PERIOD_MS);
      if (recent.length >= MOST_RESTARTS) {
        print(`${name} ended (${how}) once more; see ${supervisor.logFile(name)}.`);
        return giveUp();
      }
      print(`${name} ended (${how}); it is started again.`);
      restarts.set(name, [...recent, Date.now()]);
      await sleep(PAUSE_MS);
      if (supervisor.isClosed) return;
      await supervisor.restart(name).catch((error: Error) => again({ name, how: error.message }));
    };
    supervisor.onUnexpectedEnd = again;
  });
}
