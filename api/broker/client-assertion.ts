/** `private_key_jwt`: a client that signs instead of telling a secret (RFC 7523 §3, OpenID Connect Core §9). */
import { decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload, jwtVerify } from 'jose';
import { type Broker, findBrokerByClientId } from '../../db/brokers.ts';
import { findClientKey, useAssertion } from '../../db/client-keys.ts';
import { algorithmsOf } from '../../domain/client-key.ts';
import { CLIENT_ASSERTION_MAX_S, CLOCK_SKEW_S, JTI_KEPT_LONGER_S } from '../../domain/limits.ts';
import type { ApiDeps } from '../deps.ts';
import { TOKEN_PATH } from './token-path.ts';

export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface Asserted {
  broker: Broker;
  /** Of the key that signed. */
  kid: string;
}

const MOST_JTI = 255;

/** Whose assertion it is, used up; null: nobody's, whatever is wrong with it. */
export async function clientOfAssertion(
  { db, settings }: Pick<ApiDeps, 'db' | 'settings'>,
  assertion: string,
): Promise<Asserted | null> {
  const { clientId, kid } = claimedBy(assertion);
  if (!clientId || !kid) return null;
  const broker = await findBrokerByClientId(db.pool, clientId);
  if (!broker || broker.revokedAt) return null;
  const claims = await verified(db, broker, kid, assertion);
  if (!claims || !isForUs(claims, settings.publicUrl)) return null;
  const { jti = '', exp = 0 } = claims;
  if (jti === '' || jti.length > MOST_JTI) return null;
  const keptUntil = new Date((exp + CLOCK_SKEW_S + JTI_KEPT_LONGER_S) * 1000);
  return (await useAssertion(db.pool, broker.brokerId, jti, keptUntil)) ? { broker, kid } : null;
}

/** Unchecked: it says by which key it is to be checked. */
function claimedBy(assertion: string): { clientId?: string | undefined; kid?: string | undefined } {
  try {
    const { kid } = decodeProtectedHeader(assertion);
    const { iss } = decodeJwt(assertion);
    // Postgres knows no null character.
    const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0');
    return { clientId: isText(iss) ? iss : undefined, kid: isText(kid) ? kid : undefined };
  } catch {
    return {};
  }
}

async function verified(
  db: ApiDeps['db'],
  { brokerId, clientId }: Broker,
  kid: string,
  assertion: string,
): Promise<JWTPayload | null> {
  const jwk = await findClientKey(db.pool, brokerId, kid);
  const algorithms = jwk && algorithmsOf(jwk);
  if (!algorithms) return null;
  try {
    const { alg } = decodeProtectedHeader(assertion);
    const { payload } = await jwtVerify(assertion, await importJWK({ ...jwk }, alg), {
      algorithms: [...algorithms],
      issuer: clientId,
      subject: clientId,
      clockTolerance: CLOCK_SKEW_S,
      requiredClaims: ['aud', 'exp', 'jti'],
    });
    return payload;
  } catch {
    return null;
  }
}

/**
 * One audience alone, as text: an assertion that is good at somebody else's, too, could be one that they were sent and pass on
 * (draft-ietf-oauth-rfc7523bis). Not for long: an assertion is made for the moment.
 */
function isForUs({ aud, exp = 0 }: JWTPayload, publicUrl: string): boolean {
  const ours = aud === publicUrl || aud === `${publicUrl}${TOKEN_PATH}`;
  return ours && exp <= Date.now() / 1000 + CLIENT_ASSERTION_MAX_S + CLOCK_SKEW_S;
}
