/** Names of a console's users lie sealed, each under the user's own key. */
import type { Database } from '../database.ts';
import { type FieldAddress, seal, unseal } from '../seal.ts';

const addressOf = (userId: string): FieldAddress => `broker_users/${userId}/sealed`;

export const sealName = (key: Buffer, userId: string, name: string): Buffer =>
  seal(key, addressOf(userId), { name });

/** Null once it is not kept any more. */
export const openName = (
  key: Buffer | null | undefined,
  userId: string,
  sealed: Buffer | null,
): string | null =>
  key && sealed ? (unseal(key, addressOf(userId), sealed) as { name: string }).name : null;

/** Of those of the ids that are the broker's. */
export async function namesOf(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  brokerId: string,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  const { rows } = await pool.query<{ userId: string; sealed: Buffer | null }>({
    name: 'console-names',
    text: `SELECT user_id AS "userId", sealed FROM broker_users WHERE broker_id = $1 AND user_id = ANY($2)`,
    values: [brokerId, [...new Set(userIds)]],
  });
  const dataKeys = await keys.getMany(rows.map(({ userId }) => userId));
  return new Map(rows.map(({ userId, sealed }) => [userId, openName(dataKeys.get(userId), userId, sealed)]));
}
