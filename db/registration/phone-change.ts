/** A change of phone that no passkey vouches for: its hold, and the message to the person on their old number. */
import type { PoolClient } from 'pg';
import type { Queryable } from '../pool.ts';
import type { RegistrationRow } from './process-row.ts';

/** Whether a change of phone waits for this identity, other than this registration's. */
export async function anotherChangeWaits(
  client: PoolClient,
  { registrationId }: RegistrationRow,
  subjectId: string,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT 1 FROM registrations WHERE subject_id = $1 AND registration_id <> $2 AND status = 'verifying'
       AND hold_until IS NOT NULL AND objected_at IS NULL`,
    [subjectId, registrationId],
  );
  return rowCount !== 0;
}

/** The hold begins; again when the person was told. By the database's clock. */
export async function beginHold(client: PoolClient, row: RegistrationRow, holdMs: number): Promise<void> {
  const { rows } = await client.query<{ until: Date }>(
    `UPDATE registrations SET hold_until = clock_timestamp() + $2 * interval '1 millisecond'
     WHERE registration_id = $1 RETURNING hold_until AS until`,
    [row.registrationId, holdMs],
  );
  row.holdUntil = rows[0]?.until ?? null;
}

export async function holderIsTold(db: Queryable, registrationId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `SELECT 1 FROM notifications WHERE registration_id = $1 AND kind = 'phone-change' AND sent_at IS NOT NULL`,
    [registrationId],
  );
  return rowCount === 1;
}
