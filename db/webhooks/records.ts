/** What became of each message at each endpoint, as its broker reads it, and asks for it once more. */
import type { DeliveryFailure, DeliveryStatus } from '../../domain/webhook.ts';
import type { Database } from '../database.ts';
import type { Queryable } from '../pool.ts';

/** A message at an endpoint, as its broker sees it. */
export interface Delivery {
  id: string;
  type: string;
  /** What it is about: one of them. */
  declarationId: string | null;
  manifestId: string | null;
  status: DeliveryStatus;
  attempts: number;
  createdAt: Date;
  dueAt: Date;
  finishedAt: Date | null;
  failure: DeliveryFailure | null;
  httpStatus: number | null;
}

const SELECT = `SELECT d.message_id AS id, e.type, e.declaration_id AS "declarationId", e.manifest_id AS "manifestId", d.status, d.attempts,
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
  db: Queryable,
  brokerId: string,
  endpointId: string,
  { messageId, retriedMs }: { messageId: string; retriedMs: number },
): Promise<Delivery | null> {
  const { rowCount } = await db.query(
    `UPDATE webhook_deliveries d SET status = 'waiting', finished_at = NULL, ordered = ordered AND d.status = 'waiting',
       behind = behind AND d.status = 'waiting',
       due_at = CASE WHEN d.under_way THEN d.due_at ELSE clock_timestamp() END,
       expires_at = clock_timestamp() + $4 * interval '1 millisecond'
     FROM webhook_endpoints e
     WHERE e.broker_id = $1 AND e.endpoint_id = $2 AND e.deleted_at IS NULL
       AND d.endpoint_id = e.endpoint_id AND d.message_id = $3`,
    [brokerId, endpointId, messageId, retriedMs],
  );
  if (rowCount !== 1) return null;
  const { rows } = await db.query<Delivery>(`${SELECT} WHERE d.endpoint_id = $1 AND d.message_id = $2`, [
    endpointId,
    messageId,
  ]);
  return rows[0] ?? null;
}
