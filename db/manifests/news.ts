/** How a manifest gets on, told to its broker: each event in the statement that makes it true. */
import type { EventType } from '../../domain/webhook.ts';
import type { Queryable } from '../pool.ts';

/** SQL: lines of a manifest without an answer. (A program of before they were counted may have taken some of them.) */
export const WAITING = 'greatest(lines_total - lines_accepted - lines_rejected, 0)';

/** Tenths of its lines that have their answers. */
const TENTHS = `((lines_total - ${WAITING}) * 10 / greatest(lines_total, 1))`;

/** A manifest's lines by result. */
export const LINE_COUNTS = `jsonb_build_object('total', lines_total, 'waiting', ${WAITING}, 'accepted', lines_accepted,
  'rejected', lines_rejected)`;

/** Changes a manifest (`m`, as it was) and records the event of it as it is then; no row: nothing was changed. */
export const changeAndTell = (type: EventType & `manifest.${string}`, change: string): string =>
  `WITH changed AS (UPDATE manifests m SET ${change} RETURNING manifest_id, kind, ${LINE_COUNTS} AS lines)
   INSERT INTO events (manifest_id, type, data)
   SELECT manifest_id, '${type}', jsonb_build_object('kind', kind, 'lines', lines) FROM changed RETURNING 1`;

/** Tells of each further tenth of the lines that has its answers; of the last one, `manifest.completed` does. */
export async function tellProgress(db: Queryable, manifestId: string): Promise<void> {
  await db.query({
    name: 'manifest-progress',
    text: changeAndTell(
      'manifest.progressed',
      `told_tenths = ${TENTHS}
       WHERE manifest_id = $1 AND status = 'taking' AND ${WAITING} > 0 AND ${TENTHS} > told_tenths`,
    ),
    values: [manifestId],
  });
}
