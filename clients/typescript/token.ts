/** Access tokens: OAuth 2.0 client credentials (RFC 6749 §4.4), kept until shortly before they expire. */
import { randomUUID } from 'node:crypto';
import { type CryptoKey, type JWK, type KeyObject, SignJWT } from 'jose';
import { problemOf } from './problem.ts';

/** By a secret (HTTP Basic), or by a key whose public half Consentry knows (`private_key_jwt`, RFC 7523). */
export type Authentication =
  | { clientId: string; clientSecret: string }
  | {
      clientId: string;
      privateKey: CryptoKey | KeyObject | JWK;
      /** Of the key, as it was registered. */
      kid: string;
      /** ES256 unless given. */
      alg?: string;
    };

/** Consentry did not take the credentials. */
export class AuthenticationFailed extends Error {
  override readonly name = 'AuthenticationFailed';
}

/** A token is renewed so long before its end, ms: whatever is under way then still arrives with it. */
const EARLY_MS = 30_000;
const ASSERTION_TTL = '60s';
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface Tokens {
  get(): Promise<string>;
  /** It was refused: the next one is a fresh one. */
  drop(token: string): void;
}

/** Sends what `make` makes, anew at each attempt: an assertion is good once. */
export type SendMade = (url: string, make: () => Promise<RequestInit>) => Promise<Response>;

export function createTokens(url: string, authentication: Authentication, send: SendMade): Tokens {
  let kept: { token: Promise<string>; until: number } | undefined;
  let last: string | undefined;
  return {
    get() {
      if (kept && Date.now() < kept.until) return kept.token;
      const asked = requestToken(url, authentication, send);
      const mine = { token: asked.then(({ token }) => token), until: Number.POSITIVE_INFINITY };
      kept = mine;
      asked.then(
        ({ token, expiresInMs }) => {
          last = token;
          mine.until = Date.now() + expiresInMs - EARLY_MS;
        },
        () => {
          if (kept === mine) kept = undefined;
        },
      );
      return mine.token;
    },
    drop(token) {
      if (token === last) kept = undefined;
    },
  };
}

async function requestToken(
  url: string,
  authentication: Authentication,
  send: SendMade,
): Promise<{ token: string; expiresInMs: number }> {
  const endpoint = `${url}/oauth/token`;
  const response = await send(endpoint, async () => {
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
    if ('clientSecret' in authentication) headers.authorization = basic(authentication);
    else {
      form.set('client_assertion_type', JWT_BEARER);
      form.set('client_assertion', await assertion(endpoint, authentication));
    }
    // Credentials go where they were meant to go.
    return { method: 'POST', headers, body: form.toString(), redirect: 'error' };
  });
  // Too many, or away: nothing is wrong with the credentials.
  if (response.status === 429 || response.status >= 500) throw await problemOf(response);
  const body = (await response.json().catch(() => ({}))) as {
    access_token?: string;
    expires_in?: number;
    error_description?: string;
  };
  if (response.ok && body.access_token)
    return { token: body.access_token, expiresInMs: (body.expires_in ?? 60) * 1000 };
  throw new AuthenticationFailed(body.error_description ?? `The token endpoint answered ${response.status}.`);
}

/** Both parts form-encoded first (RFC 6749 §2.3.1). */
function basic({ clientId, clientSecret }: { clientId: string; clientSecret: string }): string {
  const encoded = [clientId, clientSecret].map(encodeURIComponent).join(':');
  return `Basic ${Buffer.from(encoded).toString('base64')}`;
}

const assertion = (
  audience: string,
  { clientId, privateKey, kid, alg = 'ES256' }: Extract<Authentication, { kid: string }>,
): Promise<string> =>
  new SignJWT()
    .setProtectedHeader({ alg, kid, typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(ASSERTION_TTL)
    .sign(privateKey);
