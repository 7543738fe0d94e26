import { setTimeout as sleep } from 'node:timers/promises';
import { poaWorkflowId } from '../domain/ids.ts';
import { SIGNAL } from '../domain/messages.ts';
import { declare, keepConsent } from '../test/support/poa-fixtures.ts';
import type { BenchWorld, Variant } from './world.ts';

/** How often the database is asked who got where, ms. */
const POLL_MS = 10;

/** Resolves when the declaration stands in one of the statuses; one query answers for all that wait. */
export function createWatcher({ db }: BenchWorld) {
  const waiting = new Map<string, { statuses: string[]; resolve: () => void }>();
  let running = true;
  const loop = (async () => {
    while (running) {
      if (waiting.size > 0) {
        const { rows } = await db.pool.query<{ id: string; status: string }>(
          'SELECT declaration_id AS id, status FROM declarations WHERE declaration_id = ANY($1::uuid[])',
          [[...waiting.keys()]],
        );
        for (const { id, status } of rows) {
          const waiter = waiting.get(id);
          if (!waiter?.statuses.includes(status)) continue;
          waiting.delete(id);
          waiter.resolve();
        }
      }
      await sleep(POLL_MS);
    }
  })();
  return {
    reach: (id: string, ...statuses: string[]) =>
      new Promise<void>((resolve) => waiting.set(id, { statuses, resolve })),
    stop: async () => {
      running = false;
      await loop;
    },
  };
}

export type Watcher = ReturnType<typeof createWatcher>;

/** A customs-started POA, shown to its person. */
export async function startPoa(world: BenchWorld, watcher: Watcher): Promise<string> {
  const { declarationId } = await declare(world, 'customs-started');
  await watcher.reach(declarationId, 'awaiting_importer');
  return declarationId;
}

/** The person's answer, until Customs has acknowledged it; ms from before it was kept. */
export async function confirm(
  world: BenchWorld,
  watcher: Watcher,
  variant: Variant,
  id: string,
): Promise<number> {
  const began = performance.now();
  const consentId = await keepConsent(world, id, 'confirmed');
  if (!consentId) throw new Error(`the consent for ${id} was not kept`);
  if (variant === 'consentry') {
    const answer = await world.processes.decide(id, { consentId });
    if (answer.kind === 'judged' && answer.result.status === 'confirmed') return performance.now() - began;
  } else {
    await world.client.workflow.getHandle(poaWorkflowId(id)).signal(SIGNAL.decide, { consentId });
  }
  await watcher.reach(id, 'confirmed');
  return performance.now() - began;
}

/** Runs `count` jobs, `atOnce` of them at a time. */
export async function inParallel(
  count: number,
  atOnce: number,
  job: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await job(next++);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane));
}

/** Starts `count` jobs at a steady rate (per second), whether or not the earlier ones have ended. */
export async function atRate(
  count: number,
  perSecond: number,
  job: (index: number) => Promise<void>,
): Promise<void> {
  const began = performance.now();
  const jobs: Promise<void>[] = [];
  for (let index = 0; index < count; index++) {
    const wait = began + (index * 1000) / perSecond - performance.now();
    if (wait > 0) await sleep(wait);
    jobs.push(job(index));
  }
  await Promise.all(jobs);
}

/** Value below which the share `p` of the samples lies. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5);
