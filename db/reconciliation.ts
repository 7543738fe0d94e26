import type { Order } from '../domain/outcome.ts';
import type { Queryable } from './pool.ts';

/** Rows of one batch: each kind is looked at up to this many at a time. */
const BATCH = 200;
/** A message is undelivered when its process has not judged it after this long. */
const UNDELIVERED_AFTER = '10 seconds';
/** A deadline without an outcome is the timer's own until this long after it. */
const OVERDUE_AFTER = '60 seconds';

/** What is needed to start a POA's workflow. */
export interface PoaToStart {
  declarationId: string;
  brokerBoxNumber: string;
  order: Order;
  respondBy: Date;
}

const POA = `d.declaration_id AS "declarationId", b.box_number AS "brokerBoxNumber", d.poa_order AS "order",
  d.respond_by AS "respondBy"`;

/** Recorded, and never taken up by a workflow. */
export async function unstartedPoas(db: Queryable): Promise<PoaToStart[]> {
  const { rows } = await db.query<PoaToStart>(
    `SELECT ${POA} FROM declarations d JOIN brokers b USING (broker_id)
     WHERE NOT d.finished AND d.epoch = 0 AND d.created_at < now() - interval '${UNDELIVERED_AFTER}'
     ORDER BY d.visited_at LIMIT ${BATCH}`,
  );
  return rows;
}

export async function unstartedRegistrations(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT registration_id AS id FROM registrations
     WHERE status IN ('awaiting_telecom', 'verifying', 'binding') AND epoch = 0
       AND created_at < now() - interval '${UNDELIVERED_AFTER}' ORDER BY visited_at LIMIT ${BATCH}`,
  );
  return rows.map((row) => row.id);
}

/** A message that its process has not judged; `start` in case the process runs no more. */
export interface Undelivered {
  kind: 'decide' | 'amend' | 'cancel' | 'resolve' | 'look';
  id: string;
  start: PoaToStart;
}

/**
 * Consents, proposals, resolutions and contexts that wait for long; declarations that wait for a registration that
 * happened; deadlines that passed without an outcome.
 */
export async function undelivered(db: Queryable): Promise<Undelivered[]> {
  const { rows } = await db.query<{ kind: Undelivered['kind']; id: string } & PoaToStart>(
    `WITH waiting AS (
       (SELECT 'decide' AS kind, consent_id::text AS id, declaration_id, created_at AS since FROM consents
         WHERE verdict = 'pending' AND created_at < now() - interval '${UNDELIVERED_AFTER}' ORDER BY created_at LIMIT ${BATCH})
       UNION ALL
       (SELECT CASE kind WHEN 'cancellation' THEN 'cancel' ELSE 'amend' END, proposal_id::text, declaration_id, created_at
         FROM proposals WHERE verdict = 'pending' AND created_at < now() - interval '${UNDELIVERED_AFTER}'
         ORDER BY created_at LIMIT ${BATCH})
       UNION ALL
       (SELECT 'resolve', resolution_id::text, declaration_id, created_at FROM resolutions
         WHERE verdict = 'pending' AND created_at < now() - interval '${UNDELIVERED_AFTER}' ORDER BY created_at LIMIT ${BATCH})
       UNION ALL
       (SELECT 'look', '', c.declaration_id, received_at FROM contexts c JOIN declarations d USING (declaration_id, version)
         WHERE taken_at IS NULL AND received_at < now() - interval '${UNDELIVERED_AFTER}' AND NOT d.finished
         ORDER BY received_at LIMIT ${BATCH})
       UNION ALL
       (SELECT 'look', '', d.declaration_id, i.bound_at FROM declarations d JOIN identities i USING (phone_index)
         WHERE d.status = 'awaiting_registration' AND i.ended_at IS NULL
           AND i.bound_at < now() - interval '${UNDELIVERED_AFTER}' LIMIT ${BATCH})
       UNION ALL
       (SELECT 'look', '', declaration_id, respond_by FROM declarations
         WHERE status IN ('received', 'lodging', 'awaiting_context', 'awaiting_registration', 'needs_correction',
                          'awaiting_importer')
           AND epoch > 0 AND respond_by < now() - interval '${OVERDUE_AFTER}' ORDER BY respond_by LIMIT ${BATCH}))
     SELECT w.kind, w.id, ${POA} FROM waiting w JOIN declarations d USING (declaration_id) JOIN brokers b USING (broker_id)
     ORDER BY w.since`,
  );
  return rows.map(({ kind, id, ...start }) => ({ kind, id, start }));
}

/** Registrations whose operator's answer came and was not taken up, or whose last try ran out long ago. */
export async function undeliveredAuthorizations(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT DISTINCT a.registration_id AS id FROM authorizations a JOIN registrations r USING (registration_id)
     WHERE a.status IN ('received', 'failed') AND a.received_at < now() - interval '${UNDELIVERED_AFTER}'
       AND r.status = 'awaiting_telecom' LIMIT ${BATCH}`,
  );
  return rows.map((row) => row.id);
}

/** An open process to be visited. */
export type Visit = { kind: 'poa'; start: PoaToStart } | { kind: 'registration'; registrationId: string };

/** The open processes unvisited for longest; they count as visited from now on. */
export async function longestUnvisited(db: Queryable): Promise<Visit[]> {
  const poas = await db.query<PoaToStart>(
    `WITH oldest AS (
       SELECT declaration_id FROM declarations WHERE NOT finished AND epoch > 0
         AND visited_at < now() - interval '${UNDELIVERED_AFTER}' ORDER BY visited_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED),
     visited AS (UPDATE declarations d SET visited_at = now() FROM oldest o WHERE d.declaration_id = o.declaration_id)
     SELECT ${POA} FROM oldest JOIN declarations d USING (declaration_id) JOIN brokers b USING (broker_id)`,
  );
  const registrations = await db.query<{ registrationId: string }>(
    `UPDATE registrations SET visited_at = now() WHERE registration_id IN (
       SELECT registration_id FROM registrations
       WHERE status IN ('awaiting_telecom', 'verifying', 'binding') AND epoch > 0
         AND visited_at < now() - interval '${UNDELIVERED_AFTER}' ORDER BY visited_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
     RETURNING registration_id AS "registrationId"`,
  );
  return [
    ...poas.rows.map((start) => ({ kind: 'poa' as const, start })),
    ...registrations.rows.map(({ registrationId }) => ({ kind: 'registration' as const, registrationId })),
  ];
}

/**
 * A new Temporal cluster was found: every open process counts as never visited, so the next runs visit all of them. Done
 * before the Schedule exists, so that a crash in between does it again.
 */
export async function requestFullSweep(db: Queryable): Promise<void> {
  await db.query(`UPDATE declarations SET visited_at = '-infinity' WHERE NOT finished`);
  await db.query(
    `UPDATE registrations SET visited_at = '-infinity' WHERE status IN ('awaiting_telecom', 'verifying', 'binding')`,
  );
}

/** Whether a full sweep has more to visit. */
export async function sweepGoesOn(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ more: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM declarations WHERE NOT finished AND epoch > 0 AND visited_at = '-infinity')
       OR EXISTS (SELECT 1 FROM registrations
         WHERE status IN ('awaiting_telecom', 'verifying', 'binding') AND epoch > 0 AND visited_at = '-infinity') AS more`,
  );
  return rows[0]?.more ?? false;
}
