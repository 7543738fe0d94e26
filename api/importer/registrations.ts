/** R1: the importer's side of a registration. What the operator is asked is the process's; here only its page is named. */
import { createHash, randomBytes } from 'node:crypto';
import type { Request } from 'express';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import type { SealedPerson } from '../../db/registration/person.ts';
import {
  addAuthorization,
  insertRegistration,
  type NewAuthorization,
  operatorOf,
  type Redirect,
  readRegistration,
  recordRedirect,
} from '../../db/registrations.ts';
import { hashSecret } from '../../db/seal.ts';
import { findSession } from '../../db/sessions.ts';
import { ConsentryError } from '../../domain/error-code.ts';
import { parseIdentityNumber } from '../../domain/identity-number.ts';
import { normalisePhone } from '../../domain/phone.ts';
import { authorizationError } from '../../gateways/camara.ts';
import { GatewayUnavailable } from '../../gateways/http.ts';
import { createCookies, newCookieSecret } from '../cookies.ts';
import type { ApiDeps } from '../deps.ts';
import { createRoute, type Routes } from '../route.ts';
import {
  authorizationAnswer,
  redirectQuery,
  registrationAnswer,
  registrationParams,
  registrationRequestSchema,
  registrationStatusAnswer,
} from '../schemas/registration.ts';
import { bestEffort } from './best-effort.ts';

/** How long a person waits for an operator that does not answer, ms. */
const OPERATOR_TIMEOUT_MS = 3_000;

type RegistrationRequest = z.output<ReturnType<typeof registrationRequestSchema>>;

export function addRegistrationRoutes(routes: Routes, deps: ApiDeps): void {
  const route = createRoute(routes);
  const cookies = createCookies(deps.settings.publicUrl);
  const browserOf = (req: Request, registrationId: string) => {
    const browser = cookies.registration(req);
    if (browser?.registrationId !== registrationId) throw notThisBrowser();
    return browser.browserHash;
  };

  route(
    'post',
    '/app/registrations',
    { summary: 'Begin a registration', tags: ['importers'], problems: ['forbidden'] },
    { body: registrationRequestSchema(deps.telecoms), answers: { 201: registrationAnswer } },
  )(async ({ body, req, res }) => {
    const registrationId = uuidv7();
    const begunBy = await recentlyLoggedIn(deps, cookies.session(req));
    const { secret, hash: browserHash } = newCookieSecret();
    const { authorization, authorizationUrl } = await newTry(deps, body.operator);
    const { operator, locale, noticeVersion } = body;
    await insertRegistration(
      deps.db,
      { registrationId, person: personOf(body), operator, locale, noticeVersion, browserHash, begunBy },
      authorization,
    );
    await bestEffort(deps, 'start', () => deps.processes.startRegistration(registrationId));
    cookies.setRegistration(res, registrationId, secret);
    return {
      status: 201,
      headers: { location: `/app/registrations/${registrationId}` },
      body: { registrationId, authorizationUrl },
    };
  });

  route(
    'post',
    '/app/registrations/:registrationId/authorization',
    {
      summary: "A fresh address of the operator's page",
      tags: ['importers'],
      security: 'registration',
      problems: ['forbidden', 'already-decided'],
    },
    { params: registrationParams, answers: { 201: authorizationAnswer } },
  )(async ({ params: { registrationId }, req }) => {
    const browserHash = browserOf(req, registrationId);
    const operator = await operatorOf(deps.db, registrationId, browserHash);
    if (operator === null) throw notThisBrowser();
    const { authorization, authorizationUrl } = await newTry(deps, operator);
    await addAuthorization(deps.db, registrationId, browserHash, authorization);
    return { status: 201, body: { authorizationUrl } };
  });

  // Before the next one: `callback` is no id.
  route(
    'get',
    '/app/registrations/callback',
    {
      summary: "The operator's redirect",
      tags: ['importers'],
      security: 'registration',
      problems: ['forbidden'],
    },
    { query: redirectQuery, answers: { 303: null } },
  )(async ({ query, req }) => {
    const browser = cookies.registration(req);
    const found =
      browser && query.state
        ? await recordRedirect(deps.db, browser.browserHash, hashSecret(query.state), redirectOf(query))
        : null;
    if (!found) throw new ConsentryError('forbidden', 'This redirect is not of a try of this browser.');
    const { registrationId, news } = found;
    if (news) await bestEffort(deps, 'tell', () => deps.processes.authorizationReceived(registrationId));
    return { status: 303, headers: { location: `/r/${registrationId}` } };
  });

  route(
    'get',
    '/app/registrations/:registrationId',
    { summary: 'How the registration stands', tags: ['importers'], security: 'registration' },
    { params: registrationParams, answers: { 200: registrationStatusAnswer } },
  )(async ({ params: { registrationId }, req }) => {
    const found = await readRegistration(deps.db, registrationId, browserOf(req, registrationId));
    if (!found) throw notThisBrowser();
    const { status, reason, holdUntil } = found;
    const body = {
      status,
      ...(reason && { reason }),
      ...(holdUntil && { holdUntil: holdUntil.toISOString() }),
    };
    return { status: 200, body };
  });
}

/** Who may change their phone at once: the person whose passkey opened this session a moment ago. */
async function recentlyLoggedIn({ db }: ApiDeps, sessionHash: Buffer | null): Promise<string | null> {
  const session = sessionHash && (await findSession(db.pool, sessionHash));
  return session?.recent ? session.subjectId : null;
}

const notThisBrowser = () => new ConsentryError('not-found', 'No such registration in this browser.');

/** The one form of what was filled in; the schema has checked that there is one. */
function personOf({ idNumber, name, birthDate, phone }: RegistrationRequest): SealedPerson {
  const identity = parseIdentityNumber(idNumber);
  const normalised = normalisePhone(phone);
  if (!identity || !normalised) throw new Error('not as validated');
  return {
    idNumber: identity.value,
    idType: identity.type,
    name: name.normalize('NFC').trim(),
    birthDate,
    phone: normalised,
  };
}

/** Secrets of a try: `state` travels with the browser, `nonce` and the PKCE verifier stay here (RFC 7636, RFC 9700). */
async function newTry(
  { telecoms }: ApiDeps,
  operator: string,
): Promise<{ authorization: NewAuthorization; authorizationUrl: string }> {
  const secret = () => randomBytes(32).toString('base64url');
  const [state, nonce, verifier] = [secret(), secret(), secret()];
  const codeChallenge = createHash('sha256').update(verifier).digest('base64url');
  const unavailable = () =>
    new ConsentryError('temporarily-unavailable', 'The operator cannot be reached at the moment.');
  const telecom = telecoms.get(operator);
  if (!telecom) throw unavailable();
  try {
    const authorizationUrl = await telecom.authorizationUrl(
      { state, nonce, codeChallenge },
      { timeoutMs: OPERATOR_TIMEOUT_MS },
    );
    const authorization = { authorizationId: uuidv7(), stateHash: hashSecret(state), nonce, verifier };
    return { authorization, authorizationUrl };
  } catch (error) {
    throw error instanceof GatewayUnavailable ? unavailable() : error;
  }
}

const redirectOf = ({ code, error, error_description }: z.output<typeof redirectQuery>): Redirect =>
  code && error === undefined
    ? { code }
    : { error: authorizationError(error ?? '', error_description ?? '') };
