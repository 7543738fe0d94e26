import { type Asked, askAnew } from '../db/poa/asking.ts';
import { createNotification } from '../db/poa/notifications.ts';
import { judgeProposal } from '../db/poa/proposals.ts';
import { judgeResolution } from '../db/poa/resolutions.ts';
import { type Settling, settle } from '../db/poa/settle.ts';
import { openProcess } from '../db/poa/view.ts';
import { flagWaybillElsewhereOf } from '../db/waybill-elsewhere.ts';
import {
  type DecideResult,
  type ProposalResult,
  type ResolveResult,
  UPDATE_DEADLINE_MS,
} from '../domain/messages.ts';
import { POA_STATE } from '../domain/poa-state.ts';
import type { PoaFence, PoaOpening, PoaView } from '../domain/poa-view.ts';
import { processNotFound } from './guard.ts';
import { type Duty, dutyAtOnce, reportSoon } from './poa-customs.ts';
import { tell, tellWithdrawn } from './poa-notify.ts';
import { inStep, type PoaDeps, type Step } from './poa-step.ts';
import { inSettlingStep } from './poa-telecom.ts';

/** Everything that decides: each is one transaction, and safe to run again. */
export function createPoaRecordActivities(deps: PoaDeps) {
  return {
    /** Takes up the process: where it stands, and what waits to be judged. */
    async openPoa({ declarationId }: { declarationId: string }): Promise<PoaOpening> {
      const opening = await openProcess(deps.db.pool, declarationId, deps.settings);
      if (!opening) throw processNotFound();
      return opening;
    },

    /** The deadline: settles the version unless a consent was kept in time, which counts instead. */
    async settleDeadline({ fence }: { fence: PoaFence }): Promise<PoaView> {
      const { result: duty, view } = await inSettlingStep(deps, fence, async (step, settling) => {
        const outcome = POA_STATE[step.row.status].deadline;
        const settled = outcome && (await settle(step.client, step.key, step.row, { outcome }, settling));
        return settled?.kind === 'settled' ? dutyAtOnce(step, settled) : null;
      });
      return reportSoon(deps, fence, duty, view);
    },

    /**
     * Judges a kept consent, a confirmation once the operator has said that the SIM still is the person's; and tells Customs
     * at once if that works out; if not, the report follows on its own.
     */
    async judgeDecision({
      fence,
      consentId,
    }: {
      fence: PoaFence;
      consentId: string;
    }): Promise<{ result: DecideResult; view: PoaView }> {
      const { result, view } = await inSettlingStep(
        deps,
        fence,
        (step, settling) => judgeConsent(step, settling, consentId),
        consentId,
      );
      const { verdict, duty, asked } = result;
      if (asked) await tell(deps, { declarationId: fence.declarationId, version: view.version }, asked);
      const after = await reportSoon(deps, fence, duty, view);
      return { result: { verdict, status: after.status }, view: after };
    },

    /** Judges an amendment, a cancellation or another try that the broker asked for. */
    async judgeChange({
      fence,
      proposalId,
    }: {
      fence: PoaFence;
      proposalId: string;
    }): Promise<{ result: ProposalResult; view: PoaView }> {
      const { result, view } = await inSettlingStep(deps, fence, async (step, settling) => {
        const { declarationId, version, subjectId } = step.row;
        const verdict = await judgeProposal(step.client, step.key, step.row, proposalId, settling);
        const asked = verdict.verdict === 'accepted' && step.row.status === 'reporting' ? subjectId : null;
        const withdrawn =
          asked && (await createNotification(step.client, { declarationId, version }, asked, 'withdrawn'));
        return { verdict, told: asked && withdrawn ? { subjectId: asked, notification: withdrawn } : null };
      });
      if (result.told) await tellWithdrawn(deps, fence.declarationId, result.told);
      if (result.verdict.verdict === 'accepted')
        await flagWaybillElsewhereOf(deps.db.pool, fence.declarationId);
      return { result: { ...result.verdict, status: view.status }, view };
    },

    /** Judges what an operator said about a process that needs attention. */
    async judgeResolution({
      fence,
      resolutionId,
    }: {
      fence: PoaFence;
      resolutionId: string;
    }): Promise<{ result: ResolveResult; view: PoaView }> {
      const { result, view } = await inStep(deps, fence, async (step) => {
        const { declarationId, version, subjectId } = step.row;
        const verdict = await judgeResolution(step.client, step.key, step.row, resolutionId);
        const lost =
          verdict.verdict === 'accepted' && step.row.status === 'needs_correction' ? subjectId : null;
        const withdrawn =
          lost && (await createNotification(step.client, { declarationId, version }, lost, 'withdrawn'));
        return { verdict, told: lost && withdrawn ? { subjectId: lost, notification: withdrawn } : null };
      });
      if (result.told) await tellWithdrawn(deps, fence.declarationId, result.told);
      return { result: { ...result.verdict, status: view.status }, view };
    },

    /** A declined declaration's days for an amendment are over. */
    async closeDeclined({ fence }: { fence: PoaFence }): Promise<PoaView> {
      const { view } = await inStep(deps, fence, async ({ row }) => {
        if (row.status !== 'declined') return;
        row.finished = true;
        row.waybillTaken = false;
      });
      return view;
    },
  };
}

interface Judged {
  verdict: DecideResult['verdict'];
  duty: Duty | null;
  /** The person is asked anew. */
  asked: Asked | null;
}

/**
 * One idempotent guard: an unknown id changes nothing, a judged consent keeps its verdict, a live one settles its version
 * as it says. One that can no longer count (its version ended otherwise) is refused.
 */
async function judgeConsent(step: Step, settling: Settling, consentId: string): Promise<Judged> {
  const { client, key, row } = step;
  const settlement = await settle(client, key, row, { outcome: 'as-consented' }, settling);
  if (settlement?.kind === 'settled' && settlement.row.consentId === consentId) {
    return { verdict: 'accepted', duty: await dutyAtOnce(step, settlement), asked: null };
  }
  // Whoever was told at once is looking; later nobody is, and the declaration waits for them again.
  const unseen = settlement?.kind === 'void' && settlement.keptForMs > UPDATE_DEADLINE_MS;
  const asked = unseen ? await askAnew(client, row) : null;
  const { rows } = await client.query<{ verdict: DecideResult['verdict'] | 'pending' }>(
    `WITH late AS (
       UPDATE consents SET verdict = 'refused', code = 'superseded', judged_at = clock_timestamp()
       WHERE consent_id = $1 AND declaration_id = $2 AND verdict = 'pending' RETURNING verdict)
     SELECT verdict FROM late
     UNION ALL SELECT verdict FROM consents WHERE consent_id = $1 AND declaration_id = $2 AND verdict <> 'pending' LIMIT 1`,
    [consentId, row.declarationId],
  );
  const verdict = rows[0]?.verdict ?? 'unknown';
  return { verdict: verdict === 'pending' ? 'unknown' : verdict, duty: null, asked };
}
