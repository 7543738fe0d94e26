import { ApplicationFailure } from '@temporalio/common';
import type { EndedIdentity } from '../db/identity-end.ts';
import {
  type Claim,
  claimIdentity,
  type Holder,
  lockIdentity,
  type RecyclingVerdict,
} from '../db/registration/claim.ts';
import type { SealedPerson } from '../db/registration/person.ts';
import { beginHold } from '../db/registration/phone-change.ts';
import { enterStatus, type KycResult, type RegistrationRow } from '../db/registration/process-row.ts';
import type { RefusalReason } from '../domain/registration-state.ts';
import type { RegistrationFence, RegistrationView } from '../domain/registration-view.ts';
import { taiwanDay } from '../domain/taiwan-day.ts';
import { SIM_API_VERSION } from '../gateways/camara-sim.ts';
import { tellIdentityEnd } from '../gateways/identity-end.ts';
import { showingOutages, telecomLimits } from './registration-outage.ts';
import { inRegistration, type RegistrationDeps, type RegistrationStep } from './registration-step.ts';
import { telecomOf } from './telecom-of.ts';

/** How often it is looked whether another registration's binding has ended. */
const LOOK_AGAIN = '2s';

/**
 * R3's success claims identity number and phone in the same transaction; from then on the person may make a passkey. A
 * phone that is bound to somebody else makes the operator say whether the number is still theirs, then it is claimed again.
 */
export async function claim(
  deps: RegistrationDeps,
  fence: RegistrationFence,
  task: ClaimTask,
): Promise<RegistrationView> {
  const first = await attemptClaim(deps, fence, task, null);
  if (first.claim?.kind !== 'ask-recycling') return first.view;
  const verdict = await askRecycling(deps, fence, task, first.claim.holder);
  const second = await attemptClaim(deps, fence, task, verdict);
  if (second.claim?.kind !== 'ask-recycling') return second.view;
  throw tryAgain('the phone has another holder meanwhile', 'another-holder');
}

/** Whose claim it is, as the step found it. */
export interface ClaimTask {
  row: RegistrationRow;
  person: SealedPerson;
}

/** Null: it was claimed or refused already, or sits out its hold. */
export async function claimTask({ row, person }: RegistrationStep): Promise<ClaimTask | null> {
  const held = row.holdUntil && !row.holdOver && !row.objectedAt;
  return row.status === 'verifying' && !held ? { row: { ...row }, person } : null;
}

/** One transaction. `claim`: null when there is nothing to claim. Throws while another registration is binding. */
async function attemptClaim(
  deps: RegistrationDeps,
  fence: RegistrationFence,
  { row }: ClaimTask,
  recycling: RecyclingVerdict | null,
): Promise<{ claim: Claim | null; view: RegistrationView }> {
  const { result, view } = await inRegistration(
    deps,
    fence,
    (step) => claimOrRefuse(deps, step, recycling),
    (client) => lockIdentity(client, row, recycling?.holder),
  );
  if (result.ended) await tellIdentityEnd(deps.processes, result.ended);
  if (result.claim?.kind === 'wait')
    throw tryAgain('another registration is binding the same identity or phone', 'another-binding');
  return { claim: result.claim, view };
}

const tryAgain = (message: string, type: string): ApplicationFailure =>
  ApplicationFailure.create({ message, type, nextRetryDelay: LOOK_AGAIN });

/** An outage neither frees the number nor refuses: it is waited out. */
async function askRecycling(
  deps: RegistrationDeps,
  fence: RegistrationFence,
  { row: { operator }, person: { phone } }: ClaimTask,
  holder: Holder,
): Promise<RecyclingVerdict> {
  const since = taiwanDay(holder.verifiedAt.getTime());
  const { kind: verdict, correlator } = await showingOutages(deps, fence, () =>
    telecomOf(deps.telecoms, operator).numberRecycled(phone, since, telecomLimits()),
  );
  await inRegistration(deps, fence, async ({ row }) => {
    row.numberRecycling = {
      apiVersion: SIM_API_VERSION.numberRecycling,
      result: verdict,
      correlator,
      at: new Date().toISOString(),
      holder: holder.subjectId,
    };
    if (row.reason === 'operator-unavailable') enterStatus(row, row.status);
  });
  return { holder, verdict };
}

interface Claimed {
  claim: Claim | null;
  ended: EndedIdentity | null;
}

async function claimOrRefuse(
  deps: RegistrationDeps,
  { client, row, person }: RegistrationStep,
  recycling: RecyclingVerdict | null,
): Promise<Claimed> {
  if (row.status !== 'verifying' || !row.kycMatch) return { claim: null, ended: null };
  const refusal = refusalOf(row.kycMatch);
  if (refusal) {
    enterStatus(row, 'refused', refusal);
    return { claim: null, ended: null };
  }
  const claimed = await claimIdentity(client, deps.db.keys, row, person, recycling);
  switch (claimed.claim.kind) {
    case 'claimed':
      bind(row, claimed.claim);
      break;
    case 'refused':
      enterStatus(row, 'refused', claimed.claim.reason);
      break;
    case 'hold':
      row.subjectId = claimed.claim.subjectId;
      if (!row.holdUntil) await beginHold(client, row, deps.settings.phoneChangeHoldMs);
      enterStatus(row, 'verifying', 'change-of-phone');
  }
  return claimed;
}

function bind(row: RegistrationRow, { subjectId, recovery }: Extract<Claim, { kind: 'claimed' }>): void {
  row.subjectId = subjectId;
  row.recovery = recovery;
  enterStatus(row, 'binding');
}

/** Null: the operator vouches for the person. Whatever else it said is a refusal, never a match. */
function refusalOf({ result, contract }: KycResult): RefusalReason | null {
  if (result === 'name-mismatch') return 'name-mismatch';
  if (result === 'identifier-not-found' || contract === 'identifier-not-found') return 'identifier-not-found';
  if (result !== 'match') return 'id-mismatch';
  return contract === 'postpaid' ? null : 'prepaid';
}
