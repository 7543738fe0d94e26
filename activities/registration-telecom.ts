import { ApplicationFailure } from '@temporalio/common';
import {
  type AuthorizationInUse,
  authorizationInUse,
  forgetSecrets,
  keepAccessToken,
} from '../db/registration/authorizations.ts';
import { claimIdentity, lockIdentity } from '../db/registration/claim.ts';
import type { SealedPerson } from '../db/registration/person.ts';
import { enterStatus, type KycResult, type RegistrationRow } from '../db/registration/process-row.ts';
import type { RefusalReason } from '../domain/registration-state.ts';
import type { RegistrationFence, RegistrationView } from '../domain/registration-view.ts';
import { API_VERSION, type NumberVerification, type TelecomGateway } from '../gateways/camara.ts';
import { GatewayUnavailable } from '../gateways/http.ts';
import { attempt } from './attempt.ts';
import { inRegistration, type RegistrationDeps, type RegistrationStep } from './registration-step.ts';
import { telecomOf } from './telecom-of.ts';

/** One call to an operator, ms: an activity makes up to four, within its 10 s. */
const TELECOM_CALL_MS = 2_400;

/** How often it is looked whether another registration's binding has ended. */
const LOOK_AGAIN = '2s';

/** R2 and R3: what the telecom operator says of the SIM and of the person. */
export function createRegistrationTelecomActivities(deps: RegistrationDeps) {
  return {
    /** R2: the code becomes a token, the token proves the phone. Recorded before anything else is asked. */
    async verifyNumber({ fence }: { fence: RegistrationFence }): Promise<RegistrationView> {
      const { result: task, view } = await inRegistration(deps, fence, numberTask);
      if (!task) return view;
      return showingOutages(deps, fence, async () => {
        const telecom = telecomOf(deps.telecoms, task.operator);
        const token = await accessToken(deps, fence, telecom, task.authorization);
        const answer = token === null ? null : await telecom.verifyNumber(token, task.phone, limits());
        const recorded = await inRegistration(deps, fence, (step) =>
          recordNumber(step, task.authorization, answer),
        );
        return recorded.view;
      });
    },

    /** R3: the person is the subscriber, and not a prepaid one; then the identity is claimed. */
    async matchIdentity({ fence }: { fence: RegistrationFence }): Promise<RegistrationView> {
      const { result: task, view } = await inRegistration(deps, fence, async ({ row, person }) =>
        row.status === 'verifying' ? { row: { ...row }, person } : null,
      );
      if (!task) return view;
      const { kycMatch, operator } = task.row;
      if (!kycMatch) {
        const kyc = await showingOutages(deps, fence, () =>
          askIdentity(telecomOf(deps.telecoms, operator), task.person),
        );
        await inRegistration(deps, fence, async ({ row }) => {
          row.kycMatch = kyc;
          enterStatus(row, 'verifying');
        });
      }
      return claim(deps, fence, task.row);
    },
  };
}

const limits = () => ({ timeoutMs: TELECOM_CALL_MS, signal: attempt().signal });

/** An outage is shown to the person while it lasts; the step is tried again, without end. */
async function showingOutages<T>(
  deps: RegistrationDeps,
  fence: RegistrationFence,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GatewayUnavailable) {
      await inRegistration(deps, fence, async ({ row }) => {
        if (row.status === 'verifying') enterStatus(row, 'verifying', 'operator-unavailable');
      });
    }
    throw error;
  }
}

interface NumberTask {
  operator: string;
  phone: string;
  authorization: AuthorizationInUse;
}

async function numberTask({ client, key, row, person }: RegistrationStep): Promise<NumberTask | null> {
  if (row.status !== 'verifying' || row.numberVerification) return null;
  const authorization = await authorizationInUse(client, key, row.registrationId);
  if (!authorization) throw new Error('verifying without a code');
  return { operator: row.operator, phone: person.phone, authorization };
}

/** Null: the code is worth nothing. */
async function accessToken(
  deps: RegistrationDeps,
  fence: RegistrationFence,
  telecom: TelecomGateway,
  authorization: AuthorizationInUse,
): Promise<string | null> {
  const { accessToken: kept, code, verifier, nonce } = authorization.secrets;
  if (kept) return kept;
  if (!code) return null;
  const exchange = await telecom.exchange({ code, verifier, nonce }, limits());
  if (exchange.kind === 'rejected') return null;
  await inRegistration(deps, fence, ({ client, key }) =>
    keepAccessToken(client, key, authorization, exchange.accessToken),
  );
  return exchange.accessToken;
}

async function recordNumber(
  { client, key, row }: RegistrationStep,
  authorization: AuthorizationInUse,
  answer: NumberVerification | null,
): Promise<void> {
  if (row.status !== 'verifying' || row.numberVerification) return;
  await forgetSecrets(client, key, authorization);
  switch (answer?.kind) {
    case 'verified':
      row.numberVerification = numberResult(answer);
      return enterStatus(row, 'verifying');
    case 'not-verified':
      row.numberVerification = numberResult(answer);
      return enterStatus(row, 'refused', 'number-not-verified');
    case 'not-on-mobile-network':
      return enterStatus(row, 'awaiting_telecom', 'not-on-mobile-network');
    default:
      return enterStatus(row, 'awaiting_telecom', 'authorization-expired');
  }
}

const numberResult = ({ kind, correlator }: NumberVerification) => ({
  apiVersion: API_VERSION.numberVerification,
  result: kind,
  correlator,
  at: new Date().toISOString(),
});

/** Prepaid subscribers were never identified well enough: the contract is asked for once the person matched. */
async function askIdentity(telecom: TelecomGateway, person: SealedPerson): Promise<KycResult> {
  const { kind, correlator } = await telecom.matchIdentity(person, limits());
  const contract =
    kind === 'match'
      ? await telecom.contractType(person.phone, new Date().toISOString().slice(0, 10), limits())
      : null;
  return {
    apiVersion: API_VERSION.kycMatch,
    result: kind,
    correlator,
    contract: contract?.kind ?? null,
    at: new Date().toISOString(),
  };
}

/** Null: the operator vouches for the person. Whatever else it said is a refusal, never a match. */
function refusalOf({ result, contract }: KycResult): RefusalReason | null {
  if (result === 'name-mismatch') return 'name-mismatch';
  if (result === 'identifier-not-found' || contract === 'identifier-not-found') return 'identifier-not-found';
  if (result !== 'match') return 'id-mismatch';
  return contract === 'postpaid' ? null : 'prepaid';
}

/** R3's success claims identity number and phone in the same transaction; from then on the person may make a passkey. */
async function claim(
  deps: RegistrationDeps,
  fence: RegistrationFence,
  indexes: Pick<RegistrationRow, 'idIndex' | 'phoneIndex'>,
): Promise<RegistrationView> {
  const { result: waits, view } = await inRegistration(
    deps,
    fence,
    async (step) => claimOrRefuse(deps, step),
    (client) => lockIdentity(client, indexes),
  );
  if (!waits) return view;
  throw ApplicationFailure.create({
    message: 'another registration is binding the same identity and phone',
    type: 'another-binding',
    nextRetryDelay: LOOK_AGAIN,
  });
}

/** True: another registration is binding the same identity and phone. */
async function claimOrRefuse(
  deps: RegistrationDeps,
  { client, row, person }: RegistrationStep,
): Promise<boolean> {
  if (row.status !== 'verifying' || !row.kycMatch) return false;
  const refusal = refusalOf(row.kycMatch);
  if (refusal) {
    enterStatus(row, 'refused', refusal);
    return false;
  }
  const claimed = await claimIdentity(client, deps.db.keys, row, person);
  if (claimed.kind === 'wait') return true;
  if (claimed.kind === 'refused') {
    enterStatus(row, 'refused', claimed.reason);
    return false;
  }
  row.subjectId = claimed.subjectId;
  row.recovery = claimed.recovery;
  enterStatus(row, 'binding');
  return false;
}
