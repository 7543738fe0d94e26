import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { hashSecret, seal } from '../db/seal.ts';
import { ROOT } from '../scripts/up/paths.ts';
import { type Stack, startStack } from '../scripts/up/stack.ts';
import { bindPerson } from '../test/support/poa-fixtures.ts';
import { openStackWorld, removeData, type StackWorld } from '../test/support/stack-world.ts';

/** Which way through Temporal is measured. */
export type Variant = 'consentry' | 'textbook';

export interface WorldOptions {
  variant: Variant;
  synchronous: 'full' | 'normal';
}

/** A whole system of its own: durable databases, Temporal on a file, every program a process. */
export interface BenchWorld extends StackWorld {
  stop(): Promise<void>;
}

const WORKER = { consentry: 'workers/main.ts', textbook: 'bench/textbook/worker.ts' } as const;

export async function createWorld({ variant, synchronous }: WorldOptions): Promise<BenchWorld> {
  const dataDir = mkdtempSync(join(tmpdir(), 'consentry-bench-'));
  const stack = await startStack({
    dataDir,
    temporalSynchronous: synchronous,
    workers: 0,
    env: { MAX_CACHED_WORKFLOWS: '5000', MESSAGES_PER_HOUR: '0', LOG_LEVEL: 'warn' },
  });
  await startWorker(stack, variant);
  const opened = await openStackWorld(stack);
  const world: BenchWorld = {
    ...opened,
    stop: async () => {
      await opened.close();
      // Not one of the stack's own.
      await stack.supervisor.stop('worker');
      await stack.stop();
      removeData(dataDir);
    },
  };
  await subscribe(world, await bindPerson(world));
  return world;
}

/** The product's worker as `npm start` runs it, or the textbook's in its place. */
export function startWorker(stack: Stack, variant: Variant): Promise<void> {
  return stack.supervisor.start({
    name: 'worker',
    command: process.execPath,
    args: ['--import', 'tsx', WORKER[variant]],
    cwd: ROOT,
    env: stack.env,
    ready: /worker ready/,
  });
}

/** The person has a device: the ask is a push, as it is for most. */
async function subscribe({ db, stack }: BenchWorld, subjectId: string): Promise<void> {
  const response = await fetch(`${stack.endpoints.push}/_control/subscriptions`, { method: 'POST' });
  const { endpoint, keys } = (await response.json()) as { endpoint: string; keys: object };
  const subscriptionId = uuidv7();
  const key = await db.keys.get(subjectId);
  if (!key) throw new Error('no key');
  await db.pool.query(
    'INSERT INTO push_subscriptions (subscription_id, subject_id, endpoint_hash, sealed) VALUES ($1, $2, $3, $4)',
    [
      subscriptionId,
      subjectId,
      hashSecret(endpoint),
      seal(key, `push_subscriptions/${subscriptionId}/sealed`, { endpoint, keys }),
    ],
  );
}
