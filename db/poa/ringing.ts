/** Whether a message may ring, or waits in the inbox alone. */
import type { Pool } from 'pg';
import { TOLD_TOGETHER_MS } from '../../domain/limits.ts';
import { type Queryable, transaction } from '../pool.ts';
import type { Notification } from './asking.ts';

/** `rings-for-several`: for itself and for others of the same manifest, which are held back. */
export type Ringing = 'rings' | 'rings-for-several' | 'held-back';

/** A message to a person, whose row is there. */
export interface Ringer {
  declarationId: string;
  version: number;
  notification: Notification;
  subjectId: string;
}

/**
 * A person is rung at most `messagesPerHour` times an hour for the declarations of one broker (attack: push flooding; by broker,
 * so that one that floods does not silence another; 0: no limit). Of the lines of a manifest that are for the same person
 * one rings for all. Whatever is held back is marked so.
 */
export async function mayRing(pool: Pool, ringer: Ringer, messagesPerHour: number): Promise<Ringing> {
  const { enough, together } = await surroundings(pool, ringer, messagesPerHour);
  const alone = together === null || !TOLD_TOGETHER.has(ringer.notification.kind);
  const ringing = enough ? 'held-back' : alone ? 'rings' : await takeTurn(pool, ringer, together);
  if (ringing === 'held-back') await holdBack(pool, ringer.notification);
  return ringing;
}

const TOLD_TOGETHER: ReadonlySet<Notification['kind']> = new Set(['ask', 'sms', 'reminder']);

interface Surroundings {
  enough: boolean;
  /** The manifest whose lines of this person are told together, this version's among them. */
  together: string | null;
}

async function surroundings(
  db: Queryable,
  { declarationId, version, subjectId }: Ringer,
  messagesPerHour: number,
): Promise<Surroundings> {
  const { rows } = await db.query<Surroundings>({
    name: 'ringing-surroundings',
    text: `SELECT $4 > 0 AND EXISTS (
             SELECT 1 FROM notifications n JOIN declarations d USING (declaration_id)
             WHERE n.recipient = $3 AND n.sent_at > now() - interval '1 hour' AND n.kind IN ('ask', 'reminder', 'sms')
               AND d.broker_id = (SELECT broker_id FROM declarations WHERE declaration_id = $1)
             OFFSET greatest($4 - 1, 0) LIMIT 1) AS enough,
           (SELECT l.manifest_id FROM manifest_lines l LEFT JOIN proposals p USING (proposal_id)
             WHERE l.declaration_id = $1 AND l.told_together AND coalesce(p.version, 1) = $2
             ORDER BY l.manifest_id DESC LIMIT 1) AS together`,
    values: [declarationId, version, subjectId, messagesPerHour],
  });
  return rows[0] ?? { enough: false, together: null };
}

/**
 * The first that comes rings. Another rings once it failed, or after a while: what is asked much later is news. An SMS is
 * for whoever saw no push: none is needed where one of them was displayed.
 */
async function takeTurn(
  pool: Pool,
  { notification: { notificationId }, subjectId }: Ringer,
  manifestId: string,
): Promise<Ringing> {
  return transaction(pool, async (client) => {
    // Those of one person are judged one after the other.
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('rings/' || $1 || '/' || $2, 0))`, [
      manifestId,
      subjectId,
    ]);
    const { rowCount } = await client.query({
      name: 'ringing-take-turn',
      text: `UPDATE notifications mine SET rings_at = now() WHERE notification_id = $1 AND NOT EXISTS (
               SELECT 1 FROM notifications n JOIN manifest_lines l USING (declaration_id)
               WHERE n.recipient = $3 AND l.manifest_id = $2 AND l.told_together
                 AND n.notification_id <> mine.notification_id AND n.failed_at IS NULL
                 AND (n.kind = mine.kind AND n.rings_at > now() - $4 * interval '1 millisecond'
                   OR mine.kind = 'sms' AND (n.kind = 'sms' AND coalesce(n.rings_at, n.sent_at) IS NOT NULL
                     OR n.kind = 'ask' AND n.displayed_at IS NOT NULL)))`,
      values: [notificationId, manifestId, subjectId, TOLD_TOGETHER_MS],
    });
    return rowCount === 1 ? 'rings-for-several' : 'held-back';
  });
}

/** Told by the inbox alone: no channel is to be tried, now or later. */
async function holdBack(db: Queryable, { notificationId }: Notification): Promise<void> {
  await db.query({
    name: 'notification-held-back',
    text: `UPDATE notifications SET held_back_at = now(), failed_at = NULL WHERE notification_id = $1 AND sent_at IS NULL`,
    values: [notificationId],
  });
}
