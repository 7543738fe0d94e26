import type { PoolClient } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { INVITATION_EVERY_MS } from '../../domain/limits.ts';
import { sameName } from '../../domain/name.ts';
import type { KeyStore } from '../keys.ts';
import { lockPhone } from '../phone-lock.ts';
import { unseal } from '../seal.ts';
import { enter, type ProcessRow } from './process-row.ts';
import { readVersion, sealProblems } from './version.ts';

/** A message to be sent: its row is committed before. */
export interface Notification {
  notificationId: string;
  kind: 'ask' | 'reminder' | 'withdrawn' | 'sms' | 'invitation';
}

/** What asking came to; whatever is to be sent is sent after the commit. */
export type Asked =
  | { kind: 'asked'; subjectId: string; notification: Notification | null }
  | { kind: 'not-registered'; invitation: Notification | null; phone: string }
  | { kind: 'needs-correction' };

/**
 * P3: finds the consignee by phone and shows them the version in force. Under the phone's lock, so that waiting for a
 * registration and becoming bound never miss each other. A name that is not the bound person's shows nothing to anybody.
 * What was shown stays with its person, also on another phone, until their identity ends.
 */
export async function askConsignee(
  client: PoolClient,
  keys: KeyStore,
  key: Buffer,
  row: ProcessRow,
): Promise<Asked> {
  const pinned = await pinnedPerson(client, row);
  if (pinned) return { kind: 'asked', subjectId: pinned, notification: await unsentAsk(client, row) };
  const { content } = await readVersion(client, key, row.declarationId, row.version);
  if (!row.phoneIndex) throw new Error(`declaration ${row.declarationId} has no phone index`);
  await lockPhone(client, row.phoneIndex);
  const identity = await boundIdentity(client, row.phoneIndex);
  if (!identity) {
    enter(row, 'awaiting_registration');
    row.subjectId = null;
    return { kind: 'not-registered', invitation: await invite(client, row), phone: content.importer.phone };
  }
  const identityKey = await keys.get(identity.subjectId);
  const name = identityKey && nameOf(identityKey, identity.subjectId, identity.sealed);
  if (!name || !sameName(name, content.importer.name)) {
    enter(row, 'needs_correction');
    row.subjectId = null;
    row.sealedProblems = sealProblems(key, row.declarationId, [
      {
        pointer: '/importer/name',
        code: 'name-mismatch',
        detail: 'The name is not that of the person registered with this phone.',
      },
    ]);
    return { kind: 'needs-correction' };
  }
  return {
    kind: 'asked',
    subjectId: identity.subjectId,
    notification: await show(client, row, identity.subjectId),
  };
}

/**
 * The person who is asked already, unless their identity has ended. An answer that they gave before counts: whoever gives
 * one holds the identity's row, so it is there to be seen once the end is.
 */
async function pinnedPerson(client: PoolClient, row: ProcessRow): Promise<string | null> {
  if (row.status !== 'awaiting_importer') return null;
  const { rows } = await client.query<{ subjectId: string }>({
    name: 'ask-pinned',
    text: `SELECT subject_id AS "subjectId" FROM identities i WHERE subject_id = $1 AND (ended_at IS NULL
             OR EXISTS (SELECT 1 FROM consents c WHERE c.declaration_id = $2 AND c.version = $3
               AND c.verdict IN ('pending', 'accepted')))`,
    values: [row.subjectId, row.declarationId, row.version],
  });
  return rows[0]?.subjectId ?? null;
}

/**
 * Asks the person once more about the version in force, as if for the first time. Null when it asks nobody now, or
 * somebody whose identity has ended: then it is told to look for its consignee anew.
 */
export async function askAnew(client: PoolClient, row: ProcessRow): Promise<Asked | null> {
  const subjectId = await pinnedPerson(client, row);
  return subjectId ? { kind: 'asked', subjectId, notification: await show(client, row, subjectId) } : null;
}

async function boundIdentity(client: PoolClient, phoneIndex: Buffer) {
  const { rows } = await client.query<{ subjectId: string; sealed: Buffer }>({
    name: 'ask-identity',
    text: `SELECT subject_id AS "subjectId", sealed FROM identities
           WHERE phone_index = $1 AND ended_at IS NULL AND bound_at IS NOT NULL`,
    values: [phoneIndex],
  });
  return rows[0] ?? null;
}

const nameOf = (key: Buffer, subjectId: string, sealed: Buffer): string =>
  (unseal(key, `identities/${subjectId}/sealed`, sealed) as { name: string }).name;

/**
 * Pins the person to the version, and makes the row of the message that tells them. Asked again (another binding, or a
 * correction), everything is told anew: what was sent before counts no more.
 */
async function show(client: PoolClient, row: ProcessRow, subjectId: string): Promise<Notification> {
  const notificationId = uuidv7();
  const { rows } = await client.query<{ shownAt: Date }>({
    name: 'ask-show',
    text: `WITH shown AS (
             UPDATE declaration_versions SET shown_to = $3, shown_at = clock_timestamp()
             WHERE declaration_id = $1 AND version = $2 RETURNING shown_at),
           earlier AS (
             DELETE FROM notifications WHERE declaration_id = $1 AND version = $2
               AND kind <> 'invitation' AND (kind, recipient) <> ('ask', $5))
           INSERT INTO notifications (notification_id, declaration_id, version, recipient, kind)
           VALUES ($4, $1, $2, $5, 'ask')
           ON CONFLICT (declaration_id, version, recipient, kind) DO UPDATE SET notification_id = excluded.notification_id,
             created_at = excluded.created_at, sent_at = NULL, failed_at = NULL, displayed_at = NULL,
             held_back_at = NULL
           RETURNING (SELECT shown_at FROM shown) AS "shownAt"`,
    values: [row.declarationId, row.version, subjectId, notificationId, subjectId],
  });
  row.subjectId = subjectId;
  row.askedAt = rows[0]?.shownAt ?? new Date();
  enter(row, 'awaiting_importer');
  return { notificationId, kind: 'ask' };
}

async function unsentAsk(client: PoolClient, row: ProcessRow): Promise<Notification | null> {
  const { rows } = await client.query<{ notificationId: string }>(
    `SELECT notification_id AS "notificationId" FROM notifications
     WHERE declaration_id = $1 AND version = $2 AND kind = 'ask' AND sent_at IS NULL AND held_back_at IS NULL`,
    [row.declarationId, row.version],
  );
  return rows[0] ? { ...rows[0], kind: 'ask' } : null;
}

/** One invitation per phone and day, whoever declares; the phone's lock is held. */
async function invite(client: PoolClient, row: ProcessRow): Promise<Notification | null> {
  const { rows } = await client.query<{ notificationId: string }>(
    `INSERT INTO notifications (notification_id, declaration_id, version, recipient, kind)
     SELECT $1, $2, $3, $4, 'invitation'
     WHERE NOT EXISTS (SELECT 1 FROM notifications WHERE recipient = $4 AND kind = 'invitation'
       AND created_at > now() - $5 * interval '1 millisecond' AND declaration_id <> $2)
     ON CONFLICT (declaration_id, version, recipient, kind) DO UPDATE SET kind = excluded.kind
       WHERE notifications.sent_at IS NULL
     RETURNING notification_id AS "notificationId"`,
    [uuidv7(), row.declarationId, row.version, row.phoneIndex?.toString('hex'), INVITATION_EVERY_MS],
  );
  return rows[0] ? { ...rows[0], kind: 'invitation' } : null;
}
