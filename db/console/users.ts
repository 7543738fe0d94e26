/** A broker's users of its console, as its administrators see and end them. Every query names the broker. */
import type { Pool, PoolClient } from 'pg';
import type { ConsoleActKind, ConsoleRole } from '../../domain/console.ts';
import { ConsentryError } from '../../domain/error-code.ts';
import { lockBroker } from '../brokers.ts';
import type { Database } from '../database.ts';
import { transaction } from '../pool.ts';
import { recordAct } from './acts.ts';
import { endInvitationsOf } from './invitations.ts';
import { type Changer, requireStill } from './lock.ts';
import { openName } from './names.ts';
import { AWAKE } from './sessions.ts';

export interface ConsoleUser {
  userId: string;
  name: string | null;
  role: ConsoleRole;
  createdAt: Date;
  /** Null while only invited. */
  joinedAt: Date | null;
  deactivatedAt: Date | null;
  /** An invitation that can be used ends then. */
  invitationExpiresAt: Date | null;
  passkeys: ListedPasskey[];
  sessions: ListedSession[];
}

interface ListedPasskey {
  /** base64url */
  credentialId: string;
  label: string | null;
  createdAt: Date;
  lastUsedAt: Date | null;
  synced: boolean;
}

interface ListedSession {
  sessionId: string;
  label: string | null;
  createdAt: Date;
}

type UserRow = Omit<ConsoleUser, 'name' | 'passkeys' | 'sessions'> & { sealed: Buffer | null };

/** Oldest first; `userId`: that one alone. */
export async function listUsers(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  brokerId: string,
  userId?: string,
): Promise<ConsoleUser[]> {
  const { rows } = await pool.query<UserRow>({
    name: 'console-users',
    text: `SELECT u.user_id AS "userId", u.role, u.sealed, u.created_at AS "createdAt", u.joined_at AS "joinedAt",
             u.deactivated_at AS "deactivatedAt",
             CASE WHEN i.used_at IS NULL AND i.expires_at > now() THEN i.expires_at END AS "invitationExpiresAt"
           FROM broker_users u LEFT JOIN console_invitations i USING (user_id)
           WHERE u.broker_id = $1 AND ($2::uuid IS NULL OR u.user_id = $2) ORDER BY u.user_id`,
    values: [brokerId, userId ?? null],
  });
  const ids = rows.map((row) => row.userId);
  const [dataKeys, passkeys, sessions] = await Promise.all([
    keys.getMany(ids),
    passkeysOf(pool, brokerId, ids),
    sessionsOf(pool, brokerId, ids),
  ]);
  return rows.map(({ sealed, ...user }) => ({
    ...user,
    name: openName(dataKeys.get(user.userId), user.userId, sealed),
    passkeys: passkeys.filter((one) => one.userId === user.userId).map(({ userId: _, ...one }) => one),
    sessions: sessions.filter((one) => one.userId === user.userId).map(({ userId: _, ...one }) => one),
  }));
}

async function passkeysOf(pool: Pool, brokerId: string, userIds: readonly string[]) {
  const { rows } = await pool.query<
    Omit<ListedPasskey, 'credentialId'> & { credentialId: Buffer; userId: string }
  >({
    name: 'console-users-passkeys',
    text: `SELECT p.user_id AS "userId", p.credential_id AS "credentialId", p.label, p.created_at AS "createdAt",
             p.last_used_at AS "lastUsedAt", p.backed_up AS synced
           FROM console_passkeys p JOIN broker_users u USING (user_id)
           WHERE p.user_id = ANY($1) AND u.broker_id = $2 ORDER BY p.created_at`,
    values: [userIds, brokerId],
  });
  return rows.map((row) => ({ ...row, credentialId: row.credentialId.toString('base64url') }));
}

async function sessionsOf(pool: Pool, brokerId: string, userIds: readonly string[]) {
  const { rows } = await pool.query<ListedSession & { userId: string }>({
    name: 'console-users-sessions',
    text: `SELECT s.user_id AS "userId", s.session_id AS "sessionId", s.label, s.login_at AS "createdAt"
           FROM console_sessions s JOIN broker_users u USING (user_id)
           WHERE s.user_id = ANY($1) AND u.broker_id = $2 AND ${AWAKE} ORDER BY s.login_at DESC`,
    values: [userIds, brokerId],
  });
  return rows;
}

/** Whom it is about, and by whom. */
export interface UserChange {
  brokerId: string;
  by: Changer;
  userId: string;
}

/**
 * Their passkeys, sessions and invitation end, for good; what they did stays told. False: the broker has no such active
 * user. Throws `last-administrator`.
 */
export function deactivateUser(pool: Pool, change: UserChange): Promise<boolean> {
  return changeUser(pool, change, 'deactivated', async (client, { userId, onlyAdministrator }) => {
    if (onlyAdministrator) throw lastAdministrator();
    await client.query('DELETE FROM console_passkeys WHERE user_id = $1', [userId]);
    await endInvitationsOf(client, userId);
    await client.query('UPDATE broker_users SET deactivated_at = clock_timestamp() WHERE user_id = $1', [
      userId,
    ]);
    return true;
  });
}

/**
 * Its sessions end with it, and the links that its user gave out or was given. False: that user has no such passkey. Throws
 * `last-administrator` for the last one of theirs.
 */
export function revokeConsolePasskey(pool: Pool, change: UserChange, credentialId: Buffer): Promise<boolean> {
  return changeUser(pool, change, 'passkey-revoked', async (client, { userId, onlyAdministrator }) => {
    const { rowCount } = await client.query(
      'DELETE FROM console_passkeys WHERE credential_id = $1 AND user_id = $2',
      [credentialId, userId],
    );
    if (rowCount !== 1) return false;
    const left = await client.query('SELECT 1 FROM console_passkeys WHERE user_id = $1 LIMIT 1', [userId]);
    if (onlyAdministrator && left.rowCount === 0) throw lastAdministrator();
    await endInvitationsOf(client, userId);
    return true;
  });
}

/** False: that user has no such session. */
export function endConsoleSession(pool: Pool, change: UserChange, sessionId: string): Promise<boolean> {
  return changeUser(pool, change, 'session-ended', async (client, { userId }) => {
    const { rowCount } = await client.query(
      'DELETE FROM console_sessions WHERE session_id = $1 AND user_id = $2',
      [sessionId, userId],
    );
    return rowCount === 1;
  });
}

interface LockedUser {
  userId: string;
  /** Nobody else who can log in administers. */
  onlyAdministrator: boolean;
}

/** One change of a broker's users at a time: two administrators who end each other in the same instant leave one. */
function changeUser(
  pool: Pool,
  { brokerId, by, userId }: UserChange,
  kind: ConsoleActKind,
  act: (client: PoolClient, user: LockedUser) => Promise<boolean>,
): Promise<boolean> {
  return transaction(pool, async (client) => {
    await lockBroker(client, brokerId);
    await requireStill(client, brokerId, by, { admin: by.userId !== userId });
    const { rows } = await client.query<{ administers: boolean; others: boolean }>(
      `SELECT u.role = 'admin' AND u.joined_at IS NOT NULL AS administers, EXISTS (
         SELECT 1 FROM broker_users o WHERE o.broker_id = u.broker_id AND o.user_id <> u.user_id AND o.role = 'admin'
           AND o.deactivated_at IS NULL AND EXISTS (SELECT 1 FROM console_passkeys p WHERE p.user_id = o.user_id)) AS others
       FROM broker_users u WHERE u.user_id = $1 AND u.broker_id = $2 AND u.deactivated_at IS NULL`,
      [userId, brokerId],
    );
    const [user] = rows;
    if (!user || !(await act(client, { userId, onlyAdministrator: user.administers && !user.others })))
      return false;
    await recordAct(client, { brokerId, userId: by.userId, kind, aboutUserId: userId });
    return true;
  });
}

const lastAdministrator = () =>
  new ConsentryError(
    'last-administrator',
    'Invite another administrator first, and wait until they have joined.',
  );
