/** A change of phone that waits: who asks for it sits out a hold, in which the person can say that it is not them. */
import { ConsentryError } from '../domain/error-code.ts';
import type { Queryable } from './pool.ts';

/** `$1`: the subject. */
const WAITS = `subject_id = $1 AND status = 'verifying' AND hold_until IS NOT NULL AND objected_at IS NULL`;

export interface WaitingPhoneChange {
  registrationId: string;
  requestedAt: Date;
  /** Unless somebody objects until then. */
  effectiveAt: Date;
}

/** The one change of phone that waits for this identity, or null. */
export async function waitingPhoneChange(
  db: Queryable,
  subjectId: string,
): Promise<WaitingPhoneChange | null> {
  const { rows } = await db.query<WaitingPhoneChange>(
    `SELECT registration_id AS "registrationId", created_at AS "requestedAt", hold_until AS "effectiveAt"
     FROM registrations WHERE ${WAITS}`,
    [subjectId],
  );
  return rows[0] ?? null;
}

/**
 * Refuses what waits; its process ends it. The row's lock decides against the hold's end: what is being bound already is
 * not found. Returns the registrations whose processes are to hear of it.
 */
export async function objectToPhoneChange(db: Queryable, subjectId: string): Promise<string[]> {
  const { rows } = await db.query<{ registrationId: string }>(
    `UPDATE registrations SET objected_at = clock_timestamp() WHERE ${WAITS}
     RETURNING registration_id AS "registrationId"`,
    [subjectId],
  );
  return rows.map(({ registrationId }) => registrationId);
}

/**
 * "That was not me." Saying it twice is saying it once. Throws `too-late` once the hold is over and the new phone is being
 * bound, `not-found` when nothing waits.
 */
export async function refusePhoneChange(db: Queryable, subjectId: string): Promise<string[]> {
  const refused = await objectToPhoneChange(db, subjectId);
  if (refused.length > 0) return refused;
  const { rows } = await db.query<{ registrationId: string; objected: boolean }>(
    `SELECT registration_id AS "registrationId", objected_at IS NOT NULL AS objected FROM registrations
     WHERE subject_id = $1 AND status IN ('verifying', 'binding') AND hold_until IS NOT NULL
     ORDER BY objected_at NULLS FIRST LIMIT 1`,
    [subjectId],
  );
  if (!rows[0]) throw new ConsentryError('not-found', 'No change of your phone number waits.');
  if (!rows[0].objected)
    throw new ConsentryError('too-late', 'The hold is over: the new number is being bound.');
  return [rows[0].registrationId];
}
