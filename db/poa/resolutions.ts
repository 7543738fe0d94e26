import type { PoolClient } from 'pg';
import type { ErrorCode } from '../../domain/error-code.ts';
import { DECLINED_OPEN_MS } from '../../domain/limits.ts';
import type { ReportedOutcome } from '../../domain/outcome.ts';
import { isDecision } from '../../domain/outcome.ts';
import { giveTimeToCorrect, needCorrection } from './lodging.ts';
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
  const standing = await standingOutcome(client, row);
  const possible = row.status === 'needs_attention' && standing !== null && standing.acknowledgedAt === null;
  if (possible) await ACT[resolution.action](client, key, row, standing, resolution);
  await client.query(
    `UPDATE resolutions SET verdict = $2, code = $3, judged_at = clock_timestamp() WHERE resolution_id = $1`,
    [resolutionId, possible ? 'accepted' : 'refused', possible ? null : 'already-decided'],
  );
  return possible ? { verdict: 'accepted' } : { verdict: 'refused', code: 'already-decided' };
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
    if (row.attention === 'context-differs') await lodgeAgain(client, row);
    enter(row, 'reporting');
  },

  /** Ours goes, what Customs holds stands. A consent that says the same stands with it. */
  async 'accept-customs'(client, _key, row, standing, { outcome, acknowledgementNumber, operator, reason }) {
    const held = outcome ?? 'cancelled';
    const consentStands = standing.consentId !== null && standing.outcome === held;
    await setAside(client, standing, { who: operator, why: reason, keepConsent: consentStands });
    await insertCustomsOutcome(client, row, {
      outcome: held,
      acknowledgementNumber: acknowledgementNumber ?? '',
      consentId: consentStands && isDecision(held) ? standing.consentId : null,
    });
    enter(row, held);
    if (held === 'declined') row.openUntil = new Date(Date.now() + DECLINED_OPEN_MS);
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

async function lodgeAgain(client: PoolClient, row: ProcessRow): Promise<void> {
  await client.query(
    `WITH gone AS (DELETE FROM contexts WHERE declaration_id = $1 AND version = $2)
     UPDATE lodgements SET result = 'replaced' WHERE declaration_id = $1 AND version = $2 AND result = 'accepted'`,
    [row.declarationId, row.version],
  );
}
