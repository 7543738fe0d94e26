import type { ConsoleRole } from '../../domain/console.ts';
import { CONSOLE_IDLE_MS, RECENT_LOGIN_MS } from '../../domain/limits.ts';
import type { Broker } from '../brokers.ts';
import type { Queryable } from '../pool.ts';

/** Who is logged in to a broker's console. */
export interface ConsoleSession {
  sessionHash: Buffer;
  sessionId: string;
  userId: string;
  role: ConsoleRole;
  sealedName: Buffer;
  credentialId: Buffer;
  /** The passkey login was minutes ago. */
  recent: boolean;
  expiresAt: Date;
  broker: Broker;
}

/** A session of that time without an act of its person has ended. */
export const AWAKE = `s.expires_at > now() AND s.seen_at > now() - ${CONSOLE_IDLE_MS} * interval '1 millisecond'`;

type SessionRow = Omit<ConsoleSession, 'broker'> & Broker;

/**
 * The session of a cookie; null when it has ended, its user was deactivated or its broker revoked: asked at every call, so
 * that each of them counts at once. `acts`: the person does something, which keeps it awake (noted once a minute).
 */
export async function findConsoleSession(
  db: Queryable,
  sessionHash: Buffer,
  acts: boolean,
): Promise<ConsoleSession | null> {
  const { rows } = await db.query<SessionRow>({
    name: 'console-session-find',
    text: `WITH found AS (
             SELECT s.session_hash AS "sessionHash", s.session_id AS "sessionId", u.user_id AS "userId", u.role,
               u.sealed AS "sealedName", s.credential_id AS "credentialId", s.expires_at AS "expiresAt",
               s.login_at > now() - $2 * interval '1 millisecond' AS recent, b.broker_id AS "brokerId",
               b.client_id AS "clientId", b.name, b.box_number AS "boxNumber", b.created_at AS "createdAt",
               b.revoked_at AS "revokedAt"
             FROM console_sessions s JOIN broker_users u USING (user_id) JOIN brokers b USING (broker_id)
             WHERE s.session_hash = $1 AND ${AWAKE} AND u.deactivated_at IS NULL AND b.revoked_at IS NULL),
           seen AS (
             UPDATE console_sessions SET seen_at = now()
             WHERE session_hash = $1 AND $3 AND seen_at < now() - interval '1 minute' AND EXISTS (SELECT 1 FROM found))
           SELECT * FROM found`,
    values: [sessionHash, RECENT_LOGIN_MS, acts],
  });
  const [row] = rows;
  if (!row) return null;
  const { brokerId, clientId, name, boxNumber, createdAt, revokedAt, ...session } = row;
  return { ...session, broker: { brokerId, clientId, name, boxNumber, createdAt, revokedAt } };
}

export async function deleteConsoleSession(db: Queryable, sessionHash: Buffer): Promise<void> {
  await db.query('DELETE FROM console_sessions WHERE session_hash = $1', [sessionHash]);
}
