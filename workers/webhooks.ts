/** Keeps brokers told while the worker runs: gives events their places in the feed, and sends what is due. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Dispatcher } from '../activities/webhooks.ts';
import { giveUpExpired } from '../db/webhooks/deliveries.ts';
import { letGoAll } from '../db/webhooks/order.ts';
import { sequenceEvents } from '../db/webhooks/sequence.ts';

export interface Telling {
  pool: Pool;
  dispatcher: Dispatcher;
  log: Logger;
  /** How often new events and due messages are looked for, ms. */
  everyMs: number;
  /** After a database was away, ms. */
  againMs?: number;
}

const AGAIN_MS = 3_000;
/** Between two claims, ms: one for each message would cost the database more than all the rest. */
const GATHER_MS = 25;
/** Messages under way are waited for so long at a stop, ms. */
const STOP_WITHIN_MS = 5_000;
/** Between two batches of what is given up, ms: others have the database in between. */
const GIVE_UP_PAUSE_MS = 500;
/** How often what was not taken in its time is given up, and what stands behind nothing is let go, ms. */
const EXPIRE_MS = 60_000;

/** Begins at once; `stop` resolves when what is under way is over. */
export function tellBrokers(telling: Telling): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = [sequence, deliver, expire].map((work) => repeat(telling, work, signal));
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
      // What hangs, or cannot be marked now, is claimed anew when its lease is over.
      const over = telling.dispatcher.idle().catch(() => {});
      await Promise.race([over, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}

type Work = (telling: Telling, signal: AbortSignal) => Promise<void>;

async function repeat(telling: Telling, work: Work, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await work(telling, signal);
    } catch (error) {
      const { name, code } = error as { name?: string; code?: string };
      telling.log.warn({ error: name, code }, 'brokers could not be told; it is tried again');
      await rest(telling.againMs ?? AGAIN_MS, signal);
    }
  }
}

async function sequence({ pool, everyMs }: Telling, signal: AbortSignal): Promise<void> {
  if ((await sequenceEvents(pool)) === 0) await rest(everyMs, signal);
}

/** Room that was given back is used soon, and what is due anew is looked for now and then. */
async function deliver({ dispatcher, everyMs }: Telling, signal: AbortSignal): Promise<void> {
  await dispatcher.turn();
  const woken = new AbortController();
  await Promise.race([dispatcher.oneDone(), rest(everyMs, AbortSignal.any([signal, woken.signal]))]);
  woken.abort();
  await rest(GATHER_MS, signal);
}

async function expire({ pool }: Telling, signal: AbortSignal): Promise<void> {
  if (await giveUpExpired(pool)) return rest(GIVE_UP_PAUSE_MS, signal);
  await letGoAll(pool);
  await rest(EXPIRE_MS, signal);
}

const rest = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal, ref: false }).catch(() => {});
