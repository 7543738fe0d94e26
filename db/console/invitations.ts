/** Invitations to a broker's console: a link that is used once, within three days. */
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { ConsoleRole } from '../../domain/console.ts';
import { CONSOLE_INVITATION_TTL_MS } from '../../domain/limits.ts';
import { lockBroker } from '../brokers.ts';
import type { Database } from '../database.ts';
import { type Queryable, transaction } from '../pool.ts';
import { hashSecret } from '../seal.ts';
import { recordAct } from './acts.ts';
import { type Changer, requireStill } from './lock.ts';
import { openName, sealName } from './names.ts';

const TOKEN_BYTES = 32;

/** Told this once: only the hash of its token is kept. */
export interface NewInvitation {
  userId: string;
  /** base64url, of the link. */
  token: string;
  expiresAt: Date;
}

export interface Invited {
  brokerId: string;
  /** Null: an operator of ours invites. */
  by: Changer | null;
  name: string;
  role: ConsoleRole;
}

/** A new user, who has not joined, and their invitation. */
export async function inviteUser(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  { brokerId, by, name, role }: Invited,
): Promise<NewInvitation> {
  const userId = uuidv7();
  return transaction(pool, async (client) => {
    await lockBroker(client, brokerId);
    if (by) await requireStill(client, brokerId, by, { admin: true });
    const key = await keys.create(userId, 'broker-user');
    await client.query(
      'INSERT INTO broker_users (user_id, broker_id, role, sealed) VALUES ($1, $2, $3, $4)',
      [userId, brokerId, role, sealName(key, userId, name)],
    );
    await recordAct(client, { brokerId, userId: by?.userId ?? null, kind: 'invited', aboutUserId: userId });
    return replaceInvitation(client, userId);
  });
}

/** Another link for a user: the earlier one was lost, or every passkey was. Null: the broker has no such active user. */
export function inviteAgain(
  { pool }: Pick<Database, 'pool'>,
  { brokerId, by }: Pick<Invited, 'brokerId' | 'by'>,
  userId: string,
): Promise<NewInvitation | null> {
  return transaction(pool, async (client) => {
    await lockBroker(client, brokerId);
    if (by) await requireStill(client, brokerId, by, { admin: true });
    const { rowCount } = await client.query(
      `SELECT 1 FROM broker_users WHERE user_id = $1 AND broker_id = $2 AND deactivated_at IS NULL
       FOR NO KEY UPDATE`,
      [userId, brokerId],
    );
    if (rowCount !== 1) return null;
    await recordAct(client, { brokerId, userId: by?.userId ?? null, kind: 'invited', aboutUserId: userId });
    return replaceInvitation(client, userId);
  });
}

async function replaceInvitation(client: Queryable, userId: string): Promise<NewInvitation> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const { rows } = await client.query<{ expiresAt: Date }>(
    `INSERT INTO console_invitations (user_id, token_hash, expires_at)
     VALUES ($1, $2, now() + $3 * interval '1 millisecond')
     ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at, used_at = NULL
     RETURNING expires_at AS "expiresAt"`,
    [userId, hashSecret(token), CONSOLE_INVITATION_TTL_MS],
  );
  if (!rows[0]) throw new Error(`no invitation of ${userId}`);
  return { userId, token, ...rows[0] };
}

/**
 * Links that nobody used, for a user and given out by them, end with that user, or with a passkey of theirs that may have been in
 * wrong hands: who gets in is for those to say who are still in.
 */
export async function endInvitationsOf(client: Queryable, userId: string): Promise<void> {
  await client.query(
    `DELETE FROM console_invitations i WHERE used_at IS NULL AND (i.user_id = $1 OR $1 = (
       SELECT a.user_id FROM console_acts a WHERE a.about_user_id = i.user_id AND a.kind = 'invited'
       ORDER BY a.act_id DESC LIMIT 1))`,
    [userId],
  );
}

export interface OpenInvitation {
  userId: string;
  name: string | null;
  role: ConsoleRole;
  broker: { brokerId: string; name: string; boxNumber: string };
  expiresAt: Date;
}

/** Neither used nor expired, of a user and a broker that are still there. */
export const OPEN_INVITATION = `console_invitations i JOIN broker_users u USING (user_id) JOIN brokers b USING (broker_id)
  WHERE i.token_hash = $1 AND i.used_at IS NULL AND i.expires_at > clock_timestamp()
    AND u.deactivated_at IS NULL AND b.revoked_at IS NULL`;

/** What a link invites to; null when it cannot be used: unknown, used, replaced and expired ones are told alike. */
export async function findInvitation(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  token: string,
): Promise<OpenInvitation | null> {
  const { rows } = await pool.query<
    Omit<OpenInvitation, 'name' | 'broker'> & {
      sealed: Buffer;
      brokerId: string;
      brokerName: string;
      boxNumber: string;
    }
  >({
    name: 'console-invitation-find',
    text: `SELECT u.user_id AS "userId", u.role, u.sealed, i.expires_at AS "expiresAt", b.broker_id AS "brokerId",
             b.name AS "brokerName", b.box_number AS "boxNumber" FROM ${OPEN_INVITATION}`,
    values: [hashSecret(token)],
  });
  const [row] = rows;
  if (!row) return null;
  const { sealed, brokerId, brokerName, boxNumber, ...invitation } = row;
  return {
    ...invitation,
    name: openName(await keys.get(invitation.userId), invitation.userId, sealed),
    broker: { brokerId, name: brokerName, boxNumber },
  };
}

/** The broker's first administrator, who was invited and has not joined; null: there is none, or somebody has joined. */
export async function awaitedAdministrator(
  db: Queryable,
  brokerId: string,
): Promise<{ joined: boolean; userId: string | null }> {
  const { rows } = await db.query<{ joined: boolean; userId: string | null }>(
    `SELECT coalesce(bool_or(joined_at IS NOT NULL), false) AS joined,
       min(user_id::text) FILTER (WHERE joined_at IS NULL AND role = 'admin') AS "userId"
     FROM broker_users WHERE broker_id = $1 AND deactivated_at IS NULL`,
    [brokerId],
  );
  return rows[0] ?? { joined: false, userId: null };
}
