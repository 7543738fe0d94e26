/** Passkeys of a console's users, the challenges they answer, and logging in. */
import type { Pool, PoolClient } from 'pg';
import { ConsentryError } from '../../domain/error-code.ts';
import { CHALLENGE_TTL_MS, CONSOLE_SESSION_TTL_MS, RECENT_LOGIN_MS } from '../../domain/limits.ts';
import { challengeExpired, countFollows, type Passkey } from '../passkeys.ts';
import { type Queryable, transaction, violatedConstraint } from '../pool.ts';
import { hashSecret } from '../seal.ts';
import { recordAct } from './acts.ts';
import { OPEN_INVITATION } from './invitations.ts';
import { AWAKE } from './sessions.ts';

export type NewConsoleChallenge = { kind: 'login' } | { kind: 'passkey'; userId: string };

/** Keeps a challenge for five minutes and one use. */
export async function insertConsoleChallenge(
  db: Queryable,
  challenge: Uint8Array,
  about: NewConsoleChallenge,
): Promise<void> {
  await db.query({
    name: 'console-challenge-insert',
    text: `INSERT INTO console_challenges (challenge_hash, kind, user_id, expires_at)
           VALUES ($1, $2, $3, now() + $4 * interval '1 millisecond')`,
    values: [
      hashSecret(challenge),
      about.kind,
      about.kind === 'passkey' ? about.userId : null,
      CHALLENGE_TTL_MS,
    ],
  });
}

export interface KeptConsoleChallenge {
  kind: NewConsoleChallenge['kind'];
  userId: string | null;
  /** Neither used nor expired. */
  live: boolean;
}

/** What a challenge was handed out for; null: never by the console. */
export async function findConsoleChallenge(
  db: Queryable,
  challengeHash: Buffer,
): Promise<KeptConsoleChallenge | null> {
  const { rows } = await db.query<KeptConsoleChallenge>({
    name: 'console-challenge-find',
    text: `SELECT kind, user_id AS "userId", spent_at IS NULL AND expires_at > clock_timestamp() AS live
           FROM console_challenges WHERE challenge_hash = $1`,
    values: [challengeHash],
  });
  return rows[0] ?? null;
}

const SPEND = `UPDATE console_challenges SET spent_at = clock_timestamp()
  WHERE challenge_hash = $1 AND spent_at IS NULL AND expires_at > clock_timestamp()`;

export type ConsolePasskey = Omit<Passkey, 'subjectId'> & { userId: string };

const COLUMNS = `p.credential_id AS "credentialId", p.user_id AS "userId", p.public_key AS "publicKey",
  p.sign_count AS "signCount", p.transports`;

export async function consolePasskeysOf(db: Queryable, userId: string): Promise<ConsolePasskey[]> {
  const { rows } = await db.query<ConsolePasskey>({
    name: 'console-passkeys-of',
    text: `SELECT ${COLUMNS} FROM console_passkeys p WHERE user_id = $1 ORDER BY created_at`,
    values: [userId],
  });
  return rows;
}

/** The passkey of that id; null for none, or its user was deactivated, or their broker revoked. */
export async function findConsolePasskey(
  db: Queryable,
  credentialId: Buffer,
): Promise<ConsolePasskey | null> {
  const { rows } = await db.query<ConsolePasskey>({
    name: 'console-passkey-find',
    text: `SELECT ${COLUMNS} FROM console_passkeys p JOIN broker_users u USING (user_id) JOIN brokers b USING (broker_id)
           WHERE p.credential_id = $1 AND u.deactivated_at IS NULL AND b.revoked_at IS NULL`,
    values: [credentialId],
  });
  return rows[0] ?? null;
}

export interface NewConsolePasskey extends ConsolePasskey {
  backedUp: boolean;
  label: string | null;
}

/** What a new session is of: the hash of its cookie's secret, and the session that this browser had before. */
export interface NewConsoleSession {
  sessionHash: Buffer;
  earlierHash: Buffer | null;
}

/**
 * The invited joins: the invitation is used up, the passkey is theirs, and it logs in. All of it or nothing. Throws
 * `challenge-expired`, `not-found` (the invitation was used or has expired), `assertion-rejected` (the passkey is known).
 */
export function acceptInvitation(
  pool: Pool,
  token: string,
  passkey: NewConsolePasskey,
  by: NewConsoleSession & { challengeHash: Buffer },
): Promise<void> {
  return transaction(pool, async (client) => {
    await spend(client, by.challengeHash);
    const { rows } = await client.query<{ userId: string; brokerId: string }>(
      `SELECT u.user_id AS "userId", u.broker_id AS "brokerId" FROM ${OPEN_INVITATION} FOR UPDATE OF i, u`,
      [hashSecret(token)],
    );
    const [invited] = rows;
    if (invited?.userId !== passkey.userId) throw new ConsentryError('not-found', NO_INVITATION);
    const { userId, brokerId } = invited;
    await client.query('UPDATE console_invitations SET used_at = clock_timestamp() WHERE user_id = $1', [
      userId,
    ]);
    const { rows: first } = await client.query<{ joined: boolean }>(
      `UPDATE broker_users u SET joined_at = coalesce(u.joined_at, clock_timestamp())
       FROM broker_users before WHERE u.user_id = $1 AND before.user_id = u.user_id
       RETURNING before.joined_at IS NULL AS joined`,
      [userId],
    );
    await insertPasskey(client, passkey);
    await insertSession(client, passkey, by);
    const kind = first[0]?.joined ? 'joined' : 'passkey-added';
    await recordAct(client, { brokerId, userId, kind, aboutUserId: userId });
  });
}

export const NO_INVITATION = 'The invitation was used, replaced or has expired: ask for another one.';

/** One more passkey, by a session of a moment ago. Throws `challenge-expired`, `forbidden`, `assertion-rejected`. */
export function addConsolePasskey(
  pool: Pool,
  passkey: NewConsolePasskey,
  by: { sessionHash: Buffer; challengeHash: Buffer },
): Promise<void> {
  return transaction(pool, async (client) => {
    await spend(client, by.challengeHash);
    const { rows } = await client.query<{ userId: string; brokerId: string }>(
      `SELECT u.user_id AS "userId", u.broker_id AS "brokerId"
       FROM console_sessions s JOIN broker_users u USING (user_id)
       WHERE s.session_hash = $1 AND ${AWAKE} AND s.login_at > now() - $2 * interval '1 millisecond'
         AND u.deactivated_at IS NULL FOR SHARE OF s, u`,
      [by.sessionHash, RECENT_LOGIN_MS],
    );
    const [person] = rows;
    if (person?.userId !== passkey.userId) throw new ConsentryError('forbidden', 'Log in once more.');
    await insertPasskey(client, passkey);
    const { userId, brokerId } = person;
    await recordAct(client, { brokerId, userId, kind: 'passkey-added', aboutUserId: userId });
  });
}

async function spend(client: PoolClient, challengeHash: Buffer): Promise<void> {
  const { rowCount } = await client.query(SPEND, [challengeHash]);
  if (rowCount !== 1) throw challengeExpired();
}

async function insertPasskey(client: PoolClient, passkey: NewConsolePasskey): Promise<void> {
  try {
    await client.query(
      `INSERT INTO console_passkeys (credential_id, user_id, public_key, sign_count, transports, backed_up, label)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        passkey.credentialId,
        passkey.userId,
        passkey.publicKey,
        passkey.signCount,
        passkey.transports,
        passkey.backedUp,
        passkey.label,
      ],
    );
  } catch (error) {
    if (violatedConstraint(error) === null) throw error;
    throw new ConsentryError('assertion-rejected', 'This passkey is known already.');
  }
}

async function insertSession(
  client: PoolClient,
  { userId, credentialId, label }: Pick<NewConsolePasskey, 'userId' | 'credentialId' | 'label'>,
  { sessionHash, earlierHash }: NewConsoleSession,
): Promise<void> {
  await client.query('DELETE FROM console_sessions WHERE session_hash = $1', [earlierHash]);
  await client.query(
    `INSERT INTO console_sessions (session_hash, user_id, credential_id, label, expires_at)
     VALUES ($1, $2, $3, $4, now() + $5 * interval '1 millisecond')`,
    [sessionHash, userId, credentialId, label, CONSOLE_SESSION_TTL_MS],
  );
}

export interface ConsoleLogin extends NewConsoleSession {
  credentialId: Buffer;
  signCount: number;
  challengeHash: Buffer;
  label: string | null;
}

/** One use of a verified login. False when the challenge was used, or the passkey's count went ahead, meanwhile. */
export function logInToConsole(pool: Pool, login: ConsoleLogin): Promise<boolean> {
  return transaction(pool, async (client) => {
    const { rowCount: spent } = await client.query(SPEND, [login.challengeHash]);
    if (spent !== 1) return false;
    const { rows } = await client.query<{ userId: string }>(
      `UPDATE console_passkeys p SET sign_count = $2, last_used_at = clock_timestamp()
       FROM broker_users u WHERE p.credential_id = $1 AND u.user_id = p.user_id AND u.deactivated_at IS NULL
         AND ${countFollows('$2::bigint')}
       RETURNING p.user_id AS "userId"`,
      [login.credentialId, login.signCount],
    );
    if (!rows[0]) return false;
    await insertSession(client, { ...login, ...rows[0] }, login);
    return true;
  });
}
