/** Outcomes on their way into the transparency log. */
import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { logEntry, SALT_BYTES } from '../../domain/log-entry.ts';
import type { KeyStore } from '../keys.ts';
import type { Queryable } from '../pool.ts';
import { type FieldAddress, seal, unseal } from '../seal.ts';

/** A leaf without its place. */
export interface NewLeaf {
  outcomeId: string;
  entry: Buffer;
  sealedSalt: Buffer;
}

/** Why no leaf can be made of a queued outcome: its row is gone, its data key is, or its receipt does not open. */
export type Refusal = 'missing' | 'shredded' | 'unreadable';

export interface Batch {
  leaves: NewLeaf[];
  refused: { outcomeId: string; why: Refusal }[];
  /** Already in the log: nothing is left to do. */
  known: string[];
}

/** What was refused is tried again after this long: a key store may have been set back, and come back. */
const RETRY_AFTER = "interval '1 hour'";
const WAITING = `(refused_at IS NULL OR refused_at < now() - ${RETRY_AFTER})`;

/** Leaves made in one go, so that whatever else this process does goes on in between. */
const AT_ONCE = 50;

/** Whether anything waits to be appended. */
export async function isQueued(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ queued: boolean }>({
    name: 'log-queued',
    text: `SELECT EXISTS (SELECT 1 FROM log_queue WHERE ${WAITING}) AS queued`,
  });
  return rows[0]?.queued ?? false;
}

/** The next outcomes in the order of settling, as leaves. */
export async function takeBatch(client: PoolClient, keys: KeyStore, limit: number): Promise<Batch> {
  const rows = await readQueued(client, limit);
  const found = await keys.getMany([...new Set(rows.flatMap(({ declarationId }) => declarationId ?? []))]);
  const batch: Batch = { leaves: [], refused: [], known: [] };
  for (const [i, row] of rows.entries()) {
    if (i % AT_ONCE === AT_ONCE - 1) await setImmediate();
    const made = row.known ? null : makeLeaf(row, found);
    if (made === null) batch.known.push(row.outcomeId);
    else if (typeof made === 'string') batch.refused.push({ outcomeId: row.outcomeId, why: made });
    else batch.leaves.push(made);
  }
  return batch;
}

/** By ids that are known: joined in one statement, Postgres may read all of the log for a batch. */
async function readQueued(client: PoolClient, limit: number): Promise<Queued[]> {
  const { rows: queued } = await client.query<{ outcomeId: string }>({
    name: 'log-take',
    text: `SELECT outcome_id AS "outcomeId" FROM log_queue WHERE ${WAITING} ORDER BY outcome_id LIMIT $1`,
    values: [limit],
  });
  const ids = [queued.map(({ outcomeId }) => outcomeId)];
  const outcomes = await client.query<Omit<Queued, 'known'>>({
    name: 'log-outcomes',
    text: `SELECT outcome_id AS "outcomeId", declaration_id AS "declarationId", sealed_report AS "sealedReport"
           FROM version_outcomes WHERE outcome_id = ANY($1::uuid[])`,
    values: ids,
  });
  const leaves = await client.query<{ outcomeId: string }>({
    name: 'log-known',
    text: 'SELECT outcome_id AS "outcomeId" FROM log_leaves WHERE outcome_id = ANY($1::uuid[])',
    values: ids,
  });
  const byId = new Map(outcomes.rows.map((row) => [row.outcomeId, row]));
  const known = new Set(leaves.rows.map(({ outcomeId }) => outcomeId));
  return queued.map(({ outcomeId }) => ({
    ...(byId.get(outcomeId) ?? { outcomeId, declarationId: null, sealedReport: null }),
    known: known.has(outcomeId),
  }));
}

interface Queued {
  outcomeId: string;
  declarationId: string | null;
  sealedReport: Buffer | null;
  known: boolean;
}

function makeLeaf(
  { outcomeId, declarationId, sealedReport }: Queued,
  keys: ReadonlyMap<string, Buffer>,
): NewLeaf | Refusal {
  if (!declarationId || !sealedReport) return 'missing';
  const key = keys.get(declarationId);
  if (!key) return 'shredded';
  const receipt = openReceipt(key, outcomeId, sealedReport);
  if (receipt === null) return 'unreadable';
  const salt = randomBytes(SALT_BYTES);
  return {
    outcomeId,
    entry: Buffer.from(logEntry(salt, receipt)),
    sealedSalt: seal(key, saltAddress(outcomeId), salt.toString('base64url')),
  };
}

const saltAddress = (outcomeId: string): FieldAddress => `log_leaves/${outcomeId}/sealed_salt`;

/** The salt of an outcome's leaf. Throws when it is not what was sealed there. */
export const openSalt = (key: Buffer, outcomeId: string, sealedSalt: Buffer): Buffer =>
  Buffer.from(String(unseal(key, saltAddress(outcomeId), sealedSalt)), 'base64url');

/** The receipt (compact JWS) in an outcome's report, or null when the report is not what was sealed there. */
export function openReceipt(key: Buffer, outcomeId: string, sealedReport: Buffer): string | null {
  try {
    const { body } = unseal(key, `version_outcomes/${outcomeId}/sealed_report`, sealedReport) as {
      body: string;
    };
    const { receipt } = JSON.parse(body) as { receipt?: unknown };
    return typeof receipt === 'string' ? receipt : null;
  } catch {
    return null;
  }
}

/** They are in the log. */
export async function dequeue(client: PoolClient, outcomeIds: readonly string[]): Promise<void> {
  await client.query({
    name: 'log-dequeue',
    text: 'DELETE FROM log_queue WHERE outcome_id = ANY($1::uuid[])',
    values: [outcomeIds],
  });
}

/** They stay in the queue, out of the others' way; an audit tells of them. */
export async function refuse(client: PoolClient, refused: Batch['refused']): Promise<void> {
  await client.query(
    `UPDATE log_queue q SET refused = r.why, refused_at = now()
     FROM unnest($1::uuid[], $2::text[]) AS r(outcome_id, why) WHERE q.outcome_id = r.outcome_id`,
    [refused.map(({ outcomeId }) => outcomeId), refused.map(({ why }) => why)],
  );
}
