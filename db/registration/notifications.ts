import { v7 as uuidv7 } from 'uuid';
import type { KeyStore } from '../keys.ts';
import type { Queryable } from '../pool.ts';
import { unseal } from '../seal.ts';
import type { RegistrationRow } from './process-row.ts';

/** Messages about a registration to the person's earlier devices. */
export type RegistrationMessage = 'recovered' | 'phone-change';

/** The row of a message, made before it is sent: one of each kind. Its id, the same each time. */
export async function registrationNotification(
  db: Queryable,
  { registrationId, subjectId }: Pick<RegistrationRow, 'registrationId' | 'subjectId'>,
  kind: RegistrationMessage,
): Promise<string> {
  const { rows } = await db.query<{ notificationId: string }>(
    `INSERT INTO notifications (notification_id, registration_id, recipient, kind) VALUES ($1, $2, $3, $4)
     ON CONFLICT (registration_id, kind) DO UPDATE SET kind = excluded.kind
     RETURNING notification_id AS "notificationId"`,
    [uuidv7(), registrationId, subjectId, kind],
  );
  return rows[0]?.notificationId ?? '';
}

export interface EarlierDevice {
  subscriptionId: string;
  /** PushSubscription JSON. */
  subscription: unknown;
}

/**
 * Devices that the person had before this registration began, or before the hold of a change of phone was over; none when
 * their data key is gone.
 */
export async function earlierDevices(
  db: Queryable,
  keys: KeyStore,
  { subjectId, createdAt, holdUntil }: Pick<RegistrationRow, 'subjectId' | 'createdAt' | 'holdUntil'>,
): Promise<EarlierDevice[]> {
  const key = subjectId && (await keys.get(subjectId));
  if (!key) return [];
  const { rows } = await db.query<{ subscriptionId: string; sealed: Buffer }>(
    `SELECT subscription_id AS "subscriptionId", sealed FROM push_subscriptions
     WHERE subject_id = $1 AND created_at < $2`,
    [subjectId, holdUntil ?? createdAt],
  );
  return rows.map(({ subscriptionId, sealed }) => ({
    subscriptionId,
    subscription: unseal(key, `push_subscriptions/${subscriptionId}/sealed`, sealed),
  }));
}
