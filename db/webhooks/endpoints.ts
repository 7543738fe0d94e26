/** Where brokers want to be told of events. Address and secrets are sealed under the endpoint's own key. */
import { randomBytes } from 'node:crypto';
import type { PoolClient } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { WEBHOOK_ENDPOINTS_MAX, WEBHOOK_SECRET_OVERLAP_MS } from '../../domain/limits.ts';
import type { DeliveryFailure, EndpointStatus, EventType } from '../../domain/webhook.ts';
import { lockBroker } from '../brokers.ts';
import type { Database } from '../database.ts';
import { type Queryable, transaction } from '../pool.ts';
import { type FieldAddress, seal, unseal } from '../seal.ts';

type Stores = Pick<Database, 'pool' | 'keys'>;

/** Standard Webhooks: 24 to 64 bytes. */
const SECRET_BYTES = 32;

export interface Endpoint {
  id: string;
  url: string;
  /** Null: all. */
  events: EventType[] | null;
  status: EndpointStatus;
  createdAt: Date;
  failingSince: Date | null;
  lastFailure: { code: DeliveryFailure; httpStatus: number | null } | null;
  pausedAt: Date | null;
  /** When one message finds out whether it is back. */
  probeAt: Date | null;
  /** Until then the secret before the present one signs, too. */
  earlierSecretUntil: Date | null;
}

/** What is sealed of an endpoint. The newest secret comes first and has no end. */
interface Sealed {
  url: string;
  secrets: { secret: string; until: string | null }[];
}

const sealedAt = (endpointId: string): FieldAddress => `webhook_endpoints/${endpointId}/sealed`;

const newSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;

const live = ({ secrets }: Sealed, now: number) =>
  secrets.filter(({ until }) => until === null || Date.parse(until) > now);

/** Where to send, and the secrets to sign with, the newest first. */
export function openEndpoint(
  key: Buffer,
  endpointId: string,
  sealed: Buffer,
  now: number,
): { url: string; secrets: string[] } {
  const opened = unseal(key, sealedAt(endpointId), sealed) as Sealed;
  return { url: opened.url, secrets: live(opened, now).map(({ secret }) => secret) };
}

/** The secret is told this once. Null: the broker has as many as it may. `events` null: all. */
export async function createEndpoint(
  { pool, keys }: Stores,
  brokerId: string,
  { url, events }: { url: string; events: readonly EventType[] | null },
): Promise<{ endpoint: Endpoint; secret: string } | null> {
  const endpointId = uuidv7();
  const secret = newSecret();
  return transaction(pool, async (client) => {
    // Two at once must not both be the last one allowed.
    await lockBroker(client, brokerId);
    if ((await countEndpoints(client, brokerId)) >= WEBHOOK_ENDPOINTS_MAX) return null;
    const key = await keys.create(endpointId, 'webhook');
    const contents: Sealed = { url, secrets: [{ secret, until: null }] };
    await client.query(
      'INSERT INTO webhook_endpoints (endpoint_id, broker_id, sealed, events) VALUES ($1, $2, $3, $4)',
      [endpointId, brokerId, seal(key, sealedAt(endpointId), contents), events],
    );
    const row = await readRow(client, brokerId, endpointId);
    return row && { endpoint: opened(row, key), secret };
  });
}

async function countEndpoints(db: Queryable, brokerId: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    'SELECT count(*) FROM webhook_endpoints WHERE broker_id = $1 AND deleted_at IS NULL',
    [brokerId],
  );
  return rows[0]?.count ?? 0;
}

interface EndpointRow {
  id: string;
  sealed: Buffer;
  events: EventType[] | null;
  createdAt: Date;
  failingSince: Date | null;
  failure: DeliveryFailure | null;
  httpStatus: number | null;
  pausedAt: Date | null;
  probeAt: Date | null;
}

const SELECT = `SELECT endpoint_id AS id, sealed, events, created_at AS "createdAt", failing_since AS "failingSince",
    failure, http_status AS "httpStatus", paused_at AS "pausedAt", probe_at AS "probeAt"
  FROM webhook_endpoints WHERE broker_id = $1 AND deleted_at IS NULL`;

async function readRow(
  db: Queryable,
  brokerId: string,
  endpointId: string,
  lock: '' | 'FOR UPDATE' = '',
): Promise<EndpointRow | null> {
  const { rows } = await db.query<EndpointRow>(`${SELECT} AND endpoint_id = $2 ${lock}`, [
    brokerId,
    endpointId,
  ]);
  return rows[0] ?? null;
}

function opened({ sealed, failure, httpStatus, ...row }: EndpointRow, key: Buffer): Endpoint {
  const contents = unseal(key, sealedAt(row.id), sealed) as Sealed;
  const [, earlier] = live(contents, Date.now());
  return {
    ...row,
    url: contents.url,
    status: row.pausedAt ? 'paused' : row.failingSince ? 'failing' : 'active',
    lastFailure: failure && { code: failure, httpStatus },
    earlierSecretUntil: earlier?.until ? new Date(earlier.until) : null,
  };
}

/** The broker's, in the order in which they were made. */
export async function listEndpoints({ pool, keys }: Stores, brokerId: string): Promise<Endpoint[]> {
  const { rows } = await pool.query<EndpointRow>(`${SELECT} ORDER BY endpoint_id`, [brokerId]);
  const found = await keys.getMany(rows.map(({ id }) => id));
  return rows.flatMap((row) => {
    const key = found.get(row.id);
    return key ? [opened(row, key)] : [];
  });
}

/** One of the broker's, or null. */
export async function readEndpoint(
  { pool, keys }: Stores,
  brokerId: string,
  endpointId: string,
): Promise<Endpoint | null> {
  const row = await readRow(pool, brokerId, endpointId);
  const key = row && (await keys.get(endpointId));
  return key ? opened(row, key) : null;
}

/** From its commit on nothing is sent there any more, but what is under way. False: it is not the broker's. */
export async function deleteEndpoint(
  { pool, keys }: Stores,
  brokerId: string,
  endpointId: string,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE webhook_endpoints SET deleted_at = clock_timestamp(), sealed = NULL
     WHERE broker_id = $1 AND endpoint_id = $2 AND deleted_at IS NULL`,
    [brokerId, endpointId],
  );
  if (rowCount !== 1) return false;
  await keys.destroy(endpointId);
  return true;
}

/** A fresh secret; the earlier ones sign beside it for 24 h at most. Null: it is not the broker's. */
export const rotateSecret = (
  { pool, keys }: Stores,
  brokerId: string,
  endpointId: string,
): Promise<{ secret: string; earlierSecretUntil: Date } | null> =>
  transaction(pool, async (client) => {
    const row = await readRow(client, brokerId, endpointId, 'FOR UPDATE');
    const key = row && (await keys.get(endpointId));
    if (!key) return null;
    const earlierSecretUntil = new Date(Date.now() + WEBHOOK_SECRET_OVERLAP_MS);
    const contents = unseal(key, sealedAt(endpointId), row.sealed) as Sealed;
    const [current] = live(contents, Date.now());
    const secret = newSecret();
    // One earlier secret: a header of ever more signatures would help nobody.
    const secrets = [
      { secret, until: null },
      ...(current ? [{ ...current, until: earlierSecretUntil.toISOString() }] : []),
    ];
    await writeSealed(
      client,
      endpointId,
      seal(key, sealedAt(endpointId), { ...contents, secrets } satisfies Sealed),
    );
    return { secret, earlierSecretUntil };
  });

async function writeSealed(client: PoolClient, endpointId: string, sealed: Buffer): Promise<void> {
  await client.query('UPDATE webhook_endpoints SET sealed = $2 WHERE endpoint_id = $1', [endpointId, sealed]);
}

/** Messages made due in one statement, and statements at most: what waits besides is due at its own time, some hours later. */
const HURRIED_AT_ONCE = 5_000;
const HURRIED_TIMES = 10;

/** It works again, as its broker says or a message showed: all that waits for it is due. False: it is not the broker's. */
export async function resumeEndpoint(db: Queryable, brokerId: string, endpointId: string): Promise<boolean> {
  const { rows } = await db.query<{ failed: boolean }>({
    name: 'webhook-resume',
    text: `UPDATE webhook_endpoints e SET failures = 0, failing_since = NULL, failure = NULL, http_status = NULL,
             paused_at = NULL, probe_at = NULL
           FROM (SELECT endpoint_id, failing_since IS NOT NULL OR paused_at IS NOT NULL AS failed FROM webhook_endpoints
             WHERE broker_id = $1 AND endpoint_id = $2 AND deleted_at IS NULL FOR UPDATE) before
           WHERE e.endpoint_id = before.endpoint_id RETURNING before.failed`,
    values: [brokerId, endpointId],
  });
  if (!rows[0]) return false;
  if (rows[0].failed) await hurry(db, endpointId);
  return true;
}

async function hurry(db: Queryable, endpointId: string): Promise<void> {
  for (let times = 0; times < HURRIED_TIMES; times++) {
    const { rowCount } = await db.query({
      name: 'webhooks-hurry',
      text: `UPDATE webhook_deliveries d SET due_at = now() FROM (
               SELECT ctid FROM webhook_deliveries
               WHERE endpoint_id = $1 AND status = 'waiting' AND NOT under_way AND due_at > now()
               ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED) waiting
             WHERE d.ctid = waiting.ctid`,
      values: [endpointId, HURRIED_AT_ONCE],
    });
    if ((rowCount ?? 0) < HURRIED_AT_ONCE) return;
  }
}
