/** A person's devices, as they see and end them. */
import type { Queryable } from './pool.ts';
import type { Session } from './sessions.ts';

export interface Devices {
  passkeys: {
    credentialId: Buffer;
    label: string | null;
    createdAt: Date;
    lastUsedAt: Date | null;
    /** Kept by its platform on all of the person's devices. */
    synced: boolean;
    current: boolean;
  }[];
  sessions: { sessionId: string; label: string | null; createdAt: Date; current: boolean }[];
  pushSubscriptions: number;
}

/** The oldest passkey and the newest session first. `session`: the one that asks. */
export async function readDevices(
  db: Queryable,
  { subjectId, sessionHash, credentialId }: Session,
): Promise<Devices> {
  const passkeys = await db.query<Devices['passkeys'][number]>({
    name: 'devices-passkeys',
    text: `SELECT credential_id AS "credentialId", label, created_at AS "createdAt", last_used_at AS "lastUsedAt",
             backed_up AS synced, credential_id IS NOT DISTINCT FROM $2 AS current
           FROM passkeys WHERE subject_id = $1 ORDER BY created_at`,
    values: [subjectId, credentialId],
  });
  const sessions = await db.query<Devices['sessions'][number]>({
    name: 'devices-sessions',
    text: `SELECT session_id AS "sessionId", label, login_at AS "createdAt", session_hash = $2 AS current
           FROM sessions WHERE subject_id = $1 AND expires_at > now() ORDER BY login_at DESC`,
    values: [subjectId, sessionHash],
  });
  const push = await db.query<{ count: number }>({
    name: 'devices-push',
    text: 'SELECT count(*) AS count FROM push_subscriptions WHERE subject_id = $1',
    values: [subjectId],
  });
  return {
    passkeys: passkeys.rows,
    sessions: sessions.rows,
    pushSubscriptions: push.rows[0]?.count ?? 0,
  };
}

/** Its sessions and push subscriptions end with it. False: the person has no such passkey. */
export async function revokePasskey(
  db: Queryable,
  subjectId: string,
  credentialId: Buffer,
): Promise<boolean> {
  const { rowCount } = await db.query('DELETE FROM passkeys WHERE credential_id = $1 AND subject_id = $2', [
    credentialId,
    subjectId,
  ]);
  return rowCount === 1;
}

/** False: the person has no such session. */
export async function endSession(db: Queryable, subjectId: string, sessionId: string): Promise<boolean> {
  const { rowCount } = await db.query('DELETE FROM sessions WHERE session_id = $1 AND subject_id = $2', [
    sessionId,
    subjectId,
  ]);
  return rowCount === 1;
}

export async function endOtherSessions(
  db: Queryable,
  { subjectId, sessionHash }: Pick<Session, 'subjectId' | 'sessionHash'>,
): Promise<void> {
  await db.query('DELETE FROM sessions WHERE subject_id = $1 AND session_hash <> $2', [
    subjectId,
    sessionHash,
  ]);
}
