import type { PoolClient } from 'pg';
import type { ErrorCode } from '../../domain/error-code.ts';
import { POA_STATE } from '../../domain/poa-state.ts';
import { countRefused } from '../manifests/answering.ts';
import { violatedConstraint } from '../pool.ts';
import { forgetContext } from './lodging.ts';
import { enter, type ProcessRow } from './process-row.ts';
import { type Settling, settle } from './settle.ts';

export interface Proposal {
  proposalId: string;
  kind: 'amendment' | 'cancellation' | 'retry';
  version: number | null;
  reason: string | null;
  verdict: 'pending' | 'accepted' | 'refused';
  code: ErrorCode | null;
}

export type ProposalVerdict =
  | { verdict: 'accepted' }
  | { verdict: 'refused'; code: ErrorCode }
  | { verdict: 'unknown' };

/**
 * Judges a change that the broker (or Customs) asked for, in one transaction with what it does. Judged before: the same
 * verdict again. An unknown id changes nothing. Throws `UncheckedConsent` like `settle`.
 */
export async function judgeProposal(
  client: PoolClient,
  key: Buffer,
  row: ProcessRow,
  proposalId: string,
  settling: Settling,
): Promise<ProposalVerdict> {
  const proposal = await lockProposal(client, row.declarationId, proposalId);
  if (!proposal) return { verdict: 'unknown' };
  if (proposal.verdict !== 'pending') return verdictOf(proposal);
  const code = await attempt(client, key, row, proposal, settling);
  await record(client, proposal, code);
  if (!code) return { verdict: 'accepted' };
  row.events.push({ type: 'declaration.proposal-refused', data: { code, kind: proposal.kind } });
  return { verdict: 'refused', code };
}

/** Does what was proposed; the error code when it cannot be done. */
async function attempt(
  client: PoolClient,
  key: Buffer,
  row: ProcessRow,
  proposal: Proposal,
  settling: Settling,
): Promise<ErrorCode | null> {
  const rule = POA_STATE[row.status];
  if (proposal.kind === 'retry') {
    if (row.status !== 'needs_correction') return null;
    await forgetContext(client, row);
    enter(row, 'received');
    return null;
  }
  if (proposal.kind === 'cancellation') {
    if (!rule.cancel) return 'already-decided';
    const request = { outcome: 'cancelled' as const, ...(proposal.reason && { reason: proposal.reason }) };
    const settlement = await settle(client, key, row, request, settling);
    return settlement?.kind === 'settled' && settlement.row.outcome === 'cancelled'
      ? null
      : 'already-decided';
  }
  if (!rule.amend || (row.openUntil && row.openUntil.getTime() < Date.now())) return 'already-decided';
  return amend(client, key, row, proposal.version ?? 0, settling);
}

/**
 * Ends the version in force as superseded (a declined one has its end already) and adopts the proposed one. A consent
 * kept before wins. A waybill that was taken meanwhile refuses it, and nothing of this happened.
 */
async function amend(
  client: PoolClient,
  key: Buffer,
  row: ProcessRow,
  version: number,
  settling: Settling,
): Promise<ErrorCode | null> {
  await client.query('SAVEPOINT amendment');
  if (row.status !== 'declined') {
    const settlement = await settle(client, key, row, { outcome: 'superseded' }, settling);
    if (settlement?.kind !== 'settled' || settlement.row.outcome !== 'superseded') return 'already-decided';
  }
  try {
    await adopt(client, row, version);
    return null;
  } catch (error) {
    if (violatedConstraint(error) !== 'declarations_waybill') throw error;
    await client.query('ROLLBACK TO SAVEPOINT amendment');
    return 'duplicate-waybill';
  }
}

async function adopt(client: PoolClient, row: ProcessRow, version: number): Promise<void> {
  const { rows } = await client.query<{ digest: string; respondBy: Date; phoneIndex: Buffer | null }>(
    `WITH earlier AS (
       UPDATE declaration_versions SET state = 'superseded' WHERE declaration_id = $1 AND version = $2),
     now_in_force AS (
       UPDATE declaration_versions SET state = 'in-force' WHERE declaration_id = $1 AND version = $3 AND state = 'proposed'
       RETURNING *),
     moved AS (
       UPDATE declarations d SET functional_reference = n.functional_reference, master_waybill = n.master_waybill,
         house_waybill = n.house_waybill, flight = n.flight, import_date = n.import_date
       FROM now_in_force n WHERE d.declaration_id = $1)
     SELECT digest, respond_by AS "respondBy", phone_index AS "phoneIndex" FROM now_in_force`,
    [row.declarationId, row.version, version],
  );
  const adopted = rows[0];
  if (!adopted) throw new Error(`no proposed version ${version} of ${row.declarationId}`);
  Object.assign(row, adopted, { version, subjectId: null, askedAt: null, openUntil: null });
  row.events.push({ type: 'declaration.amended', data: {} });
  enter(row, 'received');
}

async function lockProposal(
  client: PoolClient,
  declarationId: string,
  proposalId: string,
): Promise<Proposal | null> {
  const { rows } = await client.query<Proposal>(
    `SELECT proposal_id AS "proposalId", kind, version, reason, verdict, code FROM proposals
     WHERE proposal_id = $2 AND declaration_id = $1 FOR UPDATE`,
    [declarationId, proposalId],
  );
  return rows[0] ?? null;
}

async function record(client: PoolClient, proposal: Proposal, code: ErrorCode | null): Promise<void> {
  await client.query(
    `WITH judged AS (
       UPDATE proposals SET verdict = $2, code = $3, judged_at = clock_timestamp() WHERE proposal_id = $1 RETURNING *)
     UPDATE declaration_versions v SET state = 'refused' FROM judged j
     WHERE j.verdict = 'refused' AND v.declaration_id = j.declaration_id AND v.version = j.version AND v.state = 'proposed'`,
    [proposal.proposalId, code ? 'refused' : 'accepted', code],
  );
  if (code) await countRefused(client, proposal.proposalId);
}

const verdictOf = ({ verdict, code }: Proposal): ProposalVerdict =>
  verdict === 'refused' ? { verdict, code: code ?? 'already-decided' } : { verdict: 'accepted' };
