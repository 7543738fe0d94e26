import type { Pool, PoolClient } from 'pg';
import { ConsentryError } from '../domain/error-code.ts';
import { PASSKEY_AFTER_BOUND_MS, RECENT_LOGIN_MS, SESSION_TTL_MS } from '../domain/limits.ts';
import { spendChallenge } from './challenges.ts';
import { type Queryable, transaction, violatedConstraint } from './pool.ts';
import { insertSession, type Session } from './sessions.ts';

export interface Passkey {
  credentialId: Buffer;
  subjectId: string;
  /** COSE key. */
  publicKey: Buffer;
  signCount: number;
  transports: string[];
}

const COLUMNS = `credential_id AS "credentialId", p.subject_id AS "subjectId", public_key AS "publicKey",
  sign_count AS "signCount", transports`;

export async function passkeysOf(db: Queryable, subjectId: string): Promise<Passkey[]> {
  const { rows } = await db.query<Passkey>({
    name: 'passkeys-of',
    text: `SELECT ${COLUMNS} FROM passkeys p WHERE subject_id = $1 ORDER BY created_at`,
    values: [subjectId],
  });
  return rows;
}

/** The passkey of that id, whoever's it is; null for none, or its person has left. */
export async function findPasskey(db: Queryable, credentialId: Buffer): Promise<Passkey | null> {
  const { rows } = await db.query<Passkey>({
    name: 'passkey-find',
    text: `SELECT ${COLUMNS} FROM passkeys p JOIN identities i USING (subject_id)
           WHERE credential_id = $1 AND i.ended_at IS NULL`,
    values: [credentialId],
  });
  return rows[0] ?? null;
}

/** On whose word a passkey is added: the browser that registered just now, or a session of a moment ago. */
export type PasskeyGrant =
  | { kind: 'registration'; registrationId: string; browserHash: Buffer }
  | { kind: 'session'; sessionHash: Buffer };

/** Whom a grant lets add a passkey, and under which registration; null: nobody. `lock` keeps it so to the commit. */
export async function grantedPerson(
  db: Queryable,
  grant: PasskeyGrant,
  lock = false,
): Promise<{ subjectId: string; registrationId: string } | null> {
  const share = lock ? 'FOR SHARE' : '';
  const { rows } =
    grant.kind === 'registration'
      ? await db.query<{ subjectId: string; registrationId: string }>(
          `SELECT subject_id AS "subjectId", registration_id AS "registrationId" FROM registrations r
           WHERE registration_id = $1 AND browser_hash = $2 AND (status = 'binding'
             OR status = 'bound' AND coalesce(first_read_bound_at > now() - $3 * interval '1 millisecond', true))
             AND EXISTS (SELECT 1 FROM identities i WHERE i.subject_id = r.subject_id AND i.ended_at IS NULL) ${share}`,
          [grant.registrationId, grant.browserHash, PASSKEY_AFTER_BOUND_MS],
        )
      : await db.query<{ subjectId: string; registrationId: string }>(
          `SELECT subject_id AS "subjectId", registration_id AS "registrationId" FROM sessions
           WHERE session_hash = $1 AND expires_at > now() AND login_at > now() - $2 * interval '1 millisecond' ${share}`,
          [grant.sessionHash, RECENT_LOGIN_MS],
        );
  return rows[0] ?? null;
}

export interface NewPasskey extends Passkey {
  backedUp: boolean;
  /** What the person tells the device by. */
  label: string | null;
}

/**
 * Adds a passkey, using up its challenge; with a registration's grant this also logs in (`sessionHash`). A registration
 * that is undone meanwhile takes its passkeys and sessions with it: the grant's row is locked. Throws
 * `challenge-expired`, `forbidden` (the grant has ended), `assertion-rejected` (the id is taken).
 */
export async function addPasskey(
  pool: Pool,
  passkey: NewPasskey,
  by: { grant: PasskeyGrant; challengeHash: Buffer; sessionHash: Buffer },
): Promise<void> {
  await transaction(pool, async (client) => {
    if (!(await spendChallenge(client, by.challengeHash))) throw challengeExpired();
    const person = await grantedPerson(client, by.grant, true);
    if (person?.subjectId !== passkey.subjectId) throw new ConsentryError('forbidden', NO_GRANT);
    await insertPasskey(client, passkey, person.registrationId);
    if (by.grant.kind === 'registration') {
      const { credentialId, label } = passkey;
      await insertSession(client, { ...person, credentialId, label, sessionHash: by.sessionHash });
    }
  });
}

export const NO_GRANT = 'A passkey is added right after the registration, or right after a login.';

export const challengeExpired = () =>
  new ConsentryError('challenge-expired', 'The challenge was used or has expired.');

async function insertPasskey(client: PoolClient, passkey: NewPasskey, registrationId: string): Promise<void> {
  try {
    await client.query(
      `INSERT INTO passkeys (credential_id, subject_id, registration_id, public_key, sign_count, transports, backed_up, label)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        passkey.credentialId,
        passkey.subjectId,
        registrationId,
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

/**
 * Whether a signature's count may follow the one kept: it grows, or is always 0 as with synced passkeys (WebAuthn
 * Level 3 §6.1.1). `$count` is the new one.
 */
export const countFollows = (count: string): string =>
  `(sign_count < ${count} OR sign_count = 0 AND ${count} = 0)`;

export interface Login {
  credentialId: Buffer;
  signCount: number;
  challengeHash: Buffer;
  sessionHash: Buffer;
  /** The session that this browser had before: the new one takes its place. */
  earlierHash: Buffer | null;
  /** What the person tells the device by. */
  label: string | null;
}

/** One use of a verified login: null when the challenge was used, or the passkey's count went ahead, meanwhile. */
export async function logIn(db: Queryable, login: Login): Promise<Pick<Session, 'subjectId'> | null> {
  const { rows } = await db.query<{ subjectId: string }>({
    name: 'passkey-login',
    text: `WITH spent AS (
             UPDATE challenges SET spent_at = clock_timestamp()
             WHERE challenge_hash = $1 AND spent_at IS NULL AND expires_at > clock_timestamp() RETURNING 1),
           counted AS (
             UPDATE passkeys SET sign_count = $3, last_used_at = clock_timestamp()
             WHERE credential_id = $2 AND ${countFollows('$3::bigint')} AND EXISTS (SELECT 1 FROM spent)
             RETURNING subject_id, registration_id),
           replaced AS (DELETE FROM sessions WHERE session_hash = $6 AND EXISTS (SELECT 1 FROM counted))
           INSERT INTO sessions (session_hash, subject_id, registration_id, credential_id, label, expires_at)
           SELECT $4, subject_id, registration_id, $2, $7, now() + $5 * interval '1 millisecond' FROM counted
           RETURNING subject_id AS "subjectId"`,
    values: [
      login.challengeHash,
      login.credentialId,
      login.signCount,
      login.sessionHash,
      SESSION_TTL_MS,
      login.earlierHash,
      login.label,
    ],
  });
  return rows[0] ?? null;
}
