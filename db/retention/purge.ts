/**
 * The purge of POAs in three steps, each of which may be the last before a kill: (1) in one transaction those that are due and
 * nobody holds are marked and emptied: from its commit on nobody reads anything of them; (2) their data keys are destroyed, which
 * shreds every backup of the main tables; (3) they are marked as purged. What stands at (1) or (2) comes first next time.
 */
import type { PoolClient } from 'pg';
import { endedBefore } from '../../domain/retention.ts';
import type { Database } from '../database.ts';
import { type Queryable, transaction } from '../pool.ts';
import { EMPTIED_OF_POA, emptied } from './columns.ts';

/** POAs of one batch: a transaction of a second at most. */
export const PURGE_BATCH = 200;

/**
 * Of a declaration `d`: nobody holds it, nobody has to resolve a fraud case about it, and the log has what it needs of it. What the
 * log has refused does not come any more.
 */
export const NOTHING_KEEPS = `NOT EXISTS (SELECT 1 FROM holds h
    WHERE h.declaration_id = d.declaration_id AND h.released_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM fraud_cases f WHERE f.declaration_id = d.declaration_id AND f.resolved_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM version_outcomes o JOIN log_queue q USING (outcome_id)
    WHERE o.declaration_id = d.declaration_id AND q.refused IS NULL)`;

/** By the database's clock: what ended before this moment is due. */
export async function dueBefore(db: Queryable, months: number): Promise<Date> {
  const { rows } = await db.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  return new Date(endedBefore((rows[0]?.now ?? new Date()).getTime(), months));
}

/** Marks and empties the next POAs that ended before `before`; how many. `run`: counts them. */
export const beginPurge = (
  { pool }: Pick<Database, 'pool'>,
  { run, before, limit = PURGE_BATCH }: { run: string; before: Date; limit?: number },
): Promise<number> =>
  transaction(pool, async (client) => {
    const ids = await mark(client, await lockDue(client, before, limit));
    if (ids.length === 0) return 0;
    for (const [table, columns] of Object.entries(EMPTIED_OF_POA)) {
      await client.query(`UPDATE ${table} SET ${emptied(columns)} WHERE declaration_id = ANY($1)`, [ids]);
    }
    // Whom it was sent to; when, the receipt tells.
    await client.query('DELETE FROM notifications WHERE declaration_id = ANY($1)', [ids]);
    await client.query('UPDATE retention_runs SET poas = poas + $2 WHERE run_id = $1', [run, ids.length]);
    return ids.length;
  });

async function lockDue(client: PoolClient, before: Date, limit: number): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT declaration_id AS id FROM declarations d
     WHERE ended_at < $1 AND purge_started_at IS NULL AND ${NOTHING_KEEPS}
     ORDER BY ended_at LIMIT $2 FOR UPDATE OF d SKIP LOCKED`,
    [before, limit],
  );
  return rows.map(({ id }) => id);
}

/** A statement of its own after the lock: it sees the hold that was placed, or the case that was opened, until then. */
async function mark(client: PoolClient, ids: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `UPDATE declarations d SET purge_started_at = clock_timestamp()
     WHERE declaration_id = ANY($1) AND ${NOTHING_KEEPS} RETURNING declaration_id AS id`,
    [ids],
  );
  return rows.map(({ id }) => id);
}

/** Destroys the keys of what was begun and marks it as purged, oldest first; true: there may be more. */
export async function finishPurge({ pool, keys }: Pick<Database, 'pool' | 'keys'>): Promise<boolean> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT declaration_id AS id FROM declarations WHERE purge_started_at IS NOT NULL AND purged_at IS NULL
     ORDER BY purge_started_at LIMIT ${PURGE_BATCH}`,
  );
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return false;
  await keys.destroyMany(ids);
  await pool.query(
    'UPDATE declarations SET purged_at = clock_timestamp() WHERE declaration_id = ANY($1) AND purged_at IS NULL',
    [ids],
  );
  return ids.length === PURGE_BATCH;
}
