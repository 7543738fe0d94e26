import {
  keepContext,
  type Lodgement,
  needCorrection,
  nextLodgement,
  recordLodgement,
  refuseAfterConsent,
  takeContext,
} from '../db/poa/lodging.ts';
import { createNotification } from '../db/poa/notifications.ts';
import { enter, type ProcessRow } from '../db/poa/process-row.ts';
import {
  acknowledge,
  type OutcomeRow,
  reportBody,
  type Settlement,
  standingOutcome,
} from '../db/poa/settle.ts';
import { customsKey, poaReference } from '../domain/ids.ts';
import { DECLINED_OPEN_MS } from '../domain/limits.ts';
import type { ReportedOutcome } from '../domain/outcome.ts';
import type { PoaFence, PoaView } from '../domain/poa-view.ts';
import type { HeldOutcome, LodgementAnswer, PoaAnswer } from '../gateways/customs.ts';
import { attempt, QUICK_CALL_MS } from './attempt.ts';
import { tellWithdrawn } from './poa-notify.ts';
import { inStep, type PoaDeps, type Step } from './poa-step.ts';

/** P1, P2 and P5: what passes between us and the Customs clearance system. */
export function createPoaCustomsActivities(deps: PoaDeps) {
  return {
    /** P1: lodges the version in force; P2 when its context comes with the answer. */
    async lodge({ fence }: { fence: PoaFence }): Promise<PoaView> {
      let { result: lodgement, view } = await inStep(deps, fence, (step) => startLodging(step));
      while (lodgement) {
        const answer = await send(deps, lodgement);
        const sent: Lodgement = lodgement;
        ({ result: lodgement, view } = await inStep(deps, fence, (step) => recordAnswer(step, sent, answer)));
      }
      return view;
    },

    /** P2: takes up the context that Customs sent meanwhile; elsewhere only tells where the process stands. */
    async takeUpContext({ fence }: { fence: PoaFence }): Promise<PoaView> {
      const { view } = await inStep(deps, fence, async (step) => {
        if (step.row.status === 'awaiting_context') await compareContext(step);
      });
      return view;
    },

    /** P5: brings the settled outcome to Customs, with whatever has to be lodged before; ends with its acknowledgement. */
    async report({ fence }: { fence: PoaFence }): Promise<PoaView> {
      for (;;) {
        const { result: duty, view } = await inStep(deps, fence, (step) => nextDuty(step));
        if (duty.kind === 'none') return view;
        if (duty.kind === 'wait') return { ...view, waitsForContext: true };
        if (duty.kind === 'report') return sendReport(deps, fence, duty, attempt().callMs);
        const answer = await send(deps, duty.lodgement);
        const { result: told } = await inStep(deps, fence, (step) =>
          recordLate(step, duty.lodgement, answer),
        );
        if (told) await tellWithdrawn(deps, fence.declarationId, told);
      }
    },
  };
}

const send = (deps: PoaDeps, { body, idempotencyKey }: Lodgement): Promise<LodgementAnswer> => {
  const { callMs, signal } = attempt();
  return deps.customs.lodge(body, { idempotencyKey, timeoutMs: callMs, signal });
};

async function startLodging(step: Step): Promise<Lodgement | null> {
  const { row } = step;
  if (row.status !== 'received' && row.status !== 'lodging') return null;
  enter(row, 'lodging');
  return goOnLodging(step);
}

async function goOnLodging(step: Step): Promise<Lodgement | null> {
  const lodgement = await nextLodgement(step.client, step.key, step.row, 'hold');
  if (!lodgement) {
    enter(step.row, 'awaiting_context');
    await compareContext(step);
  }
  return lodgement;
}

/** Keeps Customs' answer; what is to be lodged next, until it holds the version in force. */
async function recordAnswer(
  step: Step,
  lodgement: Lodgement,
  answer: LodgementAnswer,
): Promise<Lodgement | null> {
  const { client, key, row } = step;
  if (row.status !== 'lodging') return null;
  const inForce = lodgement.version === row.version;
  await keepAnswer(step, lodgement, answer);
  if (answer.kind === 'refused' && inForce) {
    needCorrection(key, row, answer.problems);
    return null;
  }
  if (answer.kind === 'accepted' && inForce && answer.context)
    await keepContext(client, key, row, answer.context);
  return goOnLodging(step);
}

async function keepAnswer(
  { client, row }: Step,
  lodgement: Lodgement,
  answer: LodgementAnswer,
): Promise<void> {
  await recordLodgement(client, lodgement, answer.kind);
  if (answer.kind === 'accepted' && answer.declarationNumber)
    row.declarationNumber = answer.declarationNumber;
}

/** The person sees what Customs holds: a context that differs goes back to the broker. */
async function compareContext({ client, key, row }: Step): Promise<void> {
  const { taken, problems } = await takeContext(client, key, row);
  if (taken === 'differs') needCorrection(key, row, problems);
}

export type Duty =
  | { kind: 'none' }
  | { kind: 'wait' }
  | { kind: 'lodge'; lodgement: Lodgement }
  | { kind: 'report'; outcome: OutcomeRow; reference: string; version: number; body: string };

/**
 * What stands between a settled outcome and Customs' acknowledgement. After a consent-first consent nothing is reported as
 * confirmed before Customs holds just what was consented to.
 */
async function nextDuty(step: Step, settled?: OutcomeRow): Promise<Duty> {
  const { client, key, row } = step;
  if (row.status !== 'reporting') return { kind: 'none' };
  const outcome = settled ?? (await standingOutcome(client, row));
  if (!outcome) throw new Error('reporting without an outcome');
  if (row.order !== 'customs-started') {
    const lodgement = await nextLodgement(client, key, row, lodgingAim(row, outcome));
    if (lodgement) return { kind: 'lodge', lodgement };
  }
  if (row.order === 'consent-first' && outcome.outcome === 'confirmed') {
    const { taken } = await takeContext(client, key, row);
    if (taken === 'differs') needAttention(row, 'context-differs');
    if (taken !== 'same') return { kind: taken === 'none' ? 'wait' : 'none' };
  }
  return reportDuty(step, outcome);
}

const lodgingAim = (row: ProcessRow, { outcome }: OutcomeRow) => {
  if (outcome === 'cancelled') return 'withdraw';
  return row.order === 'consent-first' && outcome === 'confirmed' ? 'hold' : 'settle-open';
};

const reportDuty = ({ key, row }: Step, outcome: OutcomeRow): Duty => ({
  kind: 'report',
  outcome,
  reference: poaReference(row.declarationId, row.declarationNumber),
  version: row.version,
  body: reportBody(key, outcome),
});

function needAttention(row: ProcessRow, code: string, held?: HeldOutcome): void {
  enter(row, 'needs_attention', { code, ...(held && { held }) });
  row.attention = code;
}

/** A lodging that was answered after the outcome was settled. */
async function recordLate(step: Step, lodgement: Lodgement, answer: LodgementAnswer) {
  const { client, key, row } = step;
  await keepAnswer(step, lodgement, answer);
  const inForce = lodgement.version === row.version;
  if (answer.kind === 'accepted') {
    if (inForce && answer.context) await keepContext(client, key, row, answer.context);
    return null;
  }
  if (lodgement.functionCode === '1') {
    needAttention(row, 'cancellation-refused');
    return null;
  }
  if (row.order !== 'consent-first' || !inForce || row.status !== 'reporting') return null;
  const { subjectId } = row;
  await refuseAfterConsent(client, key, row, answer.problems);
  const notification = subjectId && (await createNotification(client, row, subjectId, 'withdrawn'));
  return subjectId && notification ? { subjectId, notification } : null;
}

async function sendReport(
  deps: PoaDeps,
  fence: PoaFence,
  { outcome, reference, version, body }: Extract<Duty, { kind: 'report' }>,
  timeoutMs: number,
): Promise<PoaView> {
  const answer = await deps.customs.putPoa(reference, version, body, {
    idempotencyKey: customsKey.poa(outcome.outcomeId),
    timeoutMs,
    signal: attempt().signal,
  });
  const { view } = await inStep(deps, fence, (step) => recordReport(step, outcome, answer));
  return view;
}

async function recordReport(
  { client, row }: Step,
  { outcomeId, outcome, reason }: OutcomeRow,
  answer: PoaAnswer,
): Promise<void> {
  if (row.status !== 'reporting') return;
  if (answer.kind === 'refused') return needAttention(row, answer.code, answer.held);
  await acknowledge(client, outcomeId, answer.acknowledgementNumber);
  enter(row, outcome as ReportedOutcome, reason ? { reason } : {});
  if (outcome === 'declined') row.openUntil = new Date(Date.now() + DECLINED_OPEN_MS);
}

/**
 * What can be reported in the same breath as it was settled, found in the transaction that settled it. Consent-first lodges
 * before.
 */
export const dutyAtOnce = (step: Step, { row }: Extract<Settlement, { kind: 'settled' }>): Promise<Duty> =>
  step.row.order === 'consent-first' ? Promise.resolve({ kind: 'none' }) : nextDuty(step, row);

/**
 * One quick try at the report right after settling, so that an answer is acknowledged in the same breath. Whatever
 * goes wrong, the outcome stands and the report follows as an activity of its own.
 */
export async function reportSoon(
  deps: PoaDeps,
  fence: PoaFence,
  duty: Duty | null,
  view: PoaView,
): Promise<PoaView> {
  if (duty?.kind !== 'report') return view;
  try {
    return await sendReport(deps, fence, duty, QUICK_CALL_MS);
  } catch (error) {
    deps.log.info(
      { declarationId: fence.declarationId, error: (error as Error).name },
      'report to Customs follows',
    );
    return view;
  }
}
