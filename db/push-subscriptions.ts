import { v7 as uuidv7 } from 'uuid';
import type { Database } from './database.ts';
import { type Queryable, transaction } from './pool.ts';
import { hashSecret, seal } from './seal.ts';
import type { Session } from './sessions.ts';

/** A person's subscriptions at most: devices, with some that were replaced and never said so. */
const MOST_PER_PERSON = 20;

/**
 * Keeps a device's subscription; one endpoint is one device, so it moves to whoever subscribes with it last. It ends with
 * the passkey that the device logged in with.
 */
export async function putSubscription(
  { pool, keys }: Database,
  { subjectId, credentialId }: Pick<Session, 'subjectId' | 'credentialId'>,
  subscription: { endpoint: string },
): Promise<void> {
  const key = await keys.get(subjectId);
  if (!key) return;
  const subscriptionId = uuidv7();
  const endpointHash = hashSecret(subscription.endpoint);
  await transaction(pool, async (client) => {
    await client.query('DELETE FROM push_subscriptions WHERE endpoint_hash = $1', [endpointHash]);
    await client.query(
      `INSERT INTO push_subscriptions (subscription_id, subject_id, endpoint_hash, sealed, credential_id)
       VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (subject_id, endpoint_hash) DO NOTHING`,
      [
        subscriptionId,
        subjectId,
        endpointHash,
        seal(key, `push_subscriptions/${subscriptionId}/sealed`, subscription),
        credentialId,
      ],
    );
    await client.query(
      `DELETE FROM push_subscriptions WHERE subscription_id IN (
         SELECT subscription_id FROM push_subscriptions WHERE subject_id = $1
         ORDER BY created_at DESC, subscription_id DESC OFFSET $2)`,
      [subjectId, MOST_PER_PERSON],
    );
  });
}

export async function deleteSubscription(db: Queryable, subjectId: string, endpoint: string): Promise<void> {
  await db.query('DELETE FROM push_subscriptions WHERE subject_id = $1 AND endpoint_hash = $2', [
    subjectId,
    hashSecret(endpoint),
  ]);
}

/** The device showed a message of that person; false when it is not theirs. */
export async function markDisplayed(
  db: Queryable,
  subjectId: string,
  notificationId: string,
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'notification-displayed',
    text: `UPDATE notifications SET displayed_at = coalesce(displayed_at, clock_timestamp())
           WHERE notification_id = $1 AND recipient = $2`,
    values: [notificationId, subjectId],
  });
  return rowCount === 1;
}
