/** Changes of a broker's users come one after the other, each by somebody who is still there. */
import { ConsentryError } from '../../domain/error-code.ts';
import type { Queryable } from '../pool.ts';

/** Who changes something, and the session in which they do. */
export interface Changer {
  userId: string;
  sessionId: string;
}

/** The session said who they are; it, its passkey or they may have ended in the meantime. Throws `unauthenticated`. */
export async function requireStill(
  client: Queryable,
  brokerId: string,
  { userId, sessionId }: Changer,
  { admin }: { admin: boolean },
): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT 1 FROM broker_users u JOIN console_sessions s USING (user_id)
     WHERE u.user_id = $1 AND u.broker_id = $2 AND u.deactivated_at IS NULL AND (u.role = 'admin' OR NOT $3)
       AND s.session_id = $4`,
    [userId, brokerId, admin, sessionId],
  );
  if (rowCount !== 1) throw new ConsentryError('unauthenticated', 'You were logged out in the meantime.');
}
