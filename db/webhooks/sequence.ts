/**
 * The feed of events. An event gets its place after its transaction has committed, by one sequencer at a time: so a reader
 * that has come to a place never finds anything before it later. In the same transaction the messages to webhook endpoints
 * come to be.
 */
import type { Pool, PoolClient } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { WEBHOOK_RETRIED_MS } from '../../domain/limits.ts';
import { transaction } from '../pool.ts';
import { type Line, letGo } from './order.ts';

/** Events that get their places at once: a transaction of some 50 ms. */
const BATCH = 500;

/** Held by the one that gives places; any number that no other lock here has. */
const LOCK = 0x6576_7473;

interface Queued {
  eventId: number;
  type: string;
  /** The declaration or the manifest. */
  aboutId: string;
  brokerId: string;
}

interface Placed extends Queued {
  messageId: string;
  position: number;
}

/** Gives the next events their places; how many. Zero also while another process is at it. */
export async function sequenceEvents(pool: Pool, batch = BATCH): Promise<number> {
  const { count, behind } = await transaction(pool, async (client) => {
    const nothing = { count: 0, behind: [] };
    if (!(await isOnlyOne(client))) return nothing;
    const queued = await takeQueued(client, batch);
    if (queued.length === 0) return nothing;
    const placed = await place(client, queued);
    await writeFeed(client, placed);
    return { count: placed.length, behind: await addressMessages(client, placed) };
  });
  await letGo(pool, behind);
  return count;
}

async function isOnlyOne(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ only: boolean }>({
    name: 'events-lock',
    text: 'SELECT pg_try_advisory_xact_lock($1) AS only',
    values: [LOCK],
  });
  return rows[0]?.only ?? false;
}

/** In the order of their ids. Those of one declaration or manifest are recorded under its lock, so that this is also how they happened. */
async function takeQueued(client: PoolClient, batch: number): Promise<Queued[]> {
  const { rows } = await client.query<Queued>({
    name: 'events-take',
    text: `WITH next AS (SELECT event_id FROM event_queue ORDER BY event_id LIMIT $1),
             taken AS (DELETE FROM event_queue q USING next WHERE q.event_id = next.event_id)
           SELECT e.event_id AS "eventId", e.type, coalesce(e.declaration_id, e.manifest_id) AS "aboutId",
             coalesce(d.broker_id, m.broker_id) AS "brokerId"
           FROM next JOIN events e USING (event_id) LEFT JOIN declarations d USING (declaration_id)
             LEFT JOIN manifests m ON m.manifest_id = e.manifest_id
           -- A manifest may be dropped, half a year after its last event.
           WHERE coalesce(d.broker_id, m.broker_id) IS NOT NULL ORDER BY e.event_id`,
    values: [batch],
  });
  return rows;
}

async function place(client: PoolClient, queued: readonly Queued[]): Promise<Placed[]> {
  const counts = new Map<string, number>();
  for (const { brokerId } of queued) counts.set(brokerId, (counts.get(brokerId) ?? 0) + 1);
  const { rows } = await client.query<{ brokerId: string; before: number }>({
    name: 'events-positions',
    text: `INSERT INTO event_feeds AS f (broker_id, position) SELECT * FROM unnest($1::uuid[], $2::bigint[])
           ON CONFLICT (broker_id) DO UPDATE SET position = f.position + excluded.position
           RETURNING broker_id AS "brokerId",
             position - (SELECT t.n FROM unnest($1::uuid[], $2::bigint[]) AS t(id, n) WHERE t.id = broker_id) AS before`,
    values: [[...counts.keys()], [...counts.values()]],
  });
  const positions = new Map(rows.map(({ brokerId, before }) => [brokerId, before]));
  return queued.map((event) => {
    const position = (positions.get(event.brokerId) ?? 0) + 1;
    positions.set(event.brokerId, position);
    return { ...event, position, messageId: uuidv7() };
  });
}

async function writeFeed(client: PoolClient, placed: readonly Placed[]): Promise<void> {
  await client.query({
    name: 'events-feed',
    text: `INSERT INTO event_feed (broker_id, position, event_id, message_id)
           SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[])`,
    values: [
      placed.map(({ brokerId }) => brokerId),
      placed.map(({ position }) => position),
      placed.map(({ eventId }) => eventId),
      placed.map(({ messageId }) => messageId),
    ],
  });
}

/** A message to each endpoint that wants the event; the lines in which some are behind one that waited before. */
async function addressMessages(client: PoolClient, placed: readonly Placed[]): Promise<Line[]> {
  const { rows } = await client.query<Line & { behind: boolean }>({
    name: 'events-address',
    text: `INSERT INTO webhook_deliveries (endpoint_id, message_id, event_id, about_id, expires_at, behind)
           SELECT w.endpoint_id, p.message_id, p.event_id, p.about_id, clock_timestamp() + $6 * interval '1 millisecond',
             row_number() OVER (PARTITION BY w.endpoint_id, p.about_id ORDER BY p.event_id) > 1
               OR EXISTS (SELECT 1 FROM webhook_deliveries earlier WHERE earlier.endpoint_id = w.endpoint_id
                 AND earlier.about_id = p.about_id AND earlier.status = 'waiting' AND earlier.ordered)
           FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::uuid[])
             AS p(broker_id, event_id, message_id, type, about_id)
           JOIN webhook_endpoints w ON w.broker_id = p.broker_id AND w.deleted_at IS NULL
             AND (w.events IS NULL OR p.type = ANY(w.events))
           JOIN brokers b ON b.broker_id = p.broker_id AND b.revoked_at IS NULL
           RETURNING endpoint_id AS "endpointId", about_id AS "aboutId", behind`,
    values: [
      placed.map(({ brokerId }) => brokerId),
      placed.map(({ eventId }) => eventId),
      placed.map(({ messageId }) => messageId),
      placed.map(({ type }) => type),
      placed.map(({ aboutId }) => aboutId),
      WEBHOOK_RETRIED_MS,
    ],
  });
  return rows.filter(({ behind }) => behind);
}
