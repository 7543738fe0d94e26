import { v7 as uuidv7 } from 'uuid';
import type { PoaStatus } from '../../domain/poa-state.ts';
import type { KeyStore } from '../keys.ts';
import type { Queryable } from '../pool.ts';
import { unseal } from '../seal.ts';
import type { Notification } from './asking.ts';
import type { ProcessRow } from './process-row.ts';

/** Messages of each status in which somebody is written to; the others' are of no concern, sent or not. */
export const WRITTEN: Partial<Record<PoaStatus, readonly Notification['kind'][]>> = {
  awaiting_importer: ['ask', 'sms', 'reminder'],
  awaiting_registration: ['invitation'],
};

/** A message's row, made before it is sent; null when that message went out already. */
export async function createNotification(
  db: Queryable,
  row: Pick<ProcessRow, 'declarationId' | 'version'>,
  recipient: string,
  kind: Notification['kind'],
): Promise<Notification | null> {
  const { rows } = await db.query<{ notificationId: string }>(
    `INSERT INTO notifications (notification_id, declaration_id, version, recipient, kind) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (declaration_id, version, recipient, kind) DO UPDATE SET kind = excluded.kind
       WHERE notifications.sent_at IS NULL AND notifications.held_back_at IS NULL
     RETURNING notification_id AS "notificationId"`,
    [uuidv7(), row.declarationId, row.version, recipient, kind],
  );
  return rows[0] ? { ...rows[0], kind } : null;
}

/** Messages of the present status that no channel took yet. */
export async function unsentNotifications(
  db: Queryable,
  row: Pick<ProcessRow, 'declarationId' | 'version' | 'status'>,
): Promise<Notification[]> {
  const { rows } = await db.query<Notification>(
    `SELECT notification_id AS "notificationId", kind FROM notifications
     WHERE declaration_id = $1 AND version = $2 AND kind = ANY($3) AND sent_at IS NULL AND held_back_at IS NULL`,
    [row.declarationId, row.version, WRITTEN[row.status]],
  );
  return rows;
}

export async function markSent(db: Queryable, notificationId: string, sent: boolean): Promise<void> {
  await db.query({
    name: 'notification-sent',
    text: `UPDATE notifications SET sent_at = CASE WHEN $2 THEN now() END, failed_at = CASE WHEN $2 THEN NULL ELSE now() END
           WHERE notification_id = $1 AND sent_at IS NULL`,
    values: [notificationId, sent],
  });
}

export interface SubscriptionRow {
  subscriptionId: string;
  /** PushSubscription JSON. */
  subscription: unknown;
}

/** A person's push subscriptions, and their phone for SMS; null when their data key is gone. */
export async function channelsOf(
  db: Queryable,
  keys: KeyStore,
  subjectId: string,
): Promise<{ subscriptions: SubscriptionRow[]; phone: string } | null> {
  const { rows } = await db.query<{ identity: Buffer; subscriptionId: string | null; sealed: Buffer | null }>(
    {
      name: 'notification-channels',
      text: `SELECT i.sealed AS identity, s.subscription_id AS "subscriptionId", s.sealed
           FROM identities i LEFT JOIN push_subscriptions s USING (subject_id) WHERE i.subject_id = $1`,
      values: [subjectId],
    },
  );
  const key = await keys.get(subjectId);
  if (!rows[0] || !key) return null;
  const { phone } = unseal(key, `identities/${subjectId}/sealed`, rows[0].identity) as { phone: string };
  const subscriptions = rows.flatMap(({ subscriptionId, sealed }) =>
    subscriptionId && sealed
      ? [{ subscriptionId, subscription: unseal(key, `push_subscriptions/${subscriptionId}/sealed`, sealed) }]
      : [],
  );
  return { subscriptions, phone };
}

/** The push service says that it is gone for good (RFC 8030 §7.3). */
export async function dropSubscription(db: Queryable, subscriptionId: string): Promise<void> {
  await db.query('DELETE FROM push_subscriptions WHERE subscription_id = $1', [subscriptionId]);
}
