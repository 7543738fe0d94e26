import type { PoolClient } from 'pg';
import type { KeyStore } from '../keys.ts';
import type { Queryable } from '../pool.ts';
import { seal, unseal } from '../seal.ts';
import { verificationOf } from './claim.ts';
import type { SealedPerson } from './person.ts';
import { enterStatus, type RegistrationRow } from './process-row.ts';

/**
 * R4: Customs has the file, the identity is bound. The caller holds the phone's lock, so that no declaration begins to
 * wait for this phone meanwhile.
 */
export async function bindIdentity(
  client: PoolClient,
  keys: KeyStore,
  row: RegistrationRow,
  person: SealedPerson,
  fileNumber: string,
): Promise<void> {
  const bound = row.subjectId && (await setBound(client, keys, row, row.subjectId, person, fileNumber));
  // Only a recovery can find its identity ended: the person left meanwhile, and so nothing of theirs is to be bound.
  if (!bound) return undoBinding(client, row);
  row.fileNumber = fileNumber;
  enterStatus(row, 'bound');
}

/**
 * A recovery proves the person anew: the data that Customs now holds replaces the earlier, and what a SIM check found is
 * over. What an operator of ours suspended, that operator reinstates.
 */
async function setBound(
  client: PoolClient,
  keys: KeyStore,
  row: RegistrationRow,
  subjectId: string,
  person: SealedPerson,
  fileNumber: string,
): Promise<boolean> {
  const key = await keys.get(subjectId);
  if (!key) return false;
  const { rowCount } = await client.query(
    `UPDATE identities SET bound_at = coalesce(bound_at, clock_timestamp()), file_number = $2, sealed = $3,
       verification = $4,
       suspended_at = CASE WHEN suspension_reason = 'operator' THEN suspended_at END,
       suspension_reason = CASE WHEN suspension_reason = 'operator' THEN suspension_reason END
     WHERE subject_id = $1 AND ended_at IS NULL`,
    [subjectId, fileNumber, seal(key, `identities/${subjectId}/sealed`, person), verificationOf(row)],
  );
  return rowCount === 1;
}

/**
 * Customs refused for good: what this registration inserted goes, passkeys and sessions too. An earlier binding that was
 * to be recovered stays as it is. The caller holds `lockIdentity`.
 */
export async function undoBinding(client: PoolClient, row: RegistrationRow): Promise<void> {
  await client.query('DELETE FROM sessions WHERE registration_id = $1', [row.registrationId]);
  await client.query('DELETE FROM passkeys WHERE registration_id = $1', [row.registrationId]);
  if (!row.recovery) {
    await client.query('DELETE FROM sessions WHERE subject_id = $1', [row.subjectId]);
    await client.query('DELETE FROM push_subscriptions WHERE subject_id = $1', [row.subjectId]);
    await client.query('DELETE FROM identities WHERE subject_id = $1 AND bound_at IS NULL', [row.subjectId]);
  }
  enterStatus(row, 'refused', 'customs-refused');
}

/** Declarations that wait for somebody to be bound to this phone. */
export async function declarationsWaitingFor(db: Queryable, phoneIndex: Buffer): Promise<string[]> {
  const { rows } = await db.query<{ declarationId: string }>(
    `SELECT declaration_id AS "declarationId" FROM declarations
     WHERE phone_index = $1 AND status = 'awaiting_registration'`,
    [phoneIndex],
  );
  return rows.map(({ declarationId }) => declarationId);
}

export interface EarlierDevice {
  subscriptionId: string;
  /** PushSubscription JSON. */
  subscription: unknown;
}

/** Devices that the person had before this registration began; none when their data key is gone. */
export async function earlierDevices(
  db: Queryable,
  keys: KeyStore,
  { subjectId, createdAt }: Pick<RegistrationRow, 'subjectId' | 'createdAt'>,
): Promise<EarlierDevice[]> {
  const key = subjectId && (await keys.get(subjectId));
  if (!key) return [];
  const { rows } = await db.query<{ subscriptionId: string; sealed: Buffer }>(
    `SELECT subscription_id AS "subscriptionId", sealed FROM push_subscriptions
     WHERE subject_id = $1 AND created_at < $2`,
    [subjectId, createdAt],
  );
  return rows.map(({ subscriptionId, sealed }) => ({
    subscriptionId,
    subscription: unseal(key, `push_subscriptions/${subscriptionId}/sealed`, sealed),
  }));
}

/** The row of the message that the person's phone was registered anew: its id is the registration's, so there is one. */
export async function noteRecovery(db: Queryable, row: RegistrationRow): Promise<void> {
  await db.query(
    `INSERT INTO notifications (notification_id, recipient, kind) VALUES ($1, $2, 'recovered') ON CONFLICT DO NOTHING`,
    [row.registrationId, row.subjectId],
  );
}
