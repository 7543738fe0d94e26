/** Databases with a transparency log, and outcomes that settle into it; no workflow is needed for them. */
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../db/database.ts';
import { createKeyStore } from '../../db/keys.ts';
import { createHeadStore } from '../../db/log/heads.ts';
import { createPool, type Queryable } from '../../db/pool.ts';
import { createBlindIndex, seal } from '../../db/seal.ts';
import { createSequencer, type Sequencer, type SequencerDeps } from '../../evidence/log/sequencer.ts';
import { insertBroker } from './api-world.ts';
import { createLogKeys } from './log-keys.ts';
import { content, declare } from './poa-fixtures.ts';
import { cloneDatabase } from './postgres.ts';

export type LogWorld = Awaited<ReturnType<typeof createLogWorld>>;

export async function createLogWorld() {
  const database = await cloneDatabase();
  const pool = createPool(database.databaseUrl);
  const keysPool = createPool(database.keysUrl);
  const masterKey = randomBytes(32);
  const db: Database = {
    pool,
    keys: createKeyStore(keysPool, masterKey),
    index: createBlindIndex(randomBytes(32)),
  };
  const keys = createLogKeys();
  const deps: SequencerDeps = { pool, keys: db.keys, heads: createHeadStore(keysPool), signer: keys.signer };
  return {
    ...keys,
    database,
    db,
    pool,
    keysPool,
    masterKey,
    deps,
    sequencer: createSequencer(deps),
    brokerId: await insertBroker(db, 'A123'),
    processes: { startPoa: async () => 'started' as const },
    close: async () => {
      await Promise.all([pool.end(), keysPool.end()]);
      await database.drop();
    },
  };
}

export interface Settled {
  outcomeId: string;
  declarationId: string;
  receipt: string;
}

/** Outcomes with receipts as settling leaves them, each of a declaration of its own; `receiptOf` seals one. */
export async function settleOutcomes(
  world: Pick<LogWorld, 'db' | 'brokerId' | 'processes'>,
  count: number,
  receiptOf: (outcomeId: string) => string = (outcomeId) => `receipt.of.${outcomeId}`,
): Promise<Settled[]> {
  const settled: Settled[] = [];
  for (let i = 0; i < count; i++) {
    const { declarationId } = await declare(world, 'declare-first', { content: content(), start: false });
    const key = await world.db.keys.get(declarationId);
    if (!key) throw new Error('no key');
    const outcomeId = uuidv7();
    const receipt = receiptOf(outcomeId);
    const sealed = seal(key, `version_outcomes/${outcomeId}/sealed_report`, {
      body: JSON.stringify({ declarationId, outcome: 'expired', receipt }),
    });
    await world.db.pool.query(
      `INSERT INTO version_outcomes (outcome_id, declaration_id, version, outcome, decided_at, sealed_report)
       VALUES ($1, $2, 1, 'expired', now(), $3)`,
      [outcomeId, declarationId, sealed],
    );
    settled.push({ outcomeId, declarationId, receipt });
  }
  return settled;
}

/** Appends until nothing waits; how many leaves that were. */
export async function appendAll({ turn }: Sequencer): Promise<number> {
  let leaves = 0;
  for (;;) {
    const result = await turn();
    if (result.kind === 'nothing-waits') return leaves;
    if (result.kind === 'halted') throw result.raised ?? new Error('halted');
    if (result.kind === 'appended') leaves += result.leaves;
  }
}

/** Changes rows as somebody does who may do anything in the database: triggers do not run. */
export async function behindTheBack(pool: LogWorld['pool'], change: (db: Queryable) => Promise<unknown>) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL session_replication_role = replica');
    await change(client);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}
