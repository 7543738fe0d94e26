/** Databases with a transparency log, and outcomes that settle into it; no workflow is needed for them. */
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../db/database.ts';
import { createKeyStore } from '../../db/keys.ts';
import { createHeadStore } from '../../db/log/heads.ts';
import { createPool, type Queryable } from '../../db/pool.ts';
import { createBlindIndex, seal } from '../../db/seal.ts';
import { canonicalForm } from '../../domain/canonical.ts';
import { createSequencer, type Sequencer, type SequencerDeps } from '../../evidence/log/sequencer.ts';
import { insertBroker } from './api-world.ts';
import { createLogKeys } from './log-keys.ts';
import { BOX_NUMBER, content } from './poa-fixtures.ts';
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
    brokerId: await insertBroker(db, BOX_NUMBER),
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

/** Data keys made at once: fewer than the pool has connections. */
const AT_ONCE = 10;

type Unsettled = Awaited<ReturnType<typeof prepare>>;

async function prepare(db: Database, receiptOf: (outcomeId: string) => string) {
  const [declarationId, outcomeId] = [uuidv7(), uuidv7()];
  const key = await db.keys.create(declarationId, 'declaration');
  const submitted = content();
  const { text, digest } = canonicalForm(submitted, BOX_NUMBER);
  const receipt = receiptOf(outcomeId);
  return {
    outcomeId,
    declarationId,
    receipt,
    digest,
    house: submitted.houseWaybill,
    version: seal(key, `declaration_versions/${declarationId}.1/sealed`, { canonical: text }),
    report: seal(key, `version_outcomes/${outcomeId}/sealed_report`, {
      body: JSON.stringify({ declarationId, outcome: 'expired', receipt }),
    }),
  };
}

/** Outcomes with receipts as settling leaves them, each of a declaration of its own; `receiptOf` seals one. */
export async function settleOutcomes(
  { db, brokerId }: Pick<LogWorld, 'db' | 'brokerId'>,
  count: number,
  receiptOf: (outcomeId: string) => string = (outcomeId) => `receipt.of.${outcomeId}`,
): Promise<Settled[]> {
  const rows: Unsettled[] = [];
  while (rows.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - rows.length) }, () => prepare(db, receiptOf));
    rows.push(...(await Promise.all(some)));
  }
  // In the order of their outcomes, as settling does.
  rows.sort((a, b) => (a.outcomeId < b.outcomeId ? -1 : 1));
  await db.pool.query(
    `WITH settled AS (
       SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::bytea[])
         AS s(declaration_id, outcome_id, digest, house, version, report)),
     declared AS (
       INSERT INTO declarations (declaration_id, broker_id, poa_order, functional_reference, master_waybill,
         house_waybill, digest, respond_by, status, finished)
       SELECT declaration_id, $1, 'declare-first', house, 'M', house, digest, now(), 'expired', true FROM settled),
     versions AS (
       INSERT INTO declaration_versions (declaration_id, version, digest, respond_by, functional_reference,
         master_waybill, house_waybill, sealed, state)
       SELECT declaration_id, 1, digest, now(), house, 'M', house, version, 'in-force' FROM settled)
     INSERT INTO version_outcomes (outcome_id, declaration_id, version, outcome, decided_at, sealed_report)
     SELECT outcome_id, declaration_id, 1, 'expired', now(), report FROM settled`,
    [
      brokerId,
      rows.map((row) => row.declarationId),
      rows.map((row) => row.outcomeId),
      rows.map((row) => row.digest),
      rows.map((row) => row.house),
      rows.map((row) => row.version),
      rows.map((row) => row.report),
    ],
  );
  return rows.map(({ outcomeId, declarationId, receipt }) => ({ outcomeId, declarationId, receipt }));
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
