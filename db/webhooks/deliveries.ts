/**
 * Messages on their way to endpoints. A worker claims some, sends them, and marks each; whatever was killed in between is
 * claimed anew when its lease is over, and sent with the same id.
 */
import type { Pool } from 'pg';
import {
  WEBHOOK_DELIVERY_KEPT_MS,
  WEBHOOK_LEASE_MS,
  WEBHOOK_PAUSE_AFTER,
  WEBHOOK_PROBE_MAX_MS,
  WEBHOOK_PROBE_MIN_MS,
} from '../../domain/limits.ts';
import { type DeliveryFailure, jitter, retryDelayMs } from '../../domain/webhook.ts';
import type { Queryable } from '../pool.ts';
import { type Line, letGo } from './order.ts';

/** One message to one endpoint, to be sent by whoever claimed it. */
export interface Claim {
  endpointId: string;
  brokerId: string;
  messageId: string;
  eventId: number;
  aboutId: string;
  /** Which attempt this is, from 1 on: a mark of an earlier one changes nothing. */
  attempt: number;
  /** Of the endpoint (`openEndpoint`). */
  sealed: Buffer;
}

export interface Room {
  /** Messages that may be claimed. */
  free: number;
  /** Of one broker at once, those under way here included. */
  ofBroker: number;
  /** Under way here, by broker. */
  busy: ReadonlyMap<string, number>;
}

/**
 * Claims what is due: of each broker's the first before anybody's second. Nothing that is behind another message; of a paused endpoint one message, when its time has come.
 */
export async function claimDeliveries(pool: Pool, { free, ofBroker, busy }: Room): Promise<Claim[]> {
  const { rows } = await pool.query<Claim>({
    name: 'webhooks-claim',
    text: `WITH candidates AS (
        SELECT e.endpoint_id, e.broker_id, e.sealed, e.paused_at, due.place_of_row, due.due_at, coalesce(b.busy, 0) AS busy,
          row_number() OVER (PARTITION BY e.broker_id ORDER BY due.due_at, due.event_id) AS place
        FROM webhook_endpoints e
        JOIN brokers USING (broker_id)
        LEFT JOIN unnest($1::uuid[], $2::int[]) AS b(broker_id, busy) USING (broker_id)
        CROSS JOIN LATERAL (
          SELECT d.ctid AS place_of_row, d.event_id, d.due_at FROM webhook_deliveries d
          WHERE d.endpoint_id = e.endpoint_id AND d.status = 'waiting' AND NOT d.behind AND d.expires_at > now()
            AND (d.due_at <= now() OR e.paused_at IS NOT NULL AND NOT d.under_way)
          ORDER BY d.due_at LIMIT CASE WHEN e.paused_at IS NULL THEN $3::int ELSE 1 END
          FOR UPDATE OF d SKIP LOCKED) due
        WHERE e.deleted_at IS NULL AND brokers.revoked_at IS NULL AND (e.paused_at IS NULL OR e.probe_at <= now())),
      chosen AS (SELECT * FROM candidates WHERE place + busy <= $3 ORDER BY place, due_at LIMIT $4),
      probed AS (
        UPDATE webhook_endpoints e SET probe_at = now() + $5 * interval '1 millisecond'
        FROM chosen WHERE e.endpoint_id = chosen.endpoint_id AND chosen.paused_at IS NOT NULL)
      UPDATE webhook_deliveries d SET attempts = d.attempts + 1, under_way = true,
        due_at = now() + $5 * interval '1 millisecond'
      -- They are locked, so that they still lie there: no search for each of them.
      FROM chosen WHERE d.ctid = chosen.place_of_row
      RETURNING d.endpoint_id AS "endpointId", chosen.broker_id AS "brokerId", d.message_id AS "messageId",
        d.event_id AS "eventId", d.about_id AS "aboutId", d.attempts AS attempt, chosen.sealed`,
    values: [[...busy.keys()], [...busy.values()], ofBroker, free, WEBHOOK_LEASE_MS],
  });
  return rows;
}

/** A message that was taken. */
export interface Taken {
  claim: Claim;
  httpStatus: number;
}

/** Endpoints that answered again after they had failed. */
export type Recovered = Pick<Claim, 'brokerId' | 'endpointId'>;

/** Marks what was taken, and lets go what came behind it; which endpoints were paused and work again. */
export async function markDelivered(pool: Pool, taken: readonly Taken[]): Promise<Recovered[]> {
  if (taken.length === 0) return [];
  const { rows } = await pool.query<{ brokerId: string; endpointId: string | null }>({
    name: 'webhooks-delivered',
    text: `WITH delivered AS (
             UPDATE webhook_deliveries d SET status = 'delivered', under_way = false, finished_at = clock_timestamp(),
               failure = NULL, http_status = t.http_status
             FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS t(endpoint_id, message_id, http_status)
             WHERE d.endpoint_id = t.endpoint_id AND d.message_id = t.message_id AND d.status <> 'delivered')
           UPDATE webhook_endpoints SET failures = 0, failing_since = NULL, failure = NULL, http_status = NULL
           WHERE endpoint_id = ANY($1) AND (failures > 0 OR paused_at IS NOT NULL) AND deleted_at IS NULL
           RETURNING broker_id AS "brokerId", CASE WHEN paused_at IS NOT NULL THEN endpoint_id END AS "endpointId"`,
    values: [
      taken.map(({ claim }) => claim.endpointId),
      taken.map(({ claim }) => claim.messageId),
      taken.map(({ httpStatus }) => httpStatus),
    ],
  });
  await letGo(
    pool,
    taken.map(({ claim }) => claim),
  );
  return rows.flatMap(({ brokerId, endpointId }) => (endpointId ? { brokerId, endpointId } : []));
}

export interface Failed {
  failure: DeliveryFailure;
  httpStatus: number | null;
  /** 0 to 1. */
  random: number;
}

/** It was not taken: tried again later; after some in a row the endpoint is paused, for good when it is gone. */
export async function markFailed(
  pool: Pool,
  { endpointId, messageId, attempt }: Claim,
  { failure, httpStatus, random }: Failed,
): Promise<void> {
  await pool.query({
    name: 'webhook-failed',
    text: `WITH failed AS (
             UPDATE webhook_deliveries SET under_way = false, failure = $4, http_status = $5,
               due_at = now() + $6 * interval '1 millisecond'
             WHERE endpoint_id = $1 AND message_id = $2 AND attempts = $3 AND status = 'waiting')
           UPDATE webhook_endpoints SET failures = failures + 1, failing_since = coalesce(failing_since, now()),
             failure = $4, http_status = $5,
             paused_at = CASE WHEN failures + 1 >= $7 OR $4 = 'gone' THEN coalesce(paused_at, now()) ELSE paused_at END,
             probe_at = CASE WHEN $4 <> 'gone' AND failures + 1 >= $7
               THEN now() + $8 * least($9 * 2 ^ least(failures + 1 - $7, 20), $10) * interval '1 millisecond' END
           WHERE endpoint_id = $1 AND deleted_at IS NULL`,
    values: [
      endpointId,
      messageId,
      attempt,
      failure,
      httpStatus,
      retryDelayMs(attempt, random),
      WEBHOOK_PAUSE_AFTER,
      jitter(random),
      WEBHOOK_PROBE_MIN_MS,
      WEBHOOK_PROBE_MAX_MS,
    ],
  });
}

/** Gives up what was not taken in three days, some at a time; it stays in the feed, and may be asked for once more. True: there is more. */
export async function giveUpExpired(db: Queryable, limit = 2_000): Promise<boolean> {
  const { rows } = await db.query<Line>({
    name: 'webhooks-expire',
    text: `UPDATE webhook_deliveries d SET status = 'given-up', behind = false, under_way = false, finished_at = clock_timestamp()
           FROM (SELECT endpoint_id, message_id FROM webhook_deliveries
             WHERE status = 'waiting' AND expires_at <= now() LIMIT $1 FOR UPDATE SKIP LOCKED) expired
           WHERE d.endpoint_id = expired.endpoint_id AND d.message_id = expired.message_id
           RETURNING d.endpoint_id AS "endpointId", d.about_id AS "aboutId"`,
    values: [limit],
  });
  await letGo(db, rows);
  return rows.length === limit;
}

/** Records of messages that ended long ago, and endpoints that were deleted and have none left. */
export async function dropOldDeliveries(db: Queryable, limit: number): Promise<void> {
  await db.query(
    `DELETE FROM webhook_deliveries WHERE (endpoint_id, message_id) IN (
       SELECT endpoint_id, message_id FROM webhook_deliveries
       WHERE status <> 'waiting' AND finished_at < now() - $1 * interval '1 millisecond' LIMIT $2)`,
    [WEBHOOK_DELIVERY_KEPT_MS, limit],
  );
  await db.query(
    `DELETE FROM webhook_endpoints e WHERE deleted_at IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.endpoint_id = e.endpoint_id)`,
  );
}
