import { CompactSign, importJWK, type JWK } from 'jose';

/** What a receipt says of one version's outcome. No personal data: the subject is opaque, content is a digest. */
export interface ReceiptClaims {
  /** Form of these claims. */
  v: 'receipt/v1';
  /** The outcome's id. */
  jti: string;
  iss: string;
  /** Issued at, Unix seconds. */
  iat: number;
  declarationId: string;
  version: number;
  /** Hex SHA-256 of the canonical declaration. */
  digest: string;
  /** Box number of the broker authorised, or not. */
  broker: string;
  order: string;
  outcome: string;
  decidedAt: string;
  reason?: string;
  /** The person's signed act, when they answered. */
  consent?: {
    consentId: string;
    subject: string;
    lines?: number[];
    /** SHA-256 of the WebAuthn assertion, base64url. */
    assertionHash: string;
    /** How the person's identity was verified at registration. */
    verification?: Record<string, unknown>;
  };
  /** The same waybills are open at another broker. */
  duplicateWaybill?: true;
}

/** Seals receipts: compact JWS (RFC 7515), ES256, `kid` of the key. */
export interface Sealer {
  seal(claims: ReceiptClaims): Promise<string>;
}

export async function createSealer(privateJwk: JWK): Promise<Sealer> {
  const key = await importJWK(privateJwk, 'ES256');
  const header = {
    alg: 'ES256',
    typ: 'consentry-receipt+jwt',
    ...(privateJwk.kid && { kid: privateJwk.kid }),
  };
  const encoder = new TextEncoder();
  return {
    seal: (claims) =>
      new CompactSign(encoder.encode(JSON.stringify(claims))).setProtectedHeader(header).sign(key),
  };
}

/** The public half, as published at `/.well-known/jwks.json`. */
export function publicJwk({ kty, crv, x, y, kid }: JWK): JWK {
  return { kty, crv, x, y, kid, use: 'sig', alg: 'ES256' } as JWK;
}
