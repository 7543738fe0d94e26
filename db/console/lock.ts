/** Changes of a broker's users come one after the other, each by somebody who is still there. */
import { ConsentryError } from '../../domain/error-code.ts';
import type { Queryable } from '../pool.ts';

/** Until the transaction ends. */
export async function lockUsers(client: Queryable, brokerId: string): Promise<void> {
  await client.query('SELECT 1 FROM brokers WHERE broker_id = $1 FOR NO KEY UPDATE', [brokerId]);
}

/** The session said who they are; it may have been ended in the meantime. Throws `unauthenticated`. */
export async function requireStill(
  client: Queryable,
  brokerId: string,
  userId: string,
  { admin }: { admin: boolean },
): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT 1 FROM broker_users WHERE user_id = $1 AND broker_id = $2 AND deactivated_at IS NULL
       AND (role = 'admin' OR NOT $3)`,
    [userId, brokerId, admin],
  );
  if (rowCount !== 1) throw new ConsentryError('unauthenticated', 'You were deactivated in the meantime.');
}
