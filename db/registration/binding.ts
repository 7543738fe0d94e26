import type { PoolClient } from 'pg';
import { endCredentials } from '../credentials.ts';
import { insertCustomsNotice } from '../customs-notices.ts';
import type { KeyStore } from '../keys.ts';
import type { Queryable } from '../pool.ts';
import { seal } from '../seal.ts';
import type { SealedPerson } from './person.ts';
import { enterStatus, type RegistrationRow } from './process-row.ts';
import { verificationOf } from './verification.ts';

/**
 * R4: Customs has the file, the identity is bound. The caller holds the phone's lock, so that no declaration begins to
 * wait for this phone meanwhile. Returns a notice to Customs where its file must end at once: the person left meanwhile,
 * and so nothing of theirs is to be bound.
 */
export async function bindIdentity(
  client: PoolClient,
  keys: KeyStore,
  row: RegistrationRow,
  person: SealedPerson,
  fileNumber: string,
): Promise<string | null> {
  const bound = row.subjectId && (await setBound(client, keys, row, row.subjectId, person, fileNumber));
  if (!bound) {
    await undoBinding(client, row);
    const body = { reason: 'left', endedAt: new Date().toISOString() };
    return insertCustomsNotice(client, { kind: 'identity-ended', about: row.registrationId, body });
  }
  if (row.subjectId && row.holdUntil) await endEarlierDevices(client, row.subjectId, row, row.holdUntil);
  row.fileNumber = fileNumber;
  enterStatus(row, 'bound');
  return null;
}

/**
 * A recovery or a change of phone proves the person anew: the data that Customs now holds replaces the earlier, and what a
 * SIM check found before this proof is over. What an operator of ours suspended, that operator reinstates.
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
       verification = $4, registration_id = $5, phone_index = $6,
       suspended_at = CASE WHEN ${PROVED_ANEW} THEN NULL ELSE suspended_at END,
       suspension_reason = CASE WHEN ${PROVED_ANEW} THEN NULL ELSE suspension_reason END
     WHERE subject_id = $1 AND ended_at IS NULL`,
    [
      subjectId,
      fileNumber,
      seal(key, `identities/${subjectId}/sealed`, person),
      verificationOf(row),
      row.registrationId,
      row.phoneIndex,
      row.numberVerification?.at,
    ],
  );
  return rowCount === 1;
}

/** `$7`: when the SIM was proved. A swap that was found later may have come later. */
const PROVED_ANEW = `coalesce(suspension_reason <> 'operator' AND suspended_at < $7::timestamptz, false)`;

/**
 * After a hold nobody showed a passkey: the devices from before may be lost, so what they hold ends. Their push
 * subscriptions stay until they were told of it (`dropEarlierDevices`).
 */
async function endEarlierDevices(
  client: PoolClient,
  subjectId: string,
  { registrationId }: RegistrationRow,
  holdUntil: Date,
): Promise<void> {
  await client.query(
    'UPDATE push_subscriptions SET credential_id = NULL WHERE subject_id = $1 AND created_at < $2',
    [subjectId, holdUntil],
  );
  await endCredentials(client, subjectId, registrationId);
}

/** Takes away the push subscriptions of devices that were told. */
export async function dropEarlierDevices(
  db: Queryable,
  { subjectId, holdUntil }: Pick<RegistrationRow, 'subjectId' | 'holdUntil'>,
): Promise<void> {
  await db.query('DELETE FROM push_subscriptions WHERE subject_id = $1 AND created_at < $2', [
    subjectId,
    holdUntil,
  ]);
}

/**
 * Customs refused for good: what this registration inserted goes, passkeys and sessions too. An earlier binding that was
 * to be recovered or moved stays as it is. The caller holds `lockIdentity`.
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
