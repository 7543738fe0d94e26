/** Declarations that were lodged past us: Customs' context begins them, and amends them. */
import type { PoolClient } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { canonicalDeclaration } from '../domain/canonical.ts';
import { ConsentryError, type ErrorCode } from '../domain/error-code.ts';
import { POA_STATE, type PoaStatus } from '../domain/poa-state.ts';
import { type ReceivedContext, sealContext } from './contexts.ts';
import type { Queryable } from './pool.ts';
import type { BlindIndex } from './seal.ts';
import { seal } from './seal.ts';

/** Columns of a version and of its context, in the order of the statements below. */
function versionValues(
  key: Buffer,
  index: BlindIndex,
  declarationId: string,
  { context, content, text, digest }: ReceivedContext,
  respondBy: Date,
): unknown[] {
  const { version, brokerBoxNumber, declarationNumber } = context;
  const { importer } = canonicalDeclaration(content, brokerBoxNumber);
  return [
    declarationId,
    version,
    digest,
    respondBy,
    index.ofPhone(importer.phone),
    content.functionalReference,
    content.masterWaybill,
    content.houseWaybill,
    seal(key, `declaration_versions/${declarationId}.${version}/sealed`, {
      submitted: content,
      canonical: text,
    }),
    declarationNumber,
    sealContext(key, declarationId, version, text),
    content.flight,
    content.importDate,
  ];
}

const INSERT_VERSION = `INSERT INTO declaration_versions (declaration_id, version, digest, respond_by, phone_index,
    functional_reference, master_waybill, house_waybill, sealed, state, flight, import_date)`;
const INSERT_CONTEXT = `INSERT INTO contexts (declaration_id, version, digest, declaration_number, sealed, taken_at)
  VALUES ($1, $2, $3, $10, $11, now())`;

/**
 * First rows of a declaration that begins at Customs, in one statement. Throws the violation of `declarations_waybill` or
 * `declarations_customs_number` when the same, or another of these waybills, is there.
 */
export async function insertCustomsStarted(
  db: Queryable,
  key: Buffer,
  index: BlindIndex,
  declaration: { declarationId: string; brokerId: string; respondBy: Date },
  received: ReceivedContext,
): Promise<void> {
  const { declarationId, brokerId, respondBy } = declaration;
  await db.query({
    name: 'customs-started-insert',
    text: `WITH declaration AS (
             INSERT INTO declarations (declaration_id, broker_id, poa_order, functional_reference, master_waybill,
               house_waybill, declaration_number, version, digest, respond_by, phone_index, flight, import_date)
             VALUES ($1, $14, 'customs-started', $6, $7, $8, $10, $2, $3, $4, $5, $12, $13)),
           version AS (${INSERT_VERSION} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'in-force', $12, $13)),
           context AS (${INSERT_CONTEXT})
           INSERT INTO events (declaration_id, type, version) VALUES ($1, 'declaration.received', $2)`,
    values: [...versionValues(key, index, declarationId, received, respondBy), brokerId],
  });
}

/** What became of a proposed amendment: `moved` when the declaration is not as it was matched any more. */
export type Proposed = { kind: 'proposed'; proposalId: string } | { kind: 'moved' };

/**
 * The next version, as Customs holds it, for the process to judge: in a transaction of the caller's, which locks the
 * declaration here. Throws `already-decided` by the state table, `version-conflict` while another change is not judged,
 * `validation-failed` when the number changes.
 */
export async function proposeNextVersion(
  client: PoolClient,
  key: Buffer,
  index: BlindIndex,
  declarationId: string,
  received: ReceivedContext,
  respondBy: Date,
): Promise<Proposed> {
  const { version, declarationNumber } = received.context;
  const declaration = await lockDeclaration(client, declarationId);
  if (declaration.version !== version - 1) return { kind: 'moved' };
  if (declaration.declarationNumber !== declarationNumber) throw otherNumber();
  const closed = declaration.openUntil !== null && declaration.openUntil.getTime() < Date.now();
  if (!POA_STATE[declaration.status].amend || closed)
    throw new ConsentryError('already-decided', 'The POA of this declaration is decided.');
  const pending = await pendingChange(client, declarationId);
  if (pending?.version === version) return { kind: 'moved' };
  if (pending)
    throw new ConsentryError('version-conflict', 'Another change of this declaration is not judged yet.');
  await dropRefused(client, declarationId, version);
  const proposalId = uuidv7();
  await client.query({
    name: 'customs-started-propose',
    text: `WITH version AS (${INSERT_VERSION} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'proposed', $12, $13)),
           context AS (${INSERT_CONTEXT})
           INSERT INTO proposals (proposal_id, declaration_id, kind, version) VALUES ($14, $1, 'amendment', $2)`,
    values: [...versionValues(key, index, declarationId, received, respondBy), proposalId],
  });
  return { kind: 'proposed', proposalId };
}

const otherNumber = () =>
  new ConsentryError('validation-failed', 'An amendment keeps the declaration number.', [
    { pointer: '/declarationNumber', code: 'changed', detail: 'The declaration has another number.' },
  ]);

async function lockDeclaration(client: PoolClient, declarationId: string) {
  const { rows } = await client.query<{
    version: number;
    status: PoaStatus;
    openUntil: Date | null;
    declarationNumber: string | null;
  }>(
    `SELECT version, status, open_until AS "openUntil", declaration_number AS "declarationNumber"
     FROM declarations WHERE declaration_id = $1 FOR UPDATE`,
    [declarationId],
  );
  if (!rows[0]) throw new Error(`no declaration ${declarationId}`);
  return rows[0];
}

async function pendingChange(client: PoolClient, declarationId: string) {
  const { rows } = await client.query<{ version: number | null }>(
    `SELECT version FROM proposals WHERE declaration_id = $1 AND verdict = 'pending'`,
    [declarationId],
  );
  return rows[0] ?? null;
}

/** The same number was proposed before and refused: the new one takes its place. */
async function dropRefused(client: PoolClient, declarationId: string, version: number): Promise<void> {
  await client.query(
    `WITH refused AS (
       DELETE FROM declaration_versions WHERE declaration_id = $1 AND version = $2 AND state = 'refused' RETURNING version)
     DELETE FROM contexts WHERE declaration_id = $1 AND version IN (SELECT version FROM refused)`,
    [declarationId, version],
  );
}

/** How a proposal stands, with the declaration's status. */
export interface ProposalState {
  verdict: 'pending' | 'accepted' | 'refused';
  code: ErrorCode | null;
  /** In force. */
  version: number;
  status: PoaStatus;
}

export async function readProposal(db: Queryable, proposalId: string): Promise<ProposalState> {
  const { rows } = await db.query<ProposalState>(
    `SELECT p.verdict, p.code, d.version, d.status FROM proposals p JOIN declarations d USING (declaration_id)
     WHERE proposal_id = $1`,
    [proposalId],
  );
  if (!rows[0]) throw new Error(`no proposal ${proposalId}`);
  return rows[0];
}
