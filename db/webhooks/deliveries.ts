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
import { type DeliveryFailure, type DeliveryStatus, jitter, retryDelayMs } from '../../domain/webhook.ts';
import type { Database } from '../database.ts';
import type { Queryable } from '../pool.ts';
import { resumeEndpoint } from './endpoints.ts';

/** One message to one endpoint, to be sent by whoever claimed it. */
export interface Claim {
  endpointId: string;
  brokerId: string;
  messageId: string;
  eventId: number;
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
 * Claims what is due: of each broker's the first before anybody's second. Of a declaration only the oldest message that waits
 * at an endpoint; of a paused endpoint one message, when its time has come.
 */
export async function claimDeliveries(pool: Pool, { free, ofBroker, busy }: Room): Promise<Claim[]> {
  const { rows } = await pool.query<Claim>({
    name: 'webhooks-claim',
    text: `WITH candidates AS (
        SELECT e.endpoint_id, e.broker_id, e.sealed, e.paused_at, due.message_id, due.due_at, coalesce(b.busy, 0) AS busy,
          row_number() OVER (PARTITION BY e.broker_id ORDER BY due.due_at, due.event_id) AS place
        FROM webhook_endpoints e
        JOIN brokers USING (broker_id)
        LEFT JOIN unnest($1::uuid[], $2::int[]) AS b(broker_id, busy) USING (broker_id)
        CROSS JOIN LATERAL (
          SELECT d.message_id, d.event_id, d.due_at FROM webhook_deliveries d
          WHERE d.endpoint_id = e.endpoint_id AND d.status = 'waiting' AND d.expires_at > now()
            AND (d.due_at <= now() OR e.paused_at IS NOT NULL AND NOT d.under_way)
            AND NOT (d.ordered AND EXISTS (SELECT 1 FROM webhook_deliveries earlier
              WHERE earlier.endpoint_id = d.endpoint_id AND earlier.declaration_id = d.declaration_id
                AND earlier.event_id < d.event_id AND earlier.status = 'waiting' AND earlier.ordered))
          ORDER BY d.due_at LIMIT CASE WHEN e.paused_at IS NULL THEN $3::int ELSE 1 END
          FOR UPDATE OF d SKIP LOCKED) due
        WHERE e.deleted_at IS NULL AND brokers.revoked_at IS NULL AND (e.paused_at IS NULL OR e.probe_at <= now())),
      chosen AS (SELECT * FROM candidates WHERE place + busy <= $3 ORDER BY place, due_at LIMIT $4),
      probed AS (
        UPDATE webhook_endpoints e SET probe_at = now() + $5 * interval '1 millisecond'
        FROM chosen WHERE e.endpoint_id = chosen.endpoint_id AND chosen.paused_at IS NOT NULL)
      UPDATE webhook_deliveries d SET attempts = d.attempts + 1, under_way = true,
        due_at = now() + $5 * interval '1 millisecond'
      FROM chosen WHERE d.endpoint_id = chosen.endpoint_id AND d.message_id = chosen.message_id
      RETURNING d.endpoint_id AS "endpointId", chosen.broker_id AS "brokerId", d.message_id AS "messageId",
        d.event_id AS "eventId", d.attempts AS attempt, chosen.sealed`,
    values: [[...busy.keys()], [...busy.values()], ofBroker, free, WEBHOOK_LEASE_MS],
  });
  return rows;
}

/** It was taken. The endpoint works, then, also for all else that waits for it. */
export async function markDelivered(
  pool: Pool,
  { endpointId, messageId, brokerId }: Claim,
  httpStatus: number,
): Promise<void> {
  const { rows } = await pool.query<{ paused: boolean }>({
    name: 'webhook-delivered',
    text: `WITH delivered AS (
             UPDATE webhook_deliveries SET status = 'delivered', under_way = false, finished_at = clock_timestamp(),
               failure = NULL, http_status = $3
             WHERE endpoint_id = $1 AND message_id = $2 AND status <> 'delivered'),
           was AS (SELECT endpoint_id, paused_at IS NOT NULL AS paused FROM webhook_endpoints
             WHERE endpoint_id = $1 AND (failures > 0 OR paused_at IS NOT NULL))
           UPDATE webhook_endpoints e SET failures = 0, failing_since = NULL, failure = NULL, http_status = NULL
           FROM was WHERE e.endpoint_id = was.endpoint_id RETURNING was.paused`,
    values: [endpointId, messageId, httpStatus],
  });
  if (rows[0]?.paused) await resumeEndpoint(pool, brokerId, endpointId);
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

/** Gives up what was not taken in three days; it stays in the feed, and may be asked for once more. */
export async function giveUpExpired(db: Queryable, limit = 1_000): Promise<void> {
  await db.query({
    name: 'webhooks-expire',
    text: `UPDATE webhook_deliveries d SET status = 'given-up', under_way = false, finished_at = clock_timestamp()
           FROM (SELECT endpoint_id, message_id FROM webhook_deliveries
             WHERE status = 'waiting' AND expires_at <= now() LIMIT $1 FOR UPDATE SKIP LOCKED) expired
           WHERE d.endpoint_id = expired.endpoint_id AND d.message_id = expired.message_id`,
    values: [limit],
  });
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

/** A message at an endpoint, as its broker sees it. */
export interface Delivery {
  id: string;
  type: string;
  declarationId: string;
  status: DeliveryStatus;
  attempts: number;
  createdAt: Date;
  dueAt: Date;
  finishedAt: Date | null;
  failure: DeliveryFailure | null;
  httpStatus: number | null;
}

const SELECT = `SELECT d.message_id AS id, e.type, d.declaration_id AS "declarationId", d.status, d.attempts,
    d.created_at AS "createdAt", d.due_at AS "dueAt", d.finished_at AS "finishedAt", d.failure,
    d.http_status AS "httpStatus"
  FROM webhook_deliveries d JOIN events e USING (event_id)`;

/** Newest first; null when the endpoint is not the broker's. */
export async function listDeliveries(
  { pool }: Pick<Database, 'pool'>,
  brokerId: string,
  endpointId: string,
  {
    status,
    before,
    limit,
  }: { status?: DeliveryStatus | undefined; before?: string | undefined; limit: number },
): Promise<{ items: Delivery[]; more: boolean } | null> {
  const { rowCount } = await pool.query(
    'SELECT 1 FROM webhook_endpoints WHERE broker_id = $1 AND endpoint_id = $2 AND deleted_at IS NULL',
    [brokerId, endpointId],
  );
  if (rowCount !== 1) return null;
  const { rows } = await pool.query<Delivery>(
    `${SELECT} WHERE d.endpoint_id = $1 AND ($2::text IS NULL OR d.status = $2)
       AND ($3::uuid IS NULL OR d.message_id < $3) ORDER BY d.message_id DESC LIMIT $4`,
    [endpointId, status ?? null, before ?? null, limit + 1],
  );
  return { items: rows.slice(0, limit), more: rows.length > limit };
}

/**
 * Sends a message once more, out of order, for another three days; what still waits keeps its place and is due now. Null: the
 * broker has no such message at such an endpoint.
 */
export async function redeliver(
  { pool }: Pick<Database, 'pool'>,
  brokerId: string,
  endpointId: string,
  { messageId, retriedMs }: { messageId: string; retriedMs: number },
): Promise<Delivery | null> {
  const { rowCount } = await pool.query(
    `UPDATE webhook_deliveries d SET status = 'waiting', finished_at = NULL, ordered = ordered AND d.status = 'waiting',
       due_at = CASE WHEN d.under_way THEN d.due_at ELSE clock_timestamp() END,
       expires_at = clock_timestamp() + $4 * interval '1 millisecond'
     FROM webhook_endpoints e
     WHERE e.broker_id = $1 AND e.endpoint_id = $2 AND e.deleted_at IS NULL
       AND d.endpoint_id = e.endpoint_id AND d.message_id = $3`,
    [brokerId, endpointId, messageId, retriedMs],
  );
  if (rowCount !== 1) return null;
  const { rows } = await pool.query<Delivery>(`${SELECT} WHERE d.endpoint_id = $1 AND d.message_id = $2`, [
    endpointId,
    messageId,
  ]);
  return rows[0] ?? null;
}
