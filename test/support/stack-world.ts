/** The database and Temporal of a stack of real processes, as fixtures and assertions need them. */
import { rmSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import type { Database } from '../../db/database.ts';
import { createKeyStore } from '../../db/keys.ts';
import { createPool } from '../../db/pool.ts';
import { createBlindIndex } from '../../db/seal.ts';
import { createProcesses, type Processes } from '../../gateways/temporal.ts';
import { postgresDirectory } from '../../scripts/up/data-directory.ts';
import type { Stack } from '../../scripts/up/stack.ts';

export interface StackWorld {
  stack: Stack;
  db: Database;
  brokerId: string;
  processes: Processes;
  client: Client;
  close(): Promise<void>;
}

export async function openStackWorld(stack: Stack): Promise<StackWorld> {
  const { env, databases, endpoints } = stack;
  const pool = createPool(databases.DATABASE_URL, { max: 10 });
  const keysPool = createPool(databases.KEYS_DATABASE_URL, { max: 5 });
  const connection = Connection.lazy({ address: endpoints.temporalAddress });
  const client = new Client({ connection });
  const { rows } = await pool.query<{ broker_id: string }>(
    'SELECT broker_id FROM brokers ORDER BY box_number LIMIT 1',
  );
  return {
    stack,
    db: {
      pool,
      keys: createKeyStore(keysPool, Buffer.from(env.MASTER_KEY ?? '', 'base64')),
      index: createBlindIndex(Buffer.from(env.INDEX_KEY ?? '', 'base64')),
    },
    brokerId: rows[0]?.broker_id ?? '',
    processes: createProcesses(client),
    client,
    close: async () => {
      await Promise.all([pool.end(), keysPool.end(), connection.close()]);
    },
  };
}

/** Takes away what a stopped stack kept, the databases included. */
export function removeData(dataDir: string): void {
  rmSync(postgresDirectory(dataDir), { recursive: true, force: true });
  rmSync(dataDir, { recursive: true, force: true });
}
