/**
 * Client of one telecom operator: the SIM is proved by its OIDC and CAMARA Number Verification, the person by KYC Match
 * and KYC Tenure. Each answer is one of a few named ones: `'true'` alone is a match, whatever else an
 * operator may say is none.
 */
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import type { IdentityNumberType } from '../domain/identity-number.ts';
import type { RetryReason } from '../domain/registration-state.ts';
import { codeOf, isUnknownNumber } from './camara-answer.ts';
import { createSimQuestions, type SimQuestions } from './camara-sim.ts';
import { createTokenKeeper } from './client-tokens.ts';
import {
  type CallLimits,
  callJson,
  GatewayUnavailable,
  type HttpAnswer,
  isSuccess,
  understood,
} from './http.ts';
import { createOidcClient, type Exchange } from './oidc.ts';

export interface TelecomOperator {
  name: string;
  issuer: string;
  /** Base address of the CAMARA APIs; the issuer's when left out. */
  apiBase?: string | undefined;
  clientId: string;
  clientSecret: string;
}

/** Whom the operator is asked about. */
export interface Person {
  idNumber: string;
  idType: IdentityNumberType;
  name: string;
  /** `YYYY-MM-DD` */
  birthDate: string;
  /** E.164 */
  phone: string;
}

/** With the correlator under which the operator finds the call again. */
export type NumberVerification = { correlator: string } & (
  | { kind: 'verified' }
  | { kind: 'not-verified' }
  | { kind: 'not-on-mobile-network' }
  /** Spent, expired, or of another scope or subscriber. */
  | { kind: 'token-rejected' }
);

export type KycMatch = { correlator: string } & (
  | { kind: 'match' }
  | { kind: 'id-mismatch' }
  | { kind: 'name-mismatch' }
  | { kind: 'identifier-not-found' }
);

export type ContractType = { correlator: string } & (
  | { kind: 'postpaid' }
  /** Prepaid, or the operator does not say. */
  | { kind: 'not-postpaid' }
  | { kind: 'identifier-not-found' }
);

/** Every method throws `GatewayUnavailable` when the operator gave no definite answer about the person. */
export interface TelecomGateway extends SimQuestions {
  readonly operator: string;
  authorizationUrl(
    request: { state: string; nonce: string; codeChallenge: string },
    limits: CallLimits,
  ): Promise<string>;
  exchange(proof: { code: string; verifier: string; nonce: string }, limits: CallLimits): Promise<Exchange>;
  /** Whether the data session that the token stands for is this phone's. */
  verifyNumber(accessToken: string, phone: string, limits: CallLimits): Promise<NumberVerification>;
  matchIdentity(person: Person, limits: CallLimits): Promise<KycMatch>;
  /** `today`: `YYYY-MM-DD`; the API wants a date, though only the contract is asked for. */
  contractType(phone: string, today: string, limits: CallLimits): Promise<ContractType>;
}

export const API_VERSION = {
  numberVerification: 'number-verification/v2',
  kycMatch: 'kyc-match/v0.4',
  kycTenure: 'kyc-tenure/v0.1',
} as const;

const AUTHORIZATION_SCOPE = 'openid dpv:FraudPreventionAndDetection number-verification:verify';
const KYC_MATCH_SCOPE = 'kyc-match:match';
const KYC_TENURE_SCOPE = 'kyc-tenure:check-tenure';

const WIFI = 'USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK';

const verifySchema = z.object({ devicePhoneNumberVerified: z.boolean() });
const match = z.enum(['true', 'false', 'not_available']);
const matchSchema = z.object({
  idDocumentMatch: match,
  nameMatch: match,
  birthdateMatch: match.optional(),
});
const tenureSchema = z.object({ contractType: z.string().optional() });

export function createTelecomGateway(operator: TelecomOperator, redirectUri: string): TelecomGateway {
  const counterpart = `operator ${operator.name}`;
  const oidc = createOidcClient({ ...operator, name: counterpart, redirectUri });
  const base = (operator.apiBase ?? operator.issuer).replace(/\/+$/, '');

  const ask = async (path: string, token: string, body: object, limits: CallLimits) => {
    const correlator = uuidv7();
    const headers = { authorization: `Bearer ${token}`, 'x-correlator': correlator };
    const url = `${base}/${path}`;
    const answer = await callJson(
      counterpart,
      { method: 'POST', url, headers, body: JSON.stringify(body) },
      limits,
    );
    return { answer, correlator };
  };

  const tokens = createTokenKeeper(oidc.clientToken);
  /** As a client that kept its token: one that the operator has forgotten meanwhile is replaced once. */
  const askAgain = async (scope: string, path: string, body: object, limits: CallLimits) => {
    const token = await tokens.get(scope, limits);
    const asked = await ask(path, token, body, limits);
    if (asked.answer.status !== 401) return asked;
    tokens.forget(scope, token);
    return ask(path, await tokens.get(scope, limits), body, limits);
  };

  return {
    ...createSimQuestions(counterpart, askAgain),
    operator: operator.name,
    authorizationUrl: (request, limits) =>
      oidc.authorizationUrl({ ...request, scope: AUTHORIZATION_SCOPE }, limits),
    exchange: (proof, limits) => oidc.exchange(proof, limits),

    async verifyNumber(accessToken, phone, limits) {
      const path = `${API_VERSION.numberVerification}/verify`;
      const { answer, correlator } = await ask(path, accessToken, { phoneNumber: phone }, limits);
      return { correlator, kind: numberVerdict(counterpart, answer) };
    },
    async matchIdentity({ phone, idNumber, idType, name, birthDate }, limits) {
      const body = {
        phoneNumber: phone,
        idDocument: idNumber,
        idDocumentType: idType,
        name,
        birthdate: birthDate,
      };
      const { accessToken } = await oidc.clientToken(KYC_MATCH_SCOPE, limits);
      const { answer, correlator } = await ask(`${API_VERSION.kycMatch}/match`, accessToken, body, limits);
      return { correlator, kind: matchVerdict(counterpart, answer) };
    },
    async contractType(phone, today, limits) {
      const body = { phoneNumber: phone, tenureDate: today };
      const { accessToken } = await oidc.clientToken(KYC_TENURE_SCOPE, limits);
      const path = `${API_VERSION.kycTenure}/check-tenure`;
      const { answer, correlator } = await ask(path, accessToken, body, limits);
      return { correlator, kind: contractVerdict(counterpart, answer) };
    },
  };
}

/** Where operators send people back to; registered with each operator. */
const REDIRECT_PATH = '/app/registrations/callback';

/** The operators by the name that the importer chooses. `publicUrl`: where people reach the app. */
export const createTelecomGateways = (
  operators: readonly TelecomOperator[],
  publicUrl: string,
): ReadonlyMap<string, TelecomGateway> =>
  new Map(
    operators.map((operator) => [
      operator.name,
      createTelecomGateway(operator, `${publicUrl.replace(/\/+$/, '')}${REDIRECT_PATH}`),
    ]),
  );

/**
 * Why the operator's redirect brought an error instead of a code (RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6). With
 * `prompt=none`, asking for a login means that no data session was recognised.
 */
export function authorizationError(error: string, description: string): RetryReason {
  if (error.includes(WIFI) || description.includes(WIFI)) return 'not-on-mobile-network';
  if (error === 'login_required' || error === 'interaction_required') return 'not-on-mobile-network';
  if (error === 'server_error' || error === 'temporarily_unavailable') return 'operator-unavailable';
  return 'authorization-expired';
}

function numberVerdict(counterpart: string, answer: HttpAnswer): NumberVerification['kind'] {
  if (isSuccess(answer)) {
    const { devicePhoneNumberVerified } = understood(counterpart, verifySchema, answer);
    return devicePhoneNumberVerified ? 'verified' : 'not-verified';
  }
  if (answer.status === 403 && codeOf(answer).endsWith(WIFI)) return 'not-on-mobile-network';
  if (answer.status === 401 || answer.status === 403) return 'token-rejected';
  throw new GatewayUnavailable(counterpart, 'status', answer.status);
}

/**
 * Both KYC Match versions in the field: an ID mismatch is a 403 of its own, or a 200 with `'false'`. `'not_available'` is
 * never a match. The birth date is no condition for binding, but one that the operator contradicts is not passed on to
 * Customs as verified.
 */
function matchVerdict(counterpart: string, answer: HttpAnswer): KycMatch['kind'] {
  if (isSuccess(answer)) {
    const { idDocumentMatch, nameMatch, birthdateMatch } = understood(counterpart, matchSchema, answer);
    if (idDocumentMatch !== 'true' || birthdateMatch === 'false') return 'id-mismatch';
    return nameMatch === 'true' ? 'match' : 'name-mismatch';
  }
  const code = codeOf(answer);
  if (answer.status === 403 && code.endsWith('ID_DOCUMENT_MISMATCH')) return 'id-mismatch';
  if (isUnknownNumber(answer)) return 'identifier-not-found';
  throw new GatewayUnavailable(counterpart, 'status', answer.status);
}

function contractVerdict(counterpart: string, answer: HttpAnswer): ContractType['kind'] {
  if (isSuccess(answer)) {
    const { contractType } = understood(counterpart, tenureSchema, answer);
    return contractType === 'PAYM' || contractType === 'Business' ? 'postpaid' : 'not-postpaid';
  }
  if (isUnknownNumber(answer)) return 'identifier-not-found';
  throw new GatewayUnavailable(counterpart, 'status', answer.status);
}
