import { RECENT_LOGIN_MS, SESSION_TTL_MS } from '../domain/limits.ts';
import type { Queryable } from './pool.ts';

/** Who is logged in. */
export interface Session {
  sessionHash: Buffer;
  subjectId: string;
  /** The registration whose passkey logged in: what is made in this session falls with it. */
  registrationId: string;
  /** The passkey that logged in: the session ends with it. */
  credentialId: Buffer | null;
  /** The passkey login was minutes ago. */
  recent: boolean;
}

/** The session of a cookie; null when it has ended, or its person has left. */
export async function findSession(db: Queryable, sessionHash: Buffer): Promise<Session | null> {
  const { rows } = await db.query<Session>({
    name: 'session-find',
    text: `SELECT session_hash AS "sessionHash", subject_id AS "subjectId", s.registration_id AS "registrationId",
             s.credential_id AS "credentialId",
             login_at > now() - $2 * interval '1 millisecond' AS recent
           FROM sessions s JOIN identities i USING (subject_id)
           WHERE session_hash = $1 AND expires_at > now() AND i.ended_at IS NULL`,
    values: [sessionHash, RECENT_LOGIN_MS],
  });
  return rows[0] ?? null;
}

export interface NewSession extends Omit<Session, 'recent'> {
  /** What the person tells the device by. */
  label: string | null;
}

export async function insertSession(db: Queryable, session: NewSession): Promise<void> {
  await db.query(
    `INSERT INTO sessions (session_hash, subject_id, registration_id, credential_id, label, expires_at)
     VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 millisecond')`,
    [
      session.sessionHash,
      session.subjectId,
      session.registrationId,
      session.credentialId,
      session.label,
      SESSION_TTL_MS,
    ],
  );
}

export async function deleteSession(db: Queryable, sessionHash: Buffer): Promise<void> {
  await db.query('DELETE FROM sessions WHERE session_hash = $1', [sessionHash]);
}
