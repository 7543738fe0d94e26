/** POAs that have ended, purges of them, and what is left. */
import { v7 as uuidv7 } from 'uuid';
import { createRetentionActivities } from '../../activities/retention.ts';
import type { Database } from '../../db/database.ts';
import { POA_RETENTION_MONTHS } from '../../domain/law.ts';
import { endedBefore } from '../../domain/retention.ts';

/** The first moment whose POAs are kept now, so that a second before it is due. */
export const keptFrom = (): number => endedBefore(Date.now(), POA_RETENTION_MONTHS);

/** As the process leaves it, its end this many seconds before (negative: after) the limit. */
export async function endedBeforeLimit(
  { pool }: Pick<Database, 'pool'>,
  declarationId: string,
  seconds: number,
): Promise<void> {
  const endedAt = new Date(keptFrom() - seconds * 1_000);
  await pool.query('UPDATE declarations SET finished = true, ended_at = $2 WHERE declaration_id = $1', [
    declarationId,
    endedAt,
  ]);
  if (seconds <= 0) return;
  // Nothing is decided after its end. (What stays, as what is not in the log does, keeps the time that its receipt names.)
  await pool.query(
    `UPDATE version_outcomes SET decided_at = least(decided_at, $2)
     WHERE declaration_id = $1 AND outcome_id IN (SELECT outcome_id FROM log_leaves)`,
    [declarationId, endedAt],
  );
}

/** Batches until nothing is left to do, as the workflow asks for them. */
export async function purgeAll(db: Pick<Database, 'pool' | 'keys'>): Promise<string> {
  const { purge } = createRetentionActivities({ db, settings: { retentionMonths: POA_RETENTION_MONTHS } });
  const run = uuidv7();
  while ((await purge({ run })).more);
  return run;
}

export async function isPurged({ pool }: Pick<Database, 'pool'>, declarationId: string): Promise<boolean> {
  const { rows } = await pool.query<{ purged: boolean }>(
    'SELECT purged_at IS NOT NULL AS purged FROM declarations WHERE declaration_id = $1',
    [declarationId],
  );
  return rows[0]?.purged ?? false;
}
