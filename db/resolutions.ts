/** What operators say about a POA that needs attention; the process judges it (db/poa/resolutions.ts). */
import { v7 as uuidv7 } from 'uuid';
import type { ReportedOutcome } from '../domain/outcome.ts';
import type { Queryable } from './pool.ts';

export type ResolutionAction = 'retry' | 'accept-customs' | 'correct';

export interface NewResolution {
  declarationId: string;
  action: ResolutionAction;
  /** What Customs holds, for `accept-customs`. */
  held: { outcome: ReportedOutcome; acknowledgementNumber: string } | null;
  operator: string;
  reason: string;
}

/** Its id is the id of the Update that carries it. */
export async function insertResolution(db: Queryable, resolution: NewResolution): Promise<string> {
  const resolutionId = uuidv7();
  const { declarationId, action, held, operator, reason } = resolution;
  await db.query(
    `INSERT INTO resolutions (resolution_id, declaration_id, action, outcome, acknowledgement_number, operator, reason)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [resolutionId, declarationId, action, held?.outcome, held?.acknowledgementNumber, operator, reason],
  );
  return resolutionId;
}

/** A process that needs attention, and what Customs was last heard to hold instead of ours. */
export interface Attention {
  status: string;
  version: number;
  code: string | null;
  held: { outcome?: string; version?: number; acknowledgementNumber?: string } | null;
}

/** Null: there is no such declaration. */
export async function readAttention(db: Queryable, declarationId: string): Promise<Attention | null> {
  const { rows } = await db.query<Attention>(
    `SELECT status, version, attention AS code,
       (SELECT e.data->'held' FROM events e
        WHERE e.declaration_id = d.declaration_id AND e.type = 'declaration.needs_attention'
        ORDER BY event_id DESC LIMIT 1) AS held
     FROM declarations d WHERE declaration_id = $1`,
    [declarationId],
  );
  return rows[0] ?? null;
}
