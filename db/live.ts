import type { Queryable } from './pool.ts';

/**
 * How everything that a person can see stands, for those of the sessions (SHA-256 of their cookies) that still live: a
 * text that changes when anything does, by the session's hash in hex. A session that has ended is left out.
 * Asked every second for all that look: each part is a look into an index.
 */
export async function readLive(
  db: Queryable,
  sessionHashes: readonly Buffer[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query<{ session: string; state: string }>({
    name: 'live-state',
    text: `SELECT encode(s.session_hash, 'hex') AS session,
             ROW(i.bound_at, i.verification ->> 'verifiedAt', i.frozen_at, i.suspended_at, declarations.*,
               (SELECT max(created_at) FROM consents c WHERE c.subject_id = i.subject_id),
               (SELECT max(greatest(opened_at, resolved_at)) FROM fraud_cases f WHERE f.subject_id = i.subject_id),
               (SELECT max(at) FROM lookups l WHERE l.subject_id = i.subject_id),
               (SELECT max(hold_until) FROM registrations r WHERE r.subject_id = i.subject_id
                 AND r.status = 'verifying' AND r.hold_until IS NOT NULL AND r.objected_at IS NULL),
               (SELECT count(*) FROM passkeys p WHERE p.subject_id = i.subject_id),
               (SELECT count(*) FROM sessions o WHERE o.subject_id = i.subject_id))::text AS state
           FROM sessions s JOIN identities i USING (subject_id)
           CROSS JOIN LATERAL (
             SELECT count(*), max(updated_at) FROM declarations d WHERE d.subject_id = i.subject_id) declarations
           WHERE s.session_hash = ANY($1) AND s.expires_at > now() AND i.ended_at IS NULL`,
    values: [sessionHashes],
  });
  return new Map(rows.map(({ session, state }) => [session, state]));
}
