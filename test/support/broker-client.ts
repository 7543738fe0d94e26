/** A broker's own system: its token, and calls to `/v1`. */
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { rotateKey } from '../../db/brokers.ts';
import type { DeclarationSubmission } from '../../domain/declaration.ts';
import { content } from './poa-fixtures.ts';
import { type Answer, call } from './stand-in.ts';

export const basic = (clientId: string, secret: string): string =>
  `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;

/** `POST /oauth/token`. */
export const requestToken = (
  url: string,
  authorization: string | null,
  body = 'grant_type=client_credentials',
): Promise<Answer> =>
  call('POST', `${url}/oauth/token`, {
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(authorization !== null && { authorization }),
    },
  });

/** What brokers send: a fixture's content, with whatever is to be otherwise. */
export const submission = (changes: Partial<DeclarationSubmission> = {}): DeclarationSubmission => ({
  ...content(changes),
  ...changes,
});

export type BrokerClient = Awaited<ReturnType<typeof logInBroker>>;

/** Logs in with a fresh secret. */
export async function connectBroker(url: string, pool: Pool, clientId: string): Promise<BrokerClient> {
  const secret = await rotateKey(pool, clientId);
  if (secret === null) throw new Error(`no broker ${clientId}`);
  return logInBroker(url, clientId, secret);
}

export async function logInBroker(url: string, clientId: string, secret: string) {
  const { body } = await requestToken(url, basic(clientId, secret));
  const token: string = body.access_token;

  const request = (
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> =>
    call(method, `${url}${path}`, {
      ...options,
      headers: { authorization: `Bearer ${token}`, ...options.headers },
    });

  return {
    secret,
    token,
    request,
    get: (path: string) => request('GET', path),
    declare: (body: object = submission(), key: string = randomUUID()) =>
      request('POST', '/v1/declarations', { body, headers: { 'idempotency-key': key } }),
    amend: (id: string, version: number, body: object, headers: Record<string, string> = {}) =>
      request('PUT', `/v1/declarations/${id}`, { body, headers: { 'if-match': `"${version}"`, ...headers } }),
    cancel: (id: string, body: object = { reason: 'other' }, headers: Record<string, string> = {}) =>
      request('POST', `/v1/declarations/${id}/cancellation`, { body, headers }),
  };
}
