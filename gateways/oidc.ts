/** OpenID Connect Core 1.0 with PKCE (RFC 7636), as the CAMARA security profile uses it with telecom operators. */
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import {
  type CallLimits,
  callJson,
  GatewayUnavailable,
  type HttpAnswer,
  isSuccess,
  understood,
} from './http.ts';

export interface OidcSettings {
  /** Names the counterpart in errors and summaries. */
  name: string;
  issuer: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
}

/** What one browser carries to the operator; single use. */
export interface AuthorizationRequest {
  scope: string;
  state: string;
  nonce: string;
  /** S256. */
  codeChallenge: string;
}

/** `rejected`: the code (or what came for it) is worth nothing; a fresh authorization may be. */
export type Exchange = { kind: 'token'; accessToken: string } | { kind: 'rejected' };

export interface OidcClient {
  authorizationUrl(request: AuthorizationRequest, limits: CallLimits): Promise<string>;
  /** Three-legged token of an authorization code; its ID token is verified. */
  exchange(proof: { code: string; verifier: string; nonce: string }, limits: CallLimits): Promise<Exchange>;
  /** A token of our own. */
  clientToken(scope: string, limits: CallLimits): Promise<ClientToken>;
}

export interface ClientToken {
  accessToken: string;
  /** How long it is good for, s; 0 when the operator does not say (RFC 6749 §5.1). */
  expiresIn: number;
}

/** Asymmetric algorithms only: `none` and those whose key would be our own secret are no proof. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const CLOCK_TOLERANCE_S = 5;
/** An operator's new key is found this soon after the last look, ms. */
const KEYS_COOLDOWN_MS = 5_000;
const DISCOVERY_TTL_MS = 10 * 60_000;
/** RFC 6749 §5.2 errors that tell of the code, not of us. */
const CODE_ERRORS = new Set(['invalid_grant', 'invalid_request']);

const discoverySchema = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  jwks_uri: z.url(),
});
const tokenSchema = z.object({
  access_token: z.string().min(1),
  id_token: z.string().optional(),
  expires_in: z.number().optional(),
});
const errorSchema = z.object({ error: z.string() });

interface Operator extends z.infer<typeof discoverySchema> {
  keys: JWTVerifyGetKey;
  until: number;
}

export function createOidcClient(settings: OidcSettings): OidcClient {
  const { name, clientId, redirectUri } = settings;
  let known: Operator | undefined;

  /** The discovery document, read again now and then. One that names another issuer is not believed. */
  async function operator(limits: CallLimits): Promise<Operator> {
    if (known && known.until > Date.now()) return known;
    const url = `${settings.issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
    const answer = await callJson(name, { method: 'GET', url }, limits);
    const found = understood(name, discoverySchema, answer);
    if (found.issuer !== settings.issuer) throw new GatewayUnavailable(name, 'answer', answer.status);
    const keys =
      known?.jwks_uri === found.jwks_uri
        ? known.keys
        : createRemoteJWKSet(new URL(found.jwks_uri), {
            timeoutDuration: limits.timeoutMs,
            cooldownDuration: KEYS_COOLDOWN_MS,
          });
    known = { ...found, keys, until: Date.now() + DISCOVERY_TTL_MS };
    return known;
  }

  const askToken = ({ token_endpoint }: Operator, form: Record<string, string>, limits: CallLimits) =>
    callJson(
      name,
      {
        method: 'POST',
        url: token_endpoint,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          authorization: basic(settings),
        },
        body: new URLSearchParams(form).toString(),
      },
      limits,
    );

  return {
    async authorizationUrl({ scope, state, nonce, codeChallenge }, limits) {
      const { authorization_endpoint } = await operator(limits);
      const url = new URL(authorization_endpoint);
      const parameters = {
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        scope,
        state,
        nonce,
        // Nothing is typed: the operator knows its subscriber by the data session, or not at all.
        prompt: 'none',
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
      };
      for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value);
      return url.toString();
    },
    async exchange({ code, verifier, nonce }, limits) {
      const endpoints = await operator(limits);
      const form = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        client_id: clientId,
        code_verifier: verifier,
      };
      const answer = await askToken(endpoints, form, limits);
      if (!isSuccess(answer)) return rejectedCode(name, answer);
      const { access_token, id_token } = understood(name, tokenSchema, answer);
      const genuine = id_token && (await isGenuine(settings, endpoints.keys, id_token, nonce));
      return genuine ? { kind: 'token', accessToken: access_token } : { kind: 'rejected' };
    },
    async clientToken(scope, limits) {
      const form = { grant_type: 'client_credentials', scope };
      const answer = await askToken(await operator(limits), form, limits);
      if (!isSuccess(answer)) throw new GatewayUnavailable(name, 'status', answer.status);
      const { access_token, expires_in = 0 } = understood(name, tokenSchema, answer);
      return { accessToken: access_token, expiresIn: expires_in };
    },
  };
}

/** Refusals of us as a client are an outage for the person: neither their code's fault nor theirs. */
function rejectedCode(name: string, answer: HttpAnswer): Exchange {
  const parsed = errorSchema.safeParse(answer.json);
  if (parsed.success && CODE_ERRORS.has(parsed.data.error)) return { kind: 'rejected' };
  throw new GatewayUnavailable(name, 'status', answer.status);
}

/** Whether the operator signed this ID token, for us and for this very try. Throws when its keys cannot be had. */
async function isGenuine(
  { name, issuer, clientId }: OidcSettings,
  keys: JWTVerifyGetKey,
  idToken: string,
  nonce: string,
): Promise<boolean> {
  try {
    const { payload } = await jwtVerify(idToken, keys, {
      issuer,
      audience: clientId,
      algorithms: ALGORITHMS,
      requiredClaims: ['exp', 'iat', 'sub', 'nonce'],
      clockTolerance: CLOCK_TOLERANCE_S,
    });
    return payload.nonce === nonce;
  } catch (error) {
    if (isVerdict(error)) return false;
    throw new GatewayUnavailable(name, 'network');
  }
}

/** Whether jose judged the token, rather than failed to fetch the keys (it has one base class for both). */
const isVerdict = (error: unknown): boolean =>
  error instanceof errors.JOSEError &&
  !(error instanceof errors.JWKSTimeout) &&
  !(error instanceof errors.JWKSInvalid) &&
  error.code !== 'ERR_JOSE_GENERIC';

/** RFC 6749 §2.3.1: id and secret are form-encoded before they are joined. */
function basic({ clientId, clientSecret }: OidcSettings): string {
  const encoded = [clientId, clientSecret].map((part) => encodeURIComponent(part).replaceAll('%20', '+'));
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
}
