/** What operators of ours do to an identity: each act is kept for good, with who and why. */
import { v7 as uuidv7 } from 'uuid';
import type { SuspensionReason } from '../domain/sim-check.ts';
import type { Queryable } from './pool.ts';

export interface SuspensionAct {
  subjectId: string;
  operator: string;
  reason: string;
}

/**
 * Nothing is confirmed by the identity until an operator reinstates it: verifying anew does not help. False: there is none
 * of that id, or an operator suspended it before.
 */
export const suspend = async (db: Queryable, act: SuspensionAct): Promise<boolean> =>
  (await record(
    db,
    'suspended',
    act,
    `UPDATE identities SET suspended_at = coalesce(suspended_at, clock_timestamp()), suspension_reason = 'operator'
     WHERE subject_id = $2 AND bound_at IS NOT NULL AND ended_at IS NULL
       AND suspension_reason IS DISTINCT FROM 'operator'
     RETURNING suspension_reason`,
  )) !== null;

/** Why it was suspended; null: there is none of that id, or it was not suspended. */
export const reinstate = (db: Queryable, act: SuspensionAct): Promise<SuspensionReason | null> =>
  record(
    db,
    'reinstated',
    act,
    `UPDATE identities i SET suspended_at = NULL, suspension_reason = NULL FROM identities before
     WHERE i.subject_id = $2 AND before.subject_id = $2 AND i.ended_at IS NULL AND i.suspended_at IS NOT NULL
     RETURNING before.suspension_reason`,
  );

async function record(
  db: Queryable,
  action: 'suspended' | 'reinstated',
  { subjectId, operator, reason }: SuspensionAct,
  update: string,
): Promise<SuspensionReason | null> {
  const { rows } = await db.query<{ reason: SuspensionReason }>(
    `WITH done AS (${update}),
       noted AS (INSERT INTO suspensions (suspension_id, subject_id, action, operator, reason)
         SELECT $1, $2, $3, $4, $5 FROM done)
     SELECT suspension_reason AS reason FROM done`,
    [uuidv7(), subjectId, action, operator, reason],
  );
  return rows[0]?.reason ?? null;
}
