/** What has run its time: taken away in batches, so that no run of it holds locks for long. */
import { IDEMPOTENCY_TTL_MS, KEY_WITHOUT_ROW_MS, UPLOAD_KEPT_MS } from '../domain/limits.ts';
import type { Database } from './database.ts';
import type { Queryable } from './pool.ts';

/** Rows of each kind in one statement, some ms of work; and statements in one run, each half minute: more rows a second than are made. */
const BATCH = 1_000;
const BATCHES = 50;

/** Table, key, and which rows of it have run their time. */
const EXPIRED: readonly [string, string, string][] = [
  // An answer repeated after its challenge expired is still told apart from one that never had a challenge.
  ['challenges', 'challenge_hash', `expires_at < now() - interval '1 day'`],
  ['sessions', 'session_hash', 'expires_at < now()'],
  ['console_challenges', 'challenge_hash', `expires_at < now() - interval '1 day'`],
  ['console_sessions', 'session_hash', 'expires_at < now()'],
  ['client_assertions', 'broker_id, jti_hash', 'expires_at < now()'],
  ['consignee_checks', 'phone_index, broker_id, name_index', `at < now() - interval '1 day'`],
  [
    'idempotency_keys',
    'broker_id, key',
    `created_at < now() - interval '${IDEMPOTENCY_TTL_MS} milliseconds'`,
  ],
];

/** Challenges, sessions, assertions and kept answers that have expired. */
export async function deleteExpired(db: Queryable): Promise<void> {
  for (const [table, key, condition] of EXPIRED) {
    const text = `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${condition} LIMIT ${BATCH})`;
    await inBatches(async () => (await db.query(text)).rowCount ?? 0);
  }
}

/** Until there is less than a batch left, or it has been enough for one run. */
async function inBatches(work: () => Promise<number>): Promise<void> {
  for (let batch = 0; batch < BATCHES; batch++) if ((await work()) < BATCH) return;
}

/** Uploads that broke off and were not sent again: their lines made nothing. A kill in between leaves a key that opens nothing. */
export async function dropBrokenUploads({ pool, keys }: Pick<Database, 'pool' | 'keys'>): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `DELETE FROM manifests WHERE manifest_id IN (SELECT manifest_id FROM manifests
       WHERE status = 'receiving' AND visited_at < now() - $1 * interval '1 millisecond' LIMIT 10
       -- One that is being sent again is none of them.
       FOR UPDATE SKIP LOCKED)
     RETURNING manifest_id AS id`,
    [UPLOAD_KEPT_MS],
  );
  for (const { id } of rows) await keys.destroy(id);
}

/** Keys whose row never came are destroyed; the others are not looked at again. */
export const destroyKeysWithoutRow = ({ pool, keys }: Pick<Database, 'pool' | 'keys'>): Promise<void> =>
  inBatches(async () => {
    const unchecked = await keys.unchecked(KEY_WITHOUT_ROW_MS, BATCH);
    const orphans = await withoutRow(pool, unchecked);
    await keys.destroyMany(orphans);
    const gone = new Set(orphans);
    await keys.markChecked(unchecked.filter((keyId) => !gone.has(keyId)));
    return unchecked.length;
  });

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
