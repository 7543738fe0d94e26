/** A manifest as its process goes through it. */
import type { Pool } from 'pg';
import type { ManifestKind, ManifestStatus } from '../../domain/manifest.ts';
import type { Order } from '../../domain/outcome.ts';
import { type Queryable, transaction } from '../pool.ts';
import { LINE_RESULT } from './line-result.ts';
import { changeAndTell, WAITING } from './news.ts';

export interface OpenManifest {
  manifestId: string;
  brokerId: string;
  boxNumber: string;
  kind: ManifestKind;
  status: ManifestStatus;
  /** Manifests of the same broker that were there before and go on. (One that stands still, or fails, holds up no other.) */
  earlier: number;
}

/** Takes the manifest up, or goes on with it; null when there is none whose upload is complete, or its broker was revoked. */
export async function visitManifest(db: Queryable, manifestId: string): Promise<OpenManifest | null> {
  const { rows } = await db.query<OpenManifest>({
    name: 'manifest-visit',
    text: `UPDATE manifests m SET visited_at = now(), status = CASE status WHEN 'received' THEN 'taking' ELSE status END
           FROM brokers b
           WHERE m.manifest_id = $1 AND m.status <> 'receiving' AND b.broker_id = m.broker_id
             AND b.revoked_at IS NULL
           RETURNING m.manifest_id AS "manifestId", m.broker_id AS "brokerId", b.box_number AS "boxNumber", m.kind, m.status,
             (SELECT count(*) FROM manifests e WHERE e.broker_id = m.broker_id AND e.manifest_id < m.manifest_id
               AND e.status IN ('received', 'taking') AND e.visited_at > now() - interval '2 minutes'
               AND e.failed_at IS NULL) AS earlier`,
    values: [manifestId],
  });
  return rows[0] ?? null;
}

/** How its last turn ended. */
export async function markTurn(db: Queryable, manifestId: string, ended: 'well' | 'failed'): Promise<void> {
  await db.query({
    name: `manifest-turn-${ended}`,
    text: `UPDATE manifests SET failed_at = ${ended === 'failed' ? 'now()' : 'NULL'}
           WHERE manifest_id = $1 ${ended === 'failed' ? '' : 'AND failed_at IS NOT NULL'}`,
    values: [manifestId],
  });
}

/** A declaration whose process is not known to run. */
export interface ToStart {
  line: number;
  declarationId: string;
  order: Order;
  respondBy: Date;
}

/** Lines whose declarations are there, and whose processes are not known to run. */
export async function linesToStart(db: Queryable, manifestId: string, limit: number): Promise<ToStart[]> {
  const { rows } = await db.query<ToStart>({
    name: 'manifest-to-start',
    text: `SELECT l.line, d.declaration_id AS "declarationId", d.poa_order AS "order", d.respond_by AS "respondBy"
           FROM manifest_lines l JOIN declarations d USING (declaration_id)
           WHERE l.manifest_id = $1 AND l.status = 'done' ORDER BY l.place LIMIT $2`,
    values: [manifestId, limit],
  });
  return rows;
}

export async function markStarted(
  db: Queryable,
  manifestId: string,
  lines: readonly number[],
): Promise<void> {
  await db.query({
    name: 'manifest-started',
    text: `UPDATE manifest_lines SET status = 'started' WHERE manifest_id = $1 AND line = ANY($2) AND status = 'done'`,
    values: [manifestId, lines],
  });
}

/** Whether every line has its answer, and every declaration its process: told then, once, and counted once more. */
export const completeManifest = (pool: Pool, manifestId: string): Promise<boolean> =>
  transaction(pool, async (client) => {
    // Before the count begins: whoever counts besides has done so, or does it after.
    await client.query('SELECT 1 FROM manifests WHERE manifest_id = $1 FOR UPDATE', [manifestId]);
    const { rowCount } = await client.query({
      name: 'manifest-complete',
      text: COMPLETE,
      values: [manifestId],
    });
    return rowCount === 1;
  });

const COMPLETE = changeAndTell(
  'manifest.completed',
  `status = 'completed', completed_at = now(), (lines_total, lines_accepted, lines_rejected) = (
     SELECT count(*), count(*) FILTER (WHERE result = 'accepted'), count(*) FILTER (WHERE result = 'rejected')
     FROM (SELECT ${LINE_RESULT} AS result FROM manifest_lines l LEFT JOIN proposals p USING (proposal_id)
       WHERE l.manifest_id = m.manifest_id) lines)
   WHERE m.manifest_id = $1 AND m.status = 'taking' AND NOT EXISTS (
     SELECT 1 FROM manifest_lines l WHERE l.manifest_id = m.manifest_id AND l.status IN ('waiting', 'done'))`,
);

/** Lines without an answer. */
export async function countWaiting(db: Queryable, manifestId: string): Promise<number> {
  const { rows } = await db.query<{ waiting: number }>({
    name: 'manifest-waiting',
    text: `SELECT ${WAITING} AS waiting FROM manifests WHERE manifest_id = $1`,
    values: [manifestId],
  });
  return rows[0]?.waiting ?? 0;
}
