/** Consentry as real processes, for tests through its HTTP interfaces and for tests that kill parts of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { inject } from 'vitest';
import { type Stack, type StackOptions, startStack } from '../../scripts/up/stack.ts';
import { cloneDatabase } from './postgres.ts';
import { createNamespace } from './temporal.ts';

export interface TestStack extends Stack {
  /** Everything that it keeps, its logs included. */
  readonly dataDir: string;
  /** Of this stack's namespace. */
  readonly temporal: Client;
}

export type TestStackOptions = Pick<StackOptions, 'workers' | 'env'>;

/**
 * API, worker and sandbox of its own on the run's Postgres (databases of its own) and Temporal (a namespace of its
 * own). A test that kills or stops Postgres or Temporal starts its own instead: `startStack` of scripts/up.
 */
export async function startTestStack(options: TestStackOptions = {}): Promise<TestStack> {
  const dataDir = mkdtempSync(join(tmpdir(), 'consentry-stack-'));
  const database = await cloneDatabase();
  const { address, namespace, client, close } = await createNamespace();
  const clean = async () => {
    await close();
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const stack = await startStack({
      dataDir,
      ...(options.workers !== undefined && { workers: options.workers }),
      env: {
        WORKFLOW_BUNDLE: inject('workflowBundle').codePath,
        ...options.env,
        DATABASE_URL: database.databaseUrl,
        KEYS_DATABASE_URL: database.keysUrl,
        TEMPORAL_ADDRESS: address,
        TEMPORAL_NAMESPACE: namespace,
      },
    });
    const stop = async () => {
      await stack.stop();
      await clean();
    };
    return { ...stack, dataDir, temporal: client, stop };
  } catch (error) {
    await clean();
    throw error;
  }
}
