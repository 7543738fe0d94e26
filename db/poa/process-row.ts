import type { PoolClient } from 'pg';
import type { Order } from '../../domain/outcome.ts';
import { isFinal, mayFollow, type PoaStatus } from '../../domain/poa-state.ts';
import type { PoaFence } from '../../domain/poa-view.ts';
import type { Queryable } from '../pool.ts';

/** A newer run holds the process: this one changes nothing any more. */
export class SupersededRun extends Error {
  override readonly name = 'SupersededRun';
}

/**
 * A later step of this same run was done already. Either this is an attempt that was given up, which changes nothing; or
 * the task that took both steps was lost after they were committed, and the run no longer knows where it stands.
 */
export class LostPlace extends Error {
  override readonly name = 'LostPlace';
}

/** The process's row of one declaration, as the transaction holds it. Changed in memory, then saved once. */
export interface ProcessRow {
  readonly declarationId: string;
  readonly brokerId: string;
  readonly brokerBoxNumber: string;
  readonly order: Order;
  readonly epoch: number;
  step: number;
  status: PoaStatus;
  version: number;
  digest: string;
  respondBy: Date;
  phoneIndex: Buffer | null;
  subjectId: string | null;
  askedAt: Date | null;
  sealedProblems: Buffer | null;
  attention: string | null;
  openUntil: Date | null;
  waybillTaken: boolean;
  readonly waybillElsewhere: boolean;
  finished: boolean;
  declarationNumber: string | null;
  /** Events to be written with the row. */
  readonly events: { type: string; data: object }[];
}

const COLUMNS = `d.declaration_id AS "declarationId", d.broker_id AS "brokerId",
  (SELECT box_number FROM brokers b WHERE b.broker_id = d.broker_id) AS "brokerBoxNumber",
  d.poa_order AS "order", d.epoch, d.step, d.status, d.version, d.digest, d.respond_by AS "respondBy",
  d.phone_index AS "phoneIndex", d.subject_id AS "subjectId", d.asked_at AS "askedAt",
  d.sealed_problems AS "sealedProblems", d.attention, d.open_until AS "openUntil", d.waybill_taken AS "waybillTaken",
  d.waybill_elsewhere AS "waybillElsewhere", d.finished, d.declaration_number AS "declarationNumber"`;

/** The first step of each run: raises the epoch, so that every earlier run can write no more. Null: no such declaration. */
export async function openRow(db: Queryable, declarationId: string): Promise<ProcessRow | null> {
  const { rows } = await db.query<Omit<ProcessRow, 'events'>>({
    name: 'poa-open',
    text: `UPDATE declarations d SET epoch = epoch + 1, step = 0, visited_at = now()
           WHERE declaration_id = $1 RETURNING ${COLUMNS}`,
    values: [declarationId],
  });
  return rows[0] ? { ...rows[0], events: [] } : null;
}

/**
 * Locks the row for one step of one run. Throws `SupersededRun` unless the run is the newest, and `LostPlace` when a later
 * step of it was done; the same step may come again (a retried attempt), and finds what it did.
 */
export async function lockRow(client: PoolClient, fence: PoaFence): Promise<ProcessRow> {
  const { rows } = await client.query<Omit<ProcessRow, 'events'>>({
    name: 'poa-lock',
    text: `SELECT ${COLUMNS} FROM declarations d WHERE declaration_id = $1 FOR UPDATE OF d`,
    values: [fence.declarationId],
  });
  const row = rows[0];
  if (row?.epoch !== fence.epoch) throw new SupersededRun(`step ${fence.step} of run ${fence.epoch}`);
  if (row.step > fence.step) throw new LostPlace(`step ${fence.step} of run ${fence.epoch}`);
  return { ...row, step: fence.step, events: [] };
}

/** Moves on to a status, telling the broker; staying in it tells nothing. Throws on a move that the table forbids. */
export function enter(row: ProcessRow, status: PoaStatus, data: object = {}): void {
  if (row.status === status) return;
  if (!mayFollow(row.status, status)) throw new Error(`a POA cannot go from ${row.status} to ${status}`);
  row.status = status;
  row.events.push({ type: `declaration.${status}`, data });
  row.attention = null;
  if (status !== 'needs_correction') row.sealedProblems = null;
  if (isFinal(status)) row.finished = true;
  // A declined declaration keeps its waybill until it closes, a confirmed one for good.
  if (isFinal(status) && status !== 'confirmed') row.waybillTaken = false;
}

/** Writes the row and its events, one statement. */
export async function saveRow(client: PoolClient, row: ProcessRow): Promise<void> {
  await client.query({
    name: 'poa-save',
    text: `WITH saved AS (
             UPDATE declarations SET step = $2, status = $3, version = $4, digest = $5, respond_by = $6, phone_index = $7,
               subject_id = $8, asked_at = $9, sealed_problems = $10, attention = $11, open_until = $12,
               waybill_taken = $13, finished = $14, declaration_number = $15, updated_at = now(),
               ended_at = CASE WHEN $14 THEN coalesce(ended_at, clock_timestamp()) END
             WHERE declaration_id = $1)
           INSERT INTO events (declaration_id, type, version, data)
           SELECT $1, e.type, $4, e.data FROM jsonb_to_recordset($16::jsonb) AS e(type text, data jsonb)`,
    values: [
      row.declarationId,
      row.step,
      row.status,
      row.version,
      row.digest,
      row.respondBy,
      row.phoneIndex,
      row.subjectId,
      row.askedAt,
      row.sealedProblems,
      row.attention,
      row.openUntil,
      row.waybillTaken,
      row.finished,
      row.declarationNumber,
      JSON.stringify(row.events),
    ],
  });
}
