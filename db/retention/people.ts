/** What ended with a person, and with what a broker sent: shredded once nothing of it must be kept. */
import { ENDED_REGISTRATION_KEPT_MS } from '../../domain/limits.ts';
import type { Database } from '../database.ts';
import type { Queryable } from '../pool.ts';
import { EMPTIED_OF_CONSOLE_USER, EMPTIED_OF_PERSON, emptied } from './columns.ts';

type Stores = Pick<Database, 'pool' | 'keys'>;

/** People, or registrations, of one batch. */
export const SHRED_BATCH = 500;
/** Manifests of one batch: each may have ten thousand lines. */
const MANIFEST_BATCH = 10;

/**
 * Identities that ended and of whose answers no POA is kept any more, whether it is not due, held, or a fraud case about it is
 * open; with the registrations that bound them, which hold the same data. Whoever never answered is shredded at once. How many.
 */
export async function shredPeople({ pool, keys }: Stores): Promise<number> {
  const { rows } = await pool.query<{ subjectId: string; registrationIds: string[] }>(
    `SELECT subject_id AS "subjectId", array(SELECT registration_id FROM registrations r
       WHERE r.subject_id = i.subject_id AND r.status = 'bound') AS "registrationIds"
     FROM identities i
     WHERE ended_at IS NOT NULL AND shredded_at IS NULL AND NOT EXISTS (
       SELECT 1 FROM consents c JOIN declarations d USING (declaration_id)
       WHERE c.subject_id = i.subject_id AND d.purged_at IS NULL)
     ORDER BY ended_at LIMIT ${SHRED_BATCH}`,
  );
  if (rows.length === 0) return 0;
  await keys.destroyMany(rows.flatMap(({ subjectId, registrationIds }) => [subjectId, ...registrationIds]));
  await emptyRegistrations(
    pool,
    rows.flatMap(({ registrationIds }) => registrationIds),
  );
  // Last: until then it is found again.
  await pool.query(
    `UPDATE identities SET ${emptied(EMPTIED_OF_PERSON.identities)}, shredded_at = clock_timestamp()
     WHERE subject_id = ANY($1)`,
    [rows.map(({ subjectId }) => subjectId)],
  );
  return rows.length;
}

/** Registrations that ended without a binding long ago. How many. */
export async function shredRegistrations({ pool, keys }: Stores): Promise<number> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT registration_id AS id FROM registrations
     WHERE status IN ('refused', 'abandoned') AND sealed IS NOT NULL
       AND updated_at < now() - $1 * interval '1 millisecond' ORDER BY updated_at LIMIT ${SHRED_BATCH}`,
    [ENDED_REGISTRATION_KEPT_MS],
  );
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return 0;
  await keys.destroyMany(ids);
  await emptyRegistrations(pool, ids);
  return ids.length;
}

/** After their keys: the rest that could tell whose they were. */
async function emptyRegistrations(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.query(
    `UPDATE authorizations SET ${emptied(EMPTIED_OF_PERSON.authorizations)} WHERE registration_id = ANY($1)`,
    [ids],
  );
  await db.query(
    `UPDATE registrations SET ${emptied(EMPTIED_OF_PERSON.registrations)} WHERE registration_id = ANY($1)`,
    [ids],
  );
}

/**
 * Names of a broker's console users who were deactivated before `before`, once no POA is kept that they changed: until then it must
 * be told who did. That somebody did stays. How many.
 */
export async function shredConsoleUsers({ pool, keys }: Stores, before: Date): Promise<number> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT user_id AS id FROM broker_users u
     WHERE deactivated_at < $1 AND sealed IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM console_acts a JOIN declarations d USING (declaration_id)
       WHERE a.user_id = u.user_id AND d.purged_at IS NULL)
     ORDER BY deactivated_at LIMIT ${SHRED_BATCH}`,
    [before],
  );
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return 0;
  await keys.destroyMany(ids);
  // Last: until then it is found again.
  await pool.query(
    `UPDATE broker_users SET ${emptied(EMPTIED_OF_CONSOLE_USER.broker_users)} WHERE user_id = ANY($1)`,
    [ids],
  );
  return ids.length;
}

/** Manifests that were answered to the last line before `before`, lines and all: what became of them is in their declarations. How many. */
export async function dropManifests({ pool, keys }: Stores, before: Date): Promise<number> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT manifest_id AS id FROM manifests WHERE status = 'completed' AND completed_at < $1
     ORDER BY completed_at LIMIT ${MANIFEST_BATCH}`,
    [before],
  );
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return 0;
  await keys.destroyMany(ids);
  await pool.query('DELETE FROM manifests WHERE manifest_id = ANY($1)', [ids]);
  return ids.length;
}
