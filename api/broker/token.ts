/** `POST /oauth/token`: client credentials (RFC 6749 §4.4), errors as its §5.2 has them. */
import { timingSafeEqual } from 'node:crypto';
import express, { type ErrorRequestHandler, type Request } from 'express';
import { z } from 'zod';
import { type Broker, findBrokerByClientId } from '../../db/brokers.ts';
import { hashSecret } from '../../db/seal.ts';
import { CLIENT_KEY_ALGORITHMS } from '../../domain/client-key.ts';
import { ACCESS_TOKEN_TTL_S } from '../../domain/limits.ts';
import { networkOf } from '../caller-network.ts';
import type { ApiDeps } from '../deps.ts';
import { rateLimit } from '../middleware.ts';
import { type Answer, createRoute, type Routes } from '../route.ts';
import { issueToken } from './auth.ts';
import { clientOfAssertion, JWT_BEARER } from './client-assertion.ts';
import { TOKEN_PATH } from './token-path.ts';

const SCOPE = 'declarations';
const FORM_MAX_BYTES = 8 * 1024;
const VSCHARS = /^[\x20-\x7e]+$/;

const tokenRequest = z
  .object({
    grant_type: z.string(),
    scope: z.string().optional(),
    client_id: z.string().optional(),
    client_assertion_type: z.string().optional(),
    client_assertion: z.string().optional(),
  })
  .meta({ example: { grant_type: 'client_credentials' } });
type TokenRequest = z.output<typeof tokenRequest>;
const tokenAnswer = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  scope: z.literal(SCOPE),
});
const serverMetadata = z.object({
  issuer: z.string(),
  token_endpoint: z.string(),
  token_endpoint_auth_methods_supported: z.array(z.string()),
  token_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
  grant_types_supported: z.array(z.string()),
  response_types_supported: z.array(z.string()),
  scopes_supported: z.array(z.string()),
  service_documentation: z.string(),
});
type OAuthErrorCode = 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'invalid_scope';
const oauthError = z.object({ error: z.string(), error_description: z.string() });

export function addTokenRoute(routes: Routes, deps: ApiDeps): void {
  const { settings } = deps;
  routes.router.use(TOKEN_PATH, rateLimit(settings.brokerRateLimit, networkOf));
  routes.router.use(
    TOKEN_PATH,
    express.urlencoded({ extended: false, limit: FORM_MAX_BYTES, inflate: false }),
  );
  routes.router.use(TOKEN_PATH, unreadableForm);

  const route = createRoute(routes);
  route(
    'get',
    '/.well-known/oauth-authorization-server',
    { summary: 'Where and how tokens are given (RFC 8414)', tags: ['brokers'] },
    { answers: { 200: serverMetadata } },
  )(() => ({
    status: 200,
    body: {
      issuer: settings.publicUrl,
      token_endpoint: `${settings.publicUrl}${TOKEN_PATH}`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: [...CLIENT_KEY_ALGORITHMS],
      grant_types_supported: ['client_credentials'],
      response_types_supported: [],
      scopes_supported: [SCOPE],
      service_documentation: `${settings.publicUrl}/docs`,
    },
  }));

  route(
    'post',
    TOKEN_PATH,
    { summary: 'Access token for client credentials', tags: ['brokers'], security: 'client' },
    { form: tokenRequest, answers: { 200: tokenAnswer, 400: oauthError, 401: oauthError } },
  )(async ({ req }) => {
    const form = tokenRequest.safeParse(req.body);
    const client = await authenticate(deps, req, form.success ? form.data : {});
    if ('status' in client) return client;
    const refusal = refusalOf(req, form.data);
    if (refusal) return refusal;
    const token = await issueToken(settings, client.broker, client.kid);
    return {
      status: 200,
      headers: { pragma: 'no-cache' },
      body: { access_token: token, token_type: 'Bearer', expires_in: ACCESS_TOKEN_TTL_S, scope: SCOPE },
    };
  });
}

type Client = { broker: Broker; kid?: string };

/** By a secret or by a key, not by both (RFC 6749 §2.3). */
async function authenticate(
  deps: ApiDeps,
  req: Request,
  form: Partial<TokenRequest>,
): Promise<Client | Answer> {
  const { client_assertion: assertion, client_assertion_type: type, client_id: named } = form;
  const client =
    assertion === undefined && type === undefined
      ? await bySecret(deps, req)
      : await byKey(deps, req, assertion, type);
  if ('status' in client || named === undefined || named === client.broker.clientId) return client;
  return refuse('invalid_client', 'client_id names another client.');
}

async function bySecret({ db }: ApiDeps, req: Request): Promise<Client | Answer> {
  const credentials = basicCredentials(req);
  if (!credentials) {
    return refuse('invalid_client', 'HTTP Basic with client id and secret is needed, or a client assertion.');
  }
  const broker = await findBrokerByClientId(db.pool, credentials.clientId);
  if (isTheirs(broker, credentials.clientSecret)) return { broker };
  return refuse('invalid_client', 'The client is not known, its secret is another, or it was revoked.');
}

async function byKey(
  deps: ApiDeps,
  req: Request,
  assertion: string | undefined,
  type: string | undefined,
): Promise<Client | Answer> {
  if (req.get('authorization') !== undefined)
    return refuse('invalid_request', 'Send HTTP Basic or a client assertion, not both.');
  if (assertion === undefined || type !== JWT_BEARER)
    return refuse('invalid_request', `client_assertion is needed with client_assertion_type ${JWT_BEARER}.`);
  return (
    (await clientOfAssertion(deps, assertion)) ??
    refuse(
      'invalid_client',
      'The assertion counts for nothing: of no client or key in use, not for this endpoint alone, expired, too far ahead, or used before.',
    )
  );
}

function isTheirs<B extends Broker & { secretHash: Buffer }>(broker: B | null, secret: string): broker is B {
  // An unknown client takes as long as a wrong secret.
  const matches = timingSafeEqual(broker?.secretHash ?? hashSecret(''), hashSecret(secret));
  return matches && broker !== null && broker.revokedAt === null;
}

/** What is wrong with the form; null when nothing is. */
function refusalOf(req: Request, form: TokenRequest | undefined): Answer | null {
  if (!req.is('application/x-www-form-urlencoded')) {
    return refuse('invalid_request', 'Send application/x-www-form-urlencoded.');
  }
  if (!form) return refuse('invalid_request', 'grant_type is needed; no parameter comes twice.');
  const { grant_type, scope = '' } = form;
  if (grant_type !== 'client_credentials') {
    return refuse('unsupported_grant_type', 'Only client_credentials is supported.');
  }
  return scope === '' || scope === SCOPE ? null : refuse('invalid_scope', `The only scope is ${SCOPE}.`);
}

function refuse(error: OAuthErrorCode, error_description: string): Answer {
  const body = { error, error_description };
  // RFC 9110 §15.5.2: a 401 names what may be tried.
  return error === 'invalid_client'
    ? { status: 401, headers: { 'www-authenticate': 'Basic realm="consentry"' }, body }
    : { status: 400, body };
}

/** Client id and secret, each form-encoded inside the Basic credentials (RFC 6749 §2.3.1). */
function basicCredentials(req: Request): { clientId: string; clientSecret: string } | null {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(req.get('authorization') ?? '')?.[1];
  const pair = /^([^:]+):(.+)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8'));
  const [clientId, clientSecret] = [formDecoded(pair?.[1] ?? ''), formDecoded(pair?.[2] ?? '')];
  // Of visible characters and spaces (RFC 6749 §A.1).
  return clientId && VSCHARS.test(clientId) && clientSecret ? { clientId, clientSecret } : null;
}

function formDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** A form that cannot be read is a bad request in this endpoint's own words. */
const unreadableForm: ErrorRequestHandler = (error, _req, res, next) => {
  const { status } = (error ?? {}) as { status?: number };
  if (status !== 400 && status !== 415) return next(error);
  const { body } = refuse('invalid_request', 'The form cannot be read.');
  res.status(400).json(body);
};
