import type { PoolClient } from 'pg';
import type { IdentityEndReason } from '../domain/customs-notice.ts';
import { endCredentials } from './credentials.ts';
import { insertCustomsNotice } from './customs-notices.ts';
import { objectToPhoneChange } from './phone-changes.ts';
import { lockIndexes } from './phone-lock.ts';

/** Who is to hear of it once the transaction is committed (`tellIdentityEnd`). */
export interface EndedIdentity {
  /** Of the notice to Customs, whose file of the person ends. */
  noticeId: string;
  /** Declarations that asked this person and have no answer: they look for their consignee anew. */
  declarationIds: string[];
  /** Changes of phone that waited and are refused. */
  registrationIds: string[];
}

/**
 * Ends an identity in the caller's transaction: nobody can act in its name any more, its phone and ID number are free, and
 * Customs is told. An answer that was given stays: whoever gives one holds the identity's row in share mode, so it is
 * committed before the end, or refused. The data key stays for as long as a POA of theirs is kept (`db/tidy.ts`). Null: it
 * has ended already, or never was.
 *
 * Takes the locks of both blind indexes; a caller that holds others of that kind takes these with them, at once.
 */
export async function endIdentity(
  client: PoolClient,
  { subjectId, reason }: { subjectId: string; reason: IdentityEndReason },
): Promise<EndedIdentity | null> {
  await lockIndexes(client, await indexesOf(client, subjectId));
  // Registrations before the identity: the order of everybody who locks both.
  const registrationIds = await objectToPhoneChange(client, subjectId);
  await client.query(
    `UPDATE registrations SET id_index = NULL, phone_index = NULL WHERE subject_id = $1 AND status = 'bound'`,
    [subjectId],
  );
  const { rows } = await client.query<{ registrationId: string; endedAt: Date }>(
    `UPDATE identities SET ended_at = clock_timestamp(), id_index = NULL, phone_index = NULL
     WHERE subject_id = $1 AND ended_at IS NULL
     RETURNING registration_id AS "registrationId", ended_at AS "endedAt"`,
    [subjectId],
  );
  if (!rows[0]) return null;
  const { registrationId, endedAt } = rows[0];
  await endCredentials(client, subjectId);
  await client.query('DELETE FROM push_subscriptions WHERE subject_id = $1', [subjectId]);
  const noticeId = await insertCustomsNotice(client, {
    kind: 'identity-ended',
    about: registrationId,
    body: { reason, endedAt: endedAt.toISOString() },
  });
  return { noticeId, declarationIds: await openAsks(client, subjectId), registrationIds };
}

/** Blind indexes of an identity that has not ended. */
export async function indexesOf(client: PoolClient, subjectId: string): Promise<Buffer[]> {
  const { rows } = await client.query<{ idIndex: Buffer | null; phoneIndex: Buffer | null }>(
    `SELECT id_index AS "idIndex", phone_index AS "phoneIndex" FROM identities WHERE subject_id = $1`,
    [subjectId],
  );
  return rows.flatMap(({ idIndex, phoneIndex }) => [idIndex, phoneIndex]).filter((index) => index !== null);
}

async function openAsks(client: PoolClient, subjectId: string): Promise<string[]> {
  const { rows } = await client.query<{ declarationId: string }>(
    `SELECT declaration_id AS "declarationId" FROM declarations d
     WHERE subject_id = $1 AND status = 'awaiting_importer'
       AND NOT EXISTS (SELECT 1 FROM consents c WHERE c.declaration_id = d.declaration_id AND c.version = d.version
         AND c.verdict IN ('pending', 'accepted'))`,
    [subjectId],
  );
  return rows.map(({ declarationId }) => declarationId);
}
