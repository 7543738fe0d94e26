/** Changes that a broker asks for: recorded under the declaration's lock, judged by its process. */
import type { PoolClient } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { CancellationReason, Order } from '../domain/outcome.ts';
import type { PoaStatus } from '../domain/poa-state.ts';
import type { Database } from './database.ts';
import { type BrokerIdentity, type Submitted, versionValues } from './declarations.ts';
import type { KeyUse } from './idempotency.ts';
import { seal } from './seal.ts';

/** What a change is measured against: the version in force, locked. */
export interface InForce {
  version: number;
  digest: string;
  status: PoaStatus;
  order: Order;
  respondBy: Date;
  declarationNumber: string | null;
  /** A declined one takes no amendment after this. */
  openUntil: Date | null;
}

/** Locks the broker's declaration; null when it has no such one. */
export async function lockInForce(
  client: PoolClient,
  brokerId: string,
  declarationId: string,
): Promise<InForce | null> {
  const { rows } = await client.query<InForce>({
    name: 'change-lock',
    text: `SELECT version, digest, status, poa_order AS "order", respond_by AS "respondBy",
             declaration_number AS "declarationNumber", open_until AS "openUntil"
           FROM declarations WHERE declaration_id = $1 AND broker_id = $2 FOR UPDATE`,
    values: [declarationId, brokerId],
  });
  return rows[0] ?? null;
}

/** What stands beside it; a statement of its own, so that it sees what was committed while the lock was waited for. */
export interface Surroundings {
  /** A change that is not judged. */
  pending: boolean;
  /** The request's key was used, by a twin that held the lock before. */
  keyUsed: boolean;
}

export async function readSurroundings(
  client: PoolClient,
  declarationId: string,
  use: KeyUse | null,
): Promise<Surroundings> {
  const { rows } = await client.query<Surroundings>({
    name: 'change-surroundings',
    text: `SELECT EXISTS (SELECT 1 FROM proposals WHERE declaration_id = $1 AND verdict = 'pending') AS pending,
             EXISTS (SELECT 1 FROM idempotency_keys WHERE broker_id = $2 AND key = $3 AND declaration_id = $1
               AND request_hash = $4) AS "keyUsed"`,
    values: [declarationId, use?.brokerId, use?.key, use?.requestHash],
  });
  return rows[0] ?? { pending: false, keyUsed: false };
}

/** Whether another declaration of the broker's holds these waybills. */
export async function waybillTaken(
  client: PoolClient,
  brokerId: string,
  declarationId: string,
  { masterWaybill, houseWaybill }: Pick<Submitted, 'masterWaybill' | 'houseWaybill'>,
): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'change-waybill',
    text: `SELECT 1 FROM declarations WHERE broker_id = $1 AND master_waybill = $2 AND house_waybill = $3
             AND waybill_taken AND declaration_id <> $4`,
    values: [brokerId, masterWaybill, houseWaybill, declarationId],
  });
  return rowCount !== 0;
}

export interface ProposedVersion {
  declarationId: string;
  version: number;
  submitted: Submitted;
  respondBy: Date;
}

/** The version proposed, in place of one of that number that was refused, and its proposal; its id. */
export async function insertAmendment(
  client: PoolClient,
  db: Pick<Database, 'index'>,
  dataKey: Buffer,
  { boxNumber }: BrokerIdentity,
  proposed: ProposedVersion,
): Promise<string> {
  const { declarationId, version, submitted, respondBy } = proposed;
  const { digest, phoneIndex, sealed } = versionValues(db, dataKey, boxNumber, proposed);
  const { rowCount } = await client.query({
    name: 'change-version',
    text: `INSERT INTO declaration_versions AS v (declaration_id, version, digest, respond_by, phone_index,
             functional_reference, master_waybill, house_waybill, sealed, state, flight, import_date)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'proposed', $10, $11)
           ON CONFLICT (declaration_id, version) DO UPDATE SET digest = excluded.digest,
             respond_by = excluded.respond_by, phone_index = excluded.phone_index,
             functional_reference = excluded.functional_reference, master_waybill = excluded.master_waybill,
             house_waybill = excluded.house_waybill, sealed = excluded.sealed, state = excluded.state,
             flight = excluded.flight, import_date = excluded.import_date, created_at = excluded.created_at
           WHERE v.state = 'refused'`,
    values: [
      declarationId,
      version,
      digest,
      respondBy,
      phoneIndex,
      submitted.functionalReference,
      submitted.masterWaybill,
      submitted.houseWaybill,
      sealed,
      submitted.flight,
      submitted.importDate,
    ],
  });
  if (rowCount !== 1) throw new Error(`version ${version} of ${declarationId} exists`);
  return insertProposal(client, declarationId, { kind: 'amendment', version });
}

/** The version in force, tried again. */
export const insertRetry = (client: PoolClient, declarationId: string): Promise<string> =>
  insertProposal(client, declarationId, { kind: 'retry' });

export const insertCancellation = (
  client: PoolClient,
  dataKey: Buffer,
  declarationId: string,
  { reason, note }: { reason: CancellationReason; note?: string | undefined },
): Promise<string> =>
  insertProposal(client, declarationId, {
    kind: 'cancellation',
    reason,
    sealedNote: (proposalId) =>
      note === undefined ? null : seal(dataKey, `proposals/${proposalId}/sealed_note`, note),
  });

interface NewProposal {
  kind: 'amendment' | 'cancellation' | 'retry';
  version?: number;
  reason?: CancellationReason;
  sealedNote?: (proposalId: string) => Buffer | null;
}

async function insertProposal(
  client: PoolClient,
  declarationId: string,
  { kind, version, reason, sealedNote }: NewProposal,
): Promise<string> {
  const proposalId = uuidv7();
  await client.query({
    name: 'change-proposal',
    text: `INSERT INTO proposals (proposal_id, declaration_id, kind, version, reason, sealed_note)
           VALUES ($1, $2, $3, $4, $5, $6)`,
    values: [proposalId, declarationId, kind, version, reason, sealedNote?.(proposalId)],
  });
  return proposalId;
}

export interface JudgedProposal {
  verdict: 'pending' | 'accepted' | 'refused';
  code: string | null;
}

/** How a proposal stands, for whoever did not hear it from the process. */
export async function readVerdict({ pool }: Database, proposalId: string): Promise<JudgedProposal> {
  const { rows } = await pool.query<JudgedProposal>({
    name: 'change-verdict',
    text: 'SELECT verdict, code FROM proposals WHERE proposal_id = $1',
    values: [proposalId],
  });
  if (!rows[0]) throw new Error(`no proposal ${proposalId}`);
  return rows[0];
}
