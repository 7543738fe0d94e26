/** Keys by which a broker's systems authenticate (`private_key_jwt`): what they may be, and how they may sign. */

/** Members of a public JWK (RFC 7517) that are of concern. */
export interface PublicJwk {
  kty: string;
  kid?: string;
  crv?: string;
  x?: string;
  y?: string;
  n?: string;
  e?: string;
}

/** Shorter ones are not to be used beyond 2030 (NIST SP 800-57 Part 1, table 2; RFC 7518 §3.3 says the same). */
const RSA_MIN_BITS = 2048;
/** Larger ones cost more to check than an attacker to send. */
const RSA_MAX_BITS = 8192;

/**
 * JWS algorithms that a signature of the key may have; null: the key is of no kind that is taken. None is symmetric: a secret that both
 * sides know proves nothing, and HTTP Basic does that already. RS256 is there because many systems can do nothing else.
 */
export function algorithmsOf({ kty, crv, n }: PublicJwk): readonly string[] | null {
  if (kty === 'EC' && crv === 'P-256') return ['ES256'];
  if (kty === 'OKP' && crv === 'Ed25519') return ['EdDSA', 'Ed25519'];
  if (kty !== 'RSA' || n === undefined) return null;
  const bits = Math.floor((n.replace(/=+$/, '').length * 6) / 8) * 8;
  return bits >= RSA_MIN_BITS && bits <= RSA_MAX_BITS ? ['PS256', 'RS256'] : null;
}

/** All of them, for the metadata (RFC 8414). */
export const CLIENT_KEY_ALGORITHMS = ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'] as const;
