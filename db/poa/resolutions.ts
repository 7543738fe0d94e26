import type { PoolClient } from 'pg';
import type { ErrorCode } from '../../domain/error-code.ts';
import { DECLINED_OPEN_MS } from '../../domain/limits.ts';
import type { ReportedOutcome } from '../../domain/outcome.ts';
import { isDecision } from '../../domain/outcome.ts';
import { forgetContext, giveTimeToCorrect, needCorrection } from './lodging.ts';
import { enter, type ProcessRow } from './process-row.ts';
import { insertCustomsOutcome, type OutcomeRow, setAside, standingOutcome } from './settle.ts';

/** An operator's word on a process that needs attention. */
interface Resolution {
  resolutionId: string;
  action: 'retry' | 'accept-customs' | 'correct';
  outcome: ReportedOutcome | null;
  acknowledgementNumber: string | null;
  operator: string;
  reason: string;
  verdict: 'pending' | 'accepted' | 'refused';
  code: ErrorCode | null;
}

export type ResolutionVerdict = { verdict: 'accepted' | 'unknown' } | { verdict: 'refused'; code: ErrorCode };

/** Judges a resolution, in one transaction with what it does. Only a process that needs attention can be resolved. */
export async function judgeResolution(
  client: PoolClient,
  key: Buffer,
  row: ProcessRow,
  resolutionId: string,
): Promise<ResolutionVerdict> {
  const { rows } = await client.query<Resolution>(
    `SELECT resolution_id AS "resolutionId", action, outcome, acknowledgement_number AS "acknowledgementNumber",
       operator, reason, verdict, code FROM resolutions WHERE resolution_id = $2 AND declaration_id = $1 FOR UPDATE`,
    [row.declarationId, resolutionId],
  );
  const resolution = rows[0];
  if (!resolution) return { verdict: 'unknown' };
  if (resolution.verdict === 'accepted') return { verdict: 'accepted' };
  if (resolution.verdict === 'refused')
    return { verdict: 'refused', code: resolution.code ?? 'already-decided' };
  const code = await attempt(client, key, row, resolution);
  await client.query(
    `UPDATE resolutions SET verdict = $2, code = $3, judged_at = clock_timestamp() WHERE resolution_id = $1`,
    [resolutionId, code ? 'refused' : 'accepted', code],
  );
  return code ? { verdict: 'refused', code } : { verdict: 'accepted' };
}

/** Does what the operator said; the error code when it cannot be done. */
async function attempt(
  client: PoolClient,
  key: Buffer,
  row: ProcessRow,
  resolution: Resolution,
): Promise<ErrorCode | null> {
  const standing = row.status === 'needs_attention' ? await standingOutcome(client, row) : null;
  if (!standing || standing.acknowledgedAt) return 'already-decided';
  if (resolution.action === 'accept-customs' && !resolution.outcome) return 'validation-failed';
  await ACT[resolution.action](client, key, row, standing, resolution);
  return null;
}

type Act = (
  client: PoolClient,
  key: Buffer,
  row: ProcessRow,
  standing: OutcomeRow,
  resolution: Resolution,
) => Promise<void>;

const ACT: Record<Resolution['action'], Act> = {
  /** The same bytes once more; where Customs holds another content, or refused to take it back, that act anew. */
  async retry(client, _key, row) {
    if (row.attention === 'context-differs') await forgetContext(client, row);
    enter(row, 'reporting');
  },

  /** Ours goes, what Customs holds stands. A consent that says the same stands with it. */
  async 'accept-customs'(client, _key, row, standing, { outcome, acknowledgementNumber, operator, reason }) {
    if (!outcome) throw new Error('accept-customs without an outcome');
    const consentStands = standing.consentId !== null && standing.outcome === outcome;
    await setAside(client, standing, { who: operator, why: reason, keepConsent: consentStands });
    await insertCustomsOutcome(client, row, {
      outcome,
      acknowledgementNumber: acknowledgementNumber ?? '',
      consentId: consentStands && isDecision(outcome) ? standing.consentId : null,
    });
    enter(row, outcome);
    if (outcome === 'declined') row.openUntil = new Date(Date.now() + DECLINED_OPEN_MS);
  },

  async correct(client, key, row, standing, { operator, reason }) {
    const problem = {
      pointer: '',
      code: row.attention ?? 'refused-by-customs',
      detail: 'Customs did not accept it as it stands.',
    };
    await setAside(client, standing, { who: operator, why: reason });
    needCorrection(key, row, [problem]);
    await giveTimeToCorrect(client, row);
  },
};
