import type { Order } from '../domain/outcome.ts';
import type { Queryable } from './pool.ts';

/** Rows of one batch: each kind is looked at up to this many at a time. */
const BATCH = 200;
/** A message is undelivered when its process has not judged it after this long. */
const UNDELIVERED_AFTER = '10 seconds';
/** A deadline without an outcome is the timer's own until this long after it. */
const OVERDUE_AFTER = '60 seconds';

/** For so long after an operator's word it is made sure that the process has heard it. */
const RESOLVED_WITHIN = '2 minutes';

/** What is needed to start a POA's workflow. */
export interface PoaToStart {
  declarationId: string;
  brokerBoxNumber: string;
  order: Order;
  respondBy: Date;
}

const POA = `d.declaration_id AS "declarationId", b.box_number AS "brokerBoxNumber", d.poa_order AS "order",
  d.respond_by AS "respondBy"`;

/** A process to be started or visited. */
export type Visit =
  | { kind: 'poa'; start: PoaToStart }
  | { kind: 'registration'; registrationId: string }
  | { kind: 'customs-notice'; noticeId: string }
  | { kind: 'manifest'; start: ManifestToStart };

/** What is needed to start a manifest's workflow. */
export interface ManifestToStart {
  manifestId: string;
  brokerBoxNumber: string;
}

const visits = (poas: PoaToStart[], registrations: { registrationId: string }[]): Visit[] => [
  ...poas.map((start) => ({ kind: 'poa' as const, start })),
  ...registrations.map(({ registrationId }) => ({ kind: 'registration' as const, registrationId })),
];

/** Recorded, and never taken up by a workflow. */
export async function unstarted(db: Queryable): Promise<Visit[]> {
  const poas = await db.query<PoaToStart>(
    `SELECT ${POA} FROM declarations d JOIN brokers b USING (broker_id)
     WHERE NOT finished AND epoch = 0 AND d.created_at < now() - interval '${UNDELIVERED_AFTER}'
     ORDER BY d.visited_at LIMIT ${BATCH}`,
  );
  const registrations = await db.query<{ registrationId: string }>(
    `SELECT registration_id AS "registrationId" FROM registrations
     WHERE status IN ('awaiting_telecom', 'verifying', 'binding') AND epoch = 0
       AND created_at < now() - interval '${UNDELIVERED_AFTER}' ORDER BY visited_at LIMIT ${BATCH}`,
  );
  const manifests = await openManifests(
    db,
    `status = 'received' AND received_at < now() - interval '${UNDELIVERED_AFTER}'`,
  );
  return [...visits(poas.rows, registrations.rows), ...manifests];
}

/** A manifest that waits for another of its broker looks in once a minute: one that did not for this long stands still. */
const MANIFEST_STILL_AFTER = '2 minutes';

async function openManifests(db: Queryable, condition: string): Promise<Visit[]> {
  const { rows } = await db.query<ManifestToStart>(
    `SELECT manifest_id AS "manifestId", box_number AS "brokerBoxNumber" FROM manifests m JOIN brokers b USING (broker_id)
     WHERE b.revoked_at IS NULL AND (${condition}) ORDER BY visited_at LIMIT ${BATCH}`,
  );
  return rows.map((start) => ({ kind: 'manifest' as const, start }));
}

/** A confirmation of it waits for the operator's word on the SIM: the process asks by itself, and judges all else after. */
const HELD = `EXISTS (SELECT 1 FROM consents h WHERE h.declaration_id = d.declaration_id AND h.verdict = 'pending'
  AND h.held_until > now())`;

/** A message that its process has not judged; `start` in case the process runs no more. */
export interface Undelivered {
  kind: 'decide' | 'amend' | 'cancel' | 'resolve' | 'look';
  id: string;
  start: PoaToStart;
}

/**
 * Consents, proposals, resolutions and contexts that wait for long; declarations that wait for a registration that
 * happened, or for the answer of an identity that ended; deadlines that passed without an outcome. Left out is what waits for
 * an operator: there may be thousands of them for hours, which would crowd out the others and fill their own histories.
 */
export async function undelivered(db: Queryable): Promise<Undelivered[]> {
  const { rows } = await db.query<{ kind: Undelivered['kind']; id: string } & PoaToStart>(
    `WITH waiting AS (
       (SELECT 'decide' AS kind, consent_id::text AS id, declaration_id, created_at AS since FROM consents
         WHERE verdict = 'pending' AND coalesce(held_until, created_at) < now() - interval '${UNDELIVERED_AFTER}'
         ORDER BY coalesce(held_until, created_at) LIMIT ${BATCH})
       UNION ALL
       (SELECT CASE kind WHEN 'cancellation' THEN 'cancel' ELSE 'amend' END, proposal_id::text, declaration_id, created_at
         FROM proposals d WHERE verdict = 'pending' AND created_at < now() - interval '${UNDELIVERED_AFTER}' AND NOT ${HELD}
         ORDER BY created_at LIMIT ${BATCH})
       UNION ALL
       (SELECT 'resolve', resolution_id::text, declaration_id, created_at FROM resolutions
         WHERE verdict = 'pending' AND created_at < now() - interval '${UNDELIVERED_AFTER}' ORDER BY created_at LIMIT ${BATCH})
       UNION ALL
       (SELECT 'look', '', c.declaration_id, received_at FROM contexts c JOIN declarations d USING (declaration_id, version)
         WHERE taken_at IS NULL AND received_at < now() - interval '${UNDELIVERED_AFTER}'
           -- Where it is waited for; elsewhere none is taken up, and those would crowd out the others for ever.
           AND (d.status = 'awaiting_context' OR d.status = 'reporting' AND d.poa_order = 'consent-first')
         ORDER BY received_at LIMIT ${BATCH})
       UNION ALL
       (SELECT 'look', '', d.declaration_id, i.bound_at FROM declarations d JOIN identities i USING (phone_index)
         WHERE d.status = 'awaiting_registration' AND i.ended_at IS NULL
           AND i.bound_at < now() - interval '${UNDELIVERED_AFTER}' LIMIT ${BATCH})
       UNION ALL
       -- Whoever was asked is no more. (Long ago: its deadline, at most a week away, has passed and is the next one's.)
       (SELECT 'look', '', d.declaration_id, i.ended_at FROM identities i JOIN declarations d USING (subject_id)
         WHERE i.ended_at < now() - interval '${UNDELIVERED_AFTER}' AND i.ended_at > now() - interval '8 days'
           AND d.status = 'awaiting_importer' AND NOT EXISTS (SELECT 1 FROM consents c
             WHERE c.declaration_id = d.declaration_id AND c.version = d.version AND c.verdict IN ('pending', 'accepted'))
         ORDER BY i.ended_at LIMIT ${BATCH})
       UNION ALL
       (SELECT 'look', '', declaration_id, respond_by FROM declarations d
         WHERE status IN ('received', 'lodging', 'awaiting_context', 'awaiting_registration', 'needs_correction',
                          'awaiting_importer')
           AND epoch > 0 AND respond_by < now() - interval '${OVERDUE_AFTER}' AND NOT ${HELD}
         ORDER BY respond_by LIMIT ${BATCH}))
     SELECT w.kind, w.id, ${POA} FROM waiting w JOIN declarations d USING (declaration_id) JOIN brokers b USING (broker_id)
     ORDER BY w.since`,
  );
  return rows.map(({ kind, id, ...start }) => ({ kind, id, start }));
}

/** News that a registration's process has not taken up. */
export interface RegistrationNews {
  kind: 'authorization' | 'objection';
  id: string;
}

/** Registrations whose operator's answer came, or whose person objects to a change of phone. */
export async function undeliveredToRegistrations(db: Queryable): Promise<RegistrationNews[]> {
  const { rows } = await db.query<RegistrationNews>(
    `(SELECT DISTINCT 'authorization' AS kind, a.registration_id AS id
      FROM authorizations a JOIN registrations r USING (registration_id)
      WHERE a.status IN ('received', 'failed') AND a.received_at < now() - interval '${UNDELIVERED_AFTER}'
        AND r.status = 'awaiting_telecom' LIMIT ${BATCH})
     UNION ALL
     (SELECT 'objection', registration_id FROM registrations
      WHERE status = 'verifying' AND objected_at < now() - interval '${UNDELIVERED_AFTER}'
      ORDER BY objected_at LIMIT ${BATCH})`,
  );
  return rows;
}

/**
 * POAs that should act and have not for a while, and those that an operator resolved just now. A step taken for an Update
 * commits before Temporal knows of it; when Temporal is killed in between, and with it the Update, the workflow has
 * forgotten what the database knows, and waits. Consent-first that waits for Customs' context is left alone.
 */
export async function standingStill(db: Queryable): Promise<(PoaToStart & { finished: boolean })[]> {
  const { rows } = await db.query<PoaToStart & { finished: boolean }>(
    `WITH still AS (
       (SELECT declaration_id, visited_at FROM declarations d
         WHERE status IN ('received', 'lodging', 'reporting') AND epoch > 0
           AND visited_at < now() - interval '${UNDELIVERED_AFTER}' AND updated_at < now() - interval '${UNDELIVERED_AFTER}'
           AND NOT (poa_order = 'consent-first' AND status = 'reporting'
             AND EXISTS (SELECT 1 FROM lodgements l WHERE l.declaration_id = d.declaration_id AND l.version = d.version
               AND l.result = 'accepted')
             AND NOT EXISTS (SELECT 1 FROM contexts c WHERE c.declaration_id = d.declaration_id AND c.version = d.version))
         ORDER BY visited_at LIMIT ${BATCH})
       UNION
       (SELECT declaration_id, judged_at FROM resolutions
         WHERE judged_at > now() - interval '${RESOLVED_WITHIN}' ORDER BY judged_at LIMIT ${BATCH}))
     SELECT DISTINCT ON (d.declaration_id) ${POA}, d.finished
     FROM still JOIN declarations d USING (declaration_id) JOIN brokers b USING (broker_id)`,
  );
  return rows;
}

/** The open processes unvisited for longest. */
export async function longestUnvisited(db: Queryable): Promise<Visit[]> {
  const poas = await db.query<PoaToStart>(
    `SELECT ${POA} FROM declarations d JOIN brokers b USING (broker_id)
     WHERE NOT finished AND epoch > 0 AND d.visited_at < now() - interval '${UNDELIVERED_AFTER}'
     ORDER BY d.visited_at LIMIT ${BATCH}`,
  );
  const registrations = await db.query<{ registrationId: string }>(
    `SELECT registration_id AS "registrationId" FROM registrations
     WHERE status IN ('awaiting_telecom', 'verifying', 'binding') AND epoch > 0
       AND visited_at < now() - interval '${UNDELIVERED_AFTER}' ORDER BY visited_at LIMIT ${BATCH}`,
  );
  // Its workflow has one step: whether it was ever started makes no difference.
  const notices = await db.query<{ noticeId: string }>(
    `SELECT notice_id AS "noticeId" FROM customs_notices
     WHERE acknowledged_at IS NULL AND refused_code IS NULL AND visited_at < now() - interval '${UNDELIVERED_AFTER}'
     ORDER BY visited_at LIMIT ${BATCH}`,
  );
  return [
    ...visits(poas.rows, registrations.rows),
    ...notices.rows.map(({ noticeId }) => ({ kind: 'customs-notice' as const, noticeId })),
    ...(await openManifests(
      db,
      `status = 'taking' AND visited_at < now() - interval '${MANIFEST_STILL_AFTER}'`,
    )),
  ];
}

/** Only what was really visited: whoever could not be comes first the next time. */
export async function markVisited(db: Queryable, visited: readonly Visit[]): Promise<void> {
  await db.query('UPDATE declarations SET visited_at = now() WHERE declaration_id = ANY($1)', [
    visited.flatMap((visit) => (visit.kind === 'poa' ? [visit.start.declarationId] : [])),
  ]);
  await db.query('UPDATE registrations SET visited_at = now() WHERE registration_id = ANY($1)', [
    visited.flatMap((visit) => (visit.kind === 'registration' ? [visit.registrationId] : [])),
  ]);
  await db.query('UPDATE customs_notices SET visited_at = now() WHERE notice_id = ANY($1)', [
    visited.flatMap((visit) => (visit.kind === 'customs-notice' ? [visit.noticeId] : [])),
  ]);
  await db.query('UPDATE manifests SET visited_at = now() WHERE manifest_id = ANY($1)', [
    visited.flatMap((visit) => (visit.kind === 'manifest' ? [visit.start.manifestId] : [])),
  ]);
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
  await db.query(
    `UPDATE customs_notices SET visited_at = '-infinity' WHERE acknowledged_at IS NULL AND refused_code IS NULL`,
  );
  await db.query(`UPDATE manifests SET visited_at = '-infinity' WHERE status IN ('received', 'taking')`);
}

/** Whether a full sweep has more to visit. */
export async function sweepGoesOn(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ more: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM declarations WHERE NOT finished AND epoch > 0 AND visited_at = '-infinity')
       OR EXISTS (SELECT 1 FROM registrations
         WHERE status IN ('awaiting_telecom', 'verifying', 'binding') AND epoch > 0 AND visited_at = '-infinity')
       OR EXISTS (SELECT 1 FROM customs_notices
         WHERE acknowledged_at IS NULL AND refused_code IS NULL AND visited_at = '-infinity')
       OR EXISTS (SELECT 1 FROM manifests WHERE status = 'taking' AND visited_at = '-infinity') AS more`,
  );
  return rows[0]?.more ?? false;
}
