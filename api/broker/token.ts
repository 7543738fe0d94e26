/** `POST /oauth/token`: client credentials (RFC 6749 §4.4), errors as its §5.2 has them. */
import { timingSafeEqual } from 'node:crypto';
import express, { type ErrorRequestHandler, type Request } from 'express';
import { z } from 'zod';
import { type Broker, findBrokerByClientId } from '../../db/brokers.ts';
import { hashSecret } from '../../db/seal.ts';
import { ACCESS_TOKEN_TTL_S } from '../../domain/limits.ts';
import type { ApiDeps } from '../deps.ts';
import { rateLimit } from '../middleware.ts';
import { type Answer, createRoute, type Routes } from '../route.ts';
import { issueToken } from './auth.ts';

/** The one path that takes a form. */
export const TOKEN_PATH = '/oauth/token';
const SCOPE = 'declarations';
const FORM_MAX_BYTES = 8 * 1024;
const VSCHARS = /^[\x20-\x7e]+$/;

const tokenRequest = z.object({
  grant_type: z.string(),
  scope: z.string().optional(),
});
const tokenAnswer = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  scope: z.literal(SCOPE),
});
type OAuthErrorCode = 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'invalid_scope';
const oauthError = z.object({ error: z.string(), error_description: z.string() });

export function addTokenRoute(routes: Routes, { db, settings }: ApiDeps): void {
  routes.router.use(
    TOKEN_PATH,
    rateLimit(settings.brokerRateLimit, (req) => req.ip ?? ''),
  );
  routes.router.use(
    TOKEN_PATH,
    express.urlencoded({ extended: false, limit: FORM_MAX_BYTES, inflate: false }),
  );
  routes.router.use(TOKEN_PATH, unreadableForm);

  createRoute(routes)(
    'post',
    TOKEN_PATH,
    { summary: 'Access token for client credentials', tags: ['brokers'], security: 'client' },
    { form: tokenRequest, answers: { 200: tokenAnswer, 400: oauthError, 401: oauthError } },
  )(async ({ req }) => {
    const credentials = basicCredentials(req);
    if (!credentials) return refuse('invalid_client', 'HTTP Basic with client id and secret is needed.');
    const broker = await findBrokerByClientId(db.pool, credentials.clientId);
    if (!isTheirs(broker, credentials.clientSecret)) {
      return refuse('invalid_client', 'The client is not known, its secret is another, or it was revoked.');
    }
    const refusal = refusalOf(req);
    if (refusal) return refusal;
    const token = await issueToken(settings, broker);
    return {
      status: 200,
      headers: { pragma: 'no-cache' },
      body: { access_token: token, token_type: 'Bearer', expires_in: ACCESS_TOKEN_TTL_S, scope: SCOPE },
    };
  });
}

function isTheirs<B extends Broker & { secretHash: Buffer }>(broker: B | null, secret: string): broker is B {
  // An unknown client takes as long as a wrong secret.
  const matches = timingSafeEqual(broker?.secretHash ?? hashSecret(''), hashSecret(secret));
  return matches && broker !== null && broker.revokedAt === null;
}

/** What is wrong with the form; null when nothing is. */
function refusalOf(req: Request): Answer | null {
  if (!req.is('application/x-www-form-urlencoded')) {
    return refuse('invalid_request', 'Send application/x-www-form-urlencoded.');
  }
  const form = tokenRequest.safeParse(req.body);
  if (!form.success) return refuse('invalid_request', 'grant_type is needed; no parameter comes twice.');
  const { grant_type, scope = '' } = form.data;
  if (grant_type !== 'client_credentials') {
    return refuse('unsupported_grant_type', 'Only client_credentials is supported.');
  }
  return scope === '' || scope === SCOPE ? null : refuse('invalid_scope', `The only scope is ${SCOPE}.`);
}

function refuse(error: OAuthErrorCode, error_description: string): Answer {
  const body = { error, error_description };
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
