import type { Settling } from '../db/poa/settle.ts';
import {
  type Checked,
  holdConsent,
  readToCheck,
  type ToCheck,
  UncheckedConsent,
} from '../db/poa/sim-check.ts';
import type { PoaFence, PoaView } from '../domain/poa-view.ts';
import { recyclingDate, type SimCheck } from '../domain/sim-check.ts';
import type { TelecomGateway } from '../gateways/camara.ts';
import { SIM_API_VERSION } from '../gateways/camara-sim.ts';
import { type CallLimits, GatewayUnavailable } from '../gateways/http.ts';
import { attempt } from './attempt.ts';
import { createPlaces } from './places.ts';
import { inStep, type PoaDeps, type Step } from './poa-step.ts';
import { telecomOf } from './telecom-of.ts';

/** One call to an operator from a regular activity, ms: a check makes up to three in turn, within its 10 s. */
const TELECOM_CALL_MS = 2_400;

/**
 * Regular attempts at one operator, at once. A worker has a hundred places for activities (the SDK's default): thousands of
 * confirmations that wait for an operator that hangs must leave room for everybody else's.
 */
const places = createPlaces(20);

/**
 * One transaction of a step that may settle the version. Where it meets a confirmation that nobody asked the operator
 * about, nothing has happened yet: the operator is asked, and the step done again. `consentId`: a consent that is to be
 * judged, so that its check comes first. Throws `GatewayUnavailable` while the operator does not answer.
 */
export async function inSettlingStep<T>(
  deps: PoaDeps,
  fence: PoaFence,
  work: (step: Step, settling: Settling) => Promise<T>,
  consentId?: string,
): Promise<{ result: T; view: PoaView }> {
  const { writeReport } = deps;
  let checked = consentId ? await checkSim(deps, fence.declarationId, consentId) : null;
  for (;;) {
    try {
      return await inStep(deps, fence, (step) => work(step, { writeReport, checked }));
    } catch (error) {
      if (!(error instanceof UncheckedConsent)) throw error;
      checked = await checkSim(deps, fence.declarationId, error.consentId);
    }
  }
}

/** Null: there is nothing to check. No lock is held meanwhile; whoever settles sees whether it still is what was asked about. */
async function checkSim(deps: PoaDeps, declarationId: string, consentId: string): Promise<Checked | null> {
  const { pool, keys } = deps.db;
  const toCheck = await readToCheck(pool, keys, declarationId, consentId);
  if (!toCheck) return null;
  const { phone, verifiedAt } = toCheck;
  if (phone === null) return { consentId, verifiedAt, check: null };
  try {
    return { consentId, verifiedAt, check: await askOperator(deps, toCheck, phone) };
  } catch (error) {
    // A quick try that was too quick says nothing about the operator: the regular attempt decides.
    if (error instanceof GatewayUnavailable && !attempt().local) await holdConsent(pool, consentId);
    throw error;
  }
}

async function askOperator({ telecoms }: PoaDeps, toCheck: ToCheck, phone: string): Promise<SimCheck> {
  const telecom = telecomOf(telecoms, toCheck.operator);
  const { local, callMs, signal } = attempt();
  if (local) return answersOf(telecom, toCheck, phone, { timeoutMs: callMs, signal });
  const limits = { timeoutMs: TELECOM_CALL_MS, signal };
  const check = await places.within(toCheck.operator, () => answersOf(telecom, toCheck, phone, limits));
  if (!check) throw new GatewayUnavailable(`operator ${toCheck.operator}`, 'busy');
  return check;
}

async function answersOf(
  telecom: TelecomGateway,
  { operator, since }: ToCheck,
  phone: string,
  limits: CallLimits,
): Promise<SimCheck> {
  const proved = new Date(since);
  const specifiedDate = recyclingDate(proved, new Date());
  const [swap, recycling] = await Promise.all([
    telecom.simSwapped(phone, proved, limits),
    telecom.numberRecycled(phone, specifiedDate, limits),
  ]);
  return {
    operator,
    since,
    simSwap: {
      apiVersion: SIM_API_VERSION.simSwap,
      result: swap.kind,
      correlator: swap.correlator,
    },
    numberRecycling: {
      apiVersion: SIM_API_VERSION.numberRecycling,
      result: recycling.kind,
      correlator: recycling.correlator,
      specifiedDate,
    },
    at: new Date().toISOString(),
  };
}
