/** Makes amendments of a manifest's lines, each as `PUT` would; only its process does. */
import type { PoolClient } from 'pg';
import type { DeclarationSubmission } from '../../domain/declaration.ts';
import { type Refusal, Refused } from '../../domain/error-code.ts';
import { isUuid } from '../../domain/ids.ts';
import { proposeAmendment } from '../amend.ts';
import { lockInForce, readSurroundings } from '../changes.ts';
import type { Database } from '../database.ts';
import { dataError, type Queryable, transaction } from '../pool.ts';
import { unseal } from '../seal.ts';
import { answerLines, rejectLines, type Unfit, unfitOf } from './answering.ts';
import { lineAddress } from './receiving.ts';
import type { OpenManifest } from './taking.ts';

/** What a line of corrections was kept as. */
export interface Correction {
  /** Left out: the open declaration with the body's waybills, else with its functional reference. */
  declarationId?: string | undefined;
  /** The version that it is made on. */
  version: number;
  declaration: DeclarationSubmission;
}

/**
 * Judges the next lines by the rules, in their order, one transaction each: an amendment is proposed, or the line rejected. Those
 * that the database refused.
 */
export async function correctLines(
  db: Database,
  manifest: OpenManifest,
  key: Buffer,
  limit: number,
): Promise<Unfit[]> {
  const { rows } = await db.pool.query<{ line: number }>({
    name: 'corrections-next',
    text: `SELECT line FROM manifest_lines WHERE manifest_id = $1 AND status = 'waiting' ORDER BY place LIMIT $2`,
    values: [manifest.manifestId, limit],
  });
  const unfit: Unfit[] = [];
  for (const { line } of rows) {
    try {
      await transaction(db.pool, (client) => correctLine(client, db, manifest, key, line));
    } catch (error) {
      const sqlState = dataError(error);
      if (sqlState === null) throw error;
      const rejected = [{ line, problem: unfitOf(sqlState) }];
      await transaction(db.pool, (client) => rejectLines(client, manifest.manifestId, key, rejected));
      unfit.push({ line, sqlState });
    }
  }
  return unfit;
}

async function correctLine(
  client: PoolClient,
  db: Database,
  manifest: OpenManifest,
  key: Buffer,
  line: number,
): Promise<void> {
  const { manifestId } = manifest;
  const { rows } = await client.query<{ sealed: Buffer }>({
    name: 'corrections-lock',
    text: `SELECT sealed FROM manifest_lines WHERE manifest_id = $1 AND line = $2 AND status = 'waiting' FOR UPDATE`,
    values: [manifestId, line],
  });
  if (!rows[0]) return;
  const correction = unseal(key, lineAddress(manifestId, line), rows[0].sealed) as Correction;
  const judged = await judge(client, db, manifest, correction);
  if ('refusal' in judged) {
    return rejectLines(client, manifestId, key, [{ line, problem: judged.refusal }]);
  }
  await client.query({
    name: 'corrections-answer',
    text: `UPDATE manifest_lines SET status = CASE WHEN $4::uuid IS NULL THEN 'started' ELSE 'done' END,
             declaration_id = $3, proposal_id = $4, sealed = NULL, phone_index = NULL WHERE manifest_id = $1 AND line = $2`,
    values: [manifestId, line, judged.declarationId, judged.proposalId],
  });
  await answerLines(client, manifestId, { accepted: 1 });
}

/** `proposalId` null: it says what is in force already. */
async function judge(
  client: PoolClient,
  db: Database,
  broker: OpenManifest,
  correction: Correction,
): Promise<{ declarationId: string; proposalId: string | null } | { refusal: Refusal }> {
  try {
    const declarationId = await findDeclaration(client, broker.brokerId, correction);
    const dataKey = await db.keys.get(declarationId);
    const inForce = await lockInForce(client, broker.brokerId, declarationId);
    if (!dataKey || !inForce) throw new Refused({ code: 'not-found' });
    const { pending } = await readSurroundings(client, declarationId, null);
    const locked = { client, dataKey, declarationId, inForce, pending };
    const etag = `"${correction.version}"`;
    const proposalId = await proposeAmendment(db, broker, locked, etag, correction.declaration);
    return { declarationId, proposalId };
  } catch (error) {
    // A rule refuses before anything is written.
    if (error instanceof Refused) return { refusal: error.refusal };
    throw error;
  }
}

/** Throws `not-found` unless there is just one. Whose it is, is asked for where it is locked. */
async function findDeclaration(
  client: PoolClient,
  brokerId: string,
  { declarationId, declaration: { masterWaybill, houseWaybill, functionalReference } }: Correction,
): Promise<string> {
  if (declarationId !== undefined) {
    if (isUuid(declarationId)) return declarationId;
    throw new Refused({ code: 'not-found' });
  }
  const { rows } = await client.query<{ id: string; waybills: boolean }>({
    name: 'corrections-find',
    text: `(SELECT declaration_id AS id, true AS waybills FROM declarations
              WHERE broker_id = $1 AND master_waybill = $2 AND house_waybill = $3 AND waybill_taken)
           UNION ALL
           (SELECT declaration_id, false FROM declarations
              WHERE broker_id = $1 AND functional_reference = $4 AND waybill_taken LIMIT 2)`,
    values: [brokerId, masterWaybill, houseWaybill, functionalReference],
  });
  const [first] = rows;
  if (first && (first.waybills || rows.length === 1)) return first.id;
  throw new Refused({
    code: 'not-found',
    detail:
      'No open declaration has these waybills, nor this functional reference alone: name its declarationId.',
  });
}

/** An amendment that its process has not been told of. */
export interface ToSend {
  line: number;
  declarationId: string;
  proposalId: string;
}

export async function amendmentsToSend(db: Queryable, manifestId: string, limit: number): Promise<ToSend[]> {
  const { rows } = await db.query<ToSend>({
    name: 'corrections-to-send',
    text: `SELECT line, declaration_id AS "declarationId", proposal_id AS "proposalId" FROM manifest_lines
           WHERE manifest_id = $1 AND status = 'done' ORDER BY place LIMIT $2`,
    values: [manifestId, limit],
  });
  return rows;
}
