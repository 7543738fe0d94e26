/** How a manifest gets on, told to its broker: each event in the statement that makes it true. */
import type { EventType } from '../../domain/webhook.ts';
import type { Queryable } from '../pool.ts';
import { LINE_RESULT } from './line-result.ts';

/** Tenths of its lines that have their answers. */
export const TENTHS = '((total - waiting) * 10 / total)';

/** Changes the manifest `$1` (`m`; `counted`: its lines by result) and records the event; no row: nothing was changed. */
export const changeAndTell = (type: EventType & `manifest.${string}`, change: string): string =>
  `WITH counted AS (
     SELECT count(*) AS total, count(*) FILTER (WHERE result IS NULL) AS waiting,
       count(*) FILTER (WHERE result = 'accepted') AS accepted, count(*) FILTER (WHERE result = 'rejected') AS rejected
     FROM (SELECT ${LINE_RESULT} AS result FROM manifest_lines l LEFT JOIN proposals p USING (proposal_id)
       WHERE l.manifest_id = $1) lines),
   changed AS (UPDATE manifests m SET ${change} RETURNING m.manifest_id, m.kind)
   INSERT INTO events (manifest_id, type, data)
   SELECT manifest_id, '${type}', jsonb_build_object('kind', kind, 'lines', to_jsonb(counted)) FROM changed, counted
   RETURNING 1`;

/** Tells of each further tenth of the lines that has its answers; of the last one, `manifest.completed` does. */
export async function tellProgress(db: Queryable, manifestId: string): Promise<void> {
  await db.query({
    name: 'manifest-progress',
    text: changeAndTell(
      'manifest.progressed',
      `told_tenths = ${TENTHS} FROM counted
       WHERE m.manifest_id = $1 AND m.status = 'taking' AND waiting > 0 AND ${TENTHS} > m.told_tenths`,
    ),
    values: [manifestId],
  });
}
