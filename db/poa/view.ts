import {
  type Nudges,
  noNudges,
  nudgeMoments,
  type PoaMessage,
  type PoaOpening,
  type PoaView,
} from '../../domain/poa-view.ts';
import type { Queryable } from '../pool.ts';
import { WRITTEN } from './notifications.ts';
import { openRow, type ProcessRow } from './process-row.ts';

/** Settings that steer when a person is written to. */
export interface NudgeSettings {
  /** SMS when the push was not displayed after this long. */
  smsAfterMs: number;
  /** A message that no channel took is tried again after this long. */
  deliverAgainMs: number;
}

/** Takes up a process: where it stands and what waits for it. Null: no such declaration. */
export async function openProcess(
  db: Queryable,
  declarationId: string,
  settings: NudgeSettings,
): Promise<PoaOpening | null> {
  const row = await openRow(db, declarationId);
  if (!row) return null;
  const [view, pending] = [await viewOf(db, row, settings), await pendingMessages(db, declarationId)];
  return { epoch: row.epoch, view, pending };
}

/** Where the process stands, for the workflow. */
export async function viewOf(db: Queryable, row: ProcessRow, settings: NudgeSettings): Promise<PoaView> {
  return {
    status: row.status,
    version: row.version,
    order: row.order,
    respondBy: row.respondBy.getTime(),
    contextTaken: row.status === 'awaiting_context' && (await contextTaken(db, row)),
    waitsForContext: false,
    nudges: WRITTEN[row.status] ? await nudges(db, row, settings) : noNudges(),
    openUntil: row.status === 'declined' ? (row.openUntil?.getTime() ?? null) : null,
    attention: row.attention,
    finished: row.finished,
  };
}

async function contextTaken(db: Queryable, row: ProcessRow): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'view-context',
    text: `SELECT 1 FROM contexts WHERE declaration_id = $1 AND version = $2 AND digest = $3 AND taken_at IS NOT NULL`,
    values: [row.declarationId, row.version, row.digest],
  });
  return rowCount === 1;
}

async function nudges(db: Queryable, row: ProcessRow, settings: NudgeSettings): Promise<Nudges> {
  const { rows } = await db.query<{ kind: string; sent: boolean; displayed: boolean; failedAt: Date | null }>(
    {
      name: 'view-notifications',
      text: `SELECT kind, coalesce(sent_at, held_back_at) IS NOT NULL AS sent, displayed_at IS NOT NULL AS displayed, failed_at AS "failedAt"
           FROM notifications WHERE declaration_id = $1 AND version = $2 AND kind = ANY($3)`,
      values: [row.declarationId, row.version, WRITTEN[row.status]],
    },
  );
  const asked = row.status === 'awaiting_importer' ? row.askedAt : null;
  const moments = asked && nudgeMoments(asked.getTime(), row.respondBy.getTime(), settings.smsAfterMs);
  // A row alone tells nothing: its sender may have been interrupted.
  const known = (kind: string) => rows.some((n) => n.kind === kind && (n.sent || n.failedAt));
  const reached = rows.some((n) => n.displayed);
  const failed = rows.filter((n) => !n.sent && n.failedAt).map((n) => n.failedAt?.getTime() ?? 0);
  return {
    smsAt: !moments || known('sms') || reached ? null : moments.smsAt,
    reminderAt: !moments || known('reminder') ? null : moments.reminderAt,
    deliverAt: failed.length > 0 ? Math.min(...failed) + settings.deliverAgainMs : null,
  };
}

/** Whatever was recorded for the process and not judged, oldest first. */
async function pendingMessages(db: Queryable, declarationId: string): Promise<PoaMessage[]> {
  const { rows } = await db.query<{ kind: PoaMessage['kind']; id: string }>({
    name: 'view-pending',
    text: `SELECT kind, id FROM (
        SELECT 'decide' AS kind, consent_id::text AS id, created_at FROM consents
          WHERE declaration_id = $1 AND verdict = 'pending'
        UNION ALL SELECT CASE kind WHEN 'cancellation' THEN 'cancel' ELSE 'amend' END, proposal_id::text, created_at
          FROM proposals WHERE declaration_id = $1 AND verdict = 'pending'
        UNION ALL SELECT 'resolve', resolution_id::text, created_at FROM resolutions
          WHERE declaration_id = $1 AND verdict = 'pending'
        UNION ALL SELECT 'look', '', received_at FROM contexts WHERE declaration_id = $1 AND taken_at IS NULL
      ) waiting ORDER BY created_at`,
    values: [declarationId],
  });
  return rows.map(({ kind, id }) => (kind === 'look' ? { kind } : { kind, id }));
}
