import {
  type AuthorizationInUse,
  authorizationInUse,
  forgetSecrets,
  keepAccessToken,
} from '../db/registration/authorizations.ts';
import type { SealedPerson } from '../db/registration/person.ts';
import { enterStatus, type KycResult } from '../db/registration/process-row.ts';
import type { RegistrationFence, RegistrationView } from '../domain/registration-view.ts';
import { API_VERSION, type NumberVerification, type TelecomGateway } from '../gateways/camara.ts';
import { claim, claimTask } from './registration-claim.ts';
import { showingOutages, telecomLimits } from './registration-outage.ts';
import { inRegistration, type RegistrationDeps, type RegistrationStep } from './registration-step.ts';
import { telecomOf } from './telecom-of.ts';

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
        const answer = token === null ? null : await telecom.verifyNumber(token, task.phone, telecomLimits());
        const recorded = await inRegistration(deps, fence, (step) =>
          recordNumber(step, task.authorization, answer),
        );
        return recorded.view;
      });
    },

    /** R3: the person is the subscriber, and not a prepaid one; then the identity is claimed. */
    async matchIdentity({ fence }: { fence: RegistrationFence }): Promise<RegistrationView> {
      const { result: task, view } = await inRegistration(deps, fence, claimTask);
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
      return claim(deps, fence, task);
    },
  };
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
  const exchange = await telecom.exchange({ code, verifier, nonce }, telecomLimits());
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
  const { kind, correlator } = await telecom.matchIdentity(person, telecomLimits());
  const contract =
    kind === 'match'
      ? await telecom.contractType(person.phone, new Date().toISOString().slice(0, 10), telecomLimits())
      : null;
  return {
    apiVersion: API_VERSION.kycMatch,
    result: kind,
    correlator,
    contract: contract?.kind ?? null,
    at: new Date().toISOString(),
  };
}
