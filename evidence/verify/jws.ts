/** Compact JWS (RFC 7515) as receipts and seals are: ES256, three known header parameters, one encoding. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';
import { base64urlBytes } from './base64url.ts';
import { Failure } from './failure.ts';

/** A published key with its time (OpenID Federation 1.0, Historical Keys); members unknown here are ignored. */
const jwkSchema = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  kid: z.string(),
  nbf: z.int().optional(),
  exp: z.int().optional(),
  revoked: z.object({ revoked_at: z.int(), reason: z.string().optional() }).optional(),
});
/** With the key made of it; null: it is no point of the curve. */
export type TrustedJwk = z.infer<typeof jwkSchema> & { publicKey: KeyObject | null };

/** Reads a JWKS; keys of other kinds are left out. Throws `ZodError` when it is none, or holds a damaged key. */
export function trustedKeys(jwks: unknown): TrustedJwk[] {
  const { keys } = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) }).parse(jwks);
  return keys
    .filter(({ kty, crv }) => kty === 'EC' && crv === 'P-256')
    .map((jwk) => jwkSchema.parse(jwk))
    .map((jwk) => ({ ...jwk, publicKey: keyObject(jwk) }));
}

const headerSchema = z.strictObject({ alg: z.literal('ES256'), typ: z.string(), kid: z.string() });

export interface OpenedJws {
  payload: Buffer;
  key: TrustedJwk;
}

/**
 * Verifies a compact JWS against keys that are trusted. `detached`: the payload of one whose middle part is empty (RFC 7515,
 * Appendix F). Throws `Failure`.
 */
export function openJws(
  jws: string,
  typ: string,
  trusted: readonly TrustedJwk[],
  detached?: Uint8Array,
): OpenedJws {
  const { header, signingInput, payload, signature } = parseJws(jws, detached);
  if (header.typ !== typ) throw new Failure(`this is a signature of type ${header.typ}, not ${typ}`);
  const key = trusted.find(({ kid }) => kid === header.kid);
  if (!key) throw new Failure(`its key ${header.kid} is none of the keys that you trust`);
  if (!key.publicKey) throw new Failure(`key ${key.kid} that you trust is no point of P-256`);
  const publicKey = { key: key.publicKey, dsaEncoding: 'ieee-p1363' } as const;
  if (!verify('sha256', signingInput, publicKey, signature))
    throw new Failure(`the signature is not of key ${header.kid} over these bytes`);
  return { payload, key };
}

/** Reads one without verifying it. Throws `Failure`. */
export function parseJws(jws: string, detached?: Uint8Array) {
  const [first = '', middle = '', last = '', ...more] = jws.split('.');
  const header = base64urlBytes(first);
  const payload = detached && middle === '' ? Buffer.from(detached) : base64urlBytes(middle);
  const signature = base64urlBytes(last);
  if (more.length > 0 || !header || !payload || !signature || (detached && middle !== ''))
    throw new Failure('this is no compact JWS');
  return {
    header: headerOf(header),
    payload,
    signature,
    signingInput: Buffer.from(`${first}.${payload.toString('base64url')}`),
  };
}

function headerOf(bytes: Buffer): z.infer<typeof headerSchema> {
  try {
    return headerSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    throw new Failure('its header is not one that Consentry writes');
  }
}

function keyObject({ kty, crv, x, y }: z.infer<typeof jwkSchema>): KeyObject | null {
  try {
    return createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
  } catch {
    return null;
  }
}

/** The key's times are the key store's, those of what it sealed another machine's: their clocks may differ by this, s. */
const CLOCK_SKEW_S = 300;

/**
 * Whether a key counted at a moment (Unix seconds). Throws `Failure` otherwise: not yet, no more, or perhaps somebody else's.
 */
export function requireInForce({ kid, nbf, exp, revoked }: TrustedJwk, at: number): void {
  const told = (seconds: number) => new Date(seconds * 1000).toISOString();
  if (revoked && at >= revoked.revoked_at) {
    const reason = revoked.reason ? ` (${revoked.reason})` : '';
    throw new Failure(
      `key ${kid} was revoked as of ${told(revoked.revoked_at)}${reason}, and this is of ${told(at)}`,
    );
  }
  if (nbf !== undefined && at < nbf - CLOCK_SKEW_S)
    throw new Failure(`key ${kid} sealed nothing before ${told(nbf)}; this is of ${told(at)}`);
  if (exp !== undefined && at > exp + CLOCK_SKEW_S)
    throw new Failure(`key ${kid} sealed nothing after ${told(exp)}; this is of ${told(at)}`);
}
