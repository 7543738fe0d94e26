/** What has run its time: taken away in batches, so that no run of it holds locks for long. */
import { IDEMPOTENCY_TTL_MS, UPLOAD_KEPT_MS } from '../domain/limits.ts';
import type { Database } from './database.ts';
import type { Queryable } from './pool.ts';

/** Rows of each kind in one run. */
export const TIDY_BATCH = 1_000;

/** Challenges, sessions, assertions and kept answers that have expired. */
export async function deleteExpired(db: Queryable): Promise<void> {
  const expired = (table: string, key: string, condition: string) =>
    `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${condition} LIMIT ${TIDY_BATCH})`;
  // An answer repeated after its challenge expired is still told apart from one that never had a challenge.
  await db.query(expired('challenges', 'challenge_hash', `expires_at < now() - interval '1 day'`));
  await db.query(expired('sessions', 'session_hash', 'expires_at < now()'));
  await db.query(expired('console_challenges', 'challenge_hash', `expires_at < now() - interval '1 day'`));
  await db.query(expired('console_sessions', 'session_hash', 'expires_at < now()'));
  await db.query(expired('client_assertions', 'broker_id, jti_hash', 'expires_at < now()'));
  await db.query(
    expired('consignee_checks', 'phone_index, broker_id, name_index', `at < now() - interval '1 day'`),
  );
  const seconds = IDEMPOTENCY_TTL_MS / 1000;
  await db.query(
    expired('idempotency_keys', 'broker_id, key', `created_at < now() - ${seconds} * interval '1 second'`),
  );
}

/** Uploads that broke off and were not sent again: their lines made nothing. A kill in between leaves a key that opens nothing. */
export async function dropBrokenUploads({ pool, keys }: Pick<Database, 'pool' | 'keys'>): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `DELETE FROM manifests WHERE manifest_id IN (SELECT manifest_id FROM manifests
       WHERE status = 'receiving' AND visited_at < now() - $1 * interval '1 millisecond' LIMIT 10)
     RETURNING manifest_id AS id`,
    [UPLOAD_KEPT_MS],
  );
  for (const { id } of rows) await keys.destroy(id);
}

/** Those of the ids that no row has: neither a registration, an identity, a declaration, a manifest, a user nor a webhook endpoint. */
export async function withoutRow(db: Queryable, ids: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT id FROM unnest($1::uuid[]) AS key(id)
     WHERE NOT EXISTS (SELECT 1 FROM declarations WHERE declaration_id = id)
       AND NOT EXISTS (SELECT 1 FROM registrations WHERE registration_id = id)
       AND NOT EXISTS (SELECT 1 FROM identities WHERE subject_id = id)
       AND NOT EXISTS (SELECT 1 FROM manifests WHERE manifest_id = id)
       -- Made for a line that will be tried again.
       AND NOT EXISTS (SELECT 1 FROM manifest_lines WHERE declaration_id = id AND status = 'waiting')
       AND NOT EXISTS (SELECT 1 FROM broker_users WHERE user_id = id)
       AND NOT EXISTS (SELECT 1 FROM webhook_endpoints WHERE endpoint_id = id AND deleted_at IS NULL)`,
    [ids],
  );
  return rows.map((row) => row.id);
}
