import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import type { PrivateReceiptJwk, ReceiptKey, ReceiptKeys } from '../db/receipt-keys.ts';
import { RECEIPT_KEY_TAKEN_UP_MS } from '../domain/limits.ts';
import { RECEIPT_TYP, type Receipt } from '../domain/receipt.ts';

/** ECDSA on P-256 with SHA-256 (RFC 7518 §3.4). */
const ALG = 'ES256';

/** Seals what we state: compact JWS (RFC 7515) with the `kid` of the key in use. */
export interface Sealer {
  seal(receipt: Receipt): Promise<string>;
  /** Any bytes, under a `typ` of their own. */
  sign(typ: string, payload: Uint8Array): Promise<string>;
}

/**
 * A sealer that asks for the key in use again after `RECEIPT_KEY_TAKEN_UP_MS`, so that a rotation needs no restart. Throws
 * when there is no key: nothing is sealed with one that may be over.
 */
export function createSealer(
  keyInUse: () => Promise<PrivateReceiptJwk | null>,
  now: () => number = Date.now,
): Sealer {
  let loaded: { at: number; key: Promise<SigningKey> } | undefined;
  const current = (): Promise<SigningKey> => {
    if (loaded && now() - loaded.at < RECEIPT_KEY_TAKEN_UP_MS) return loaded.key;
    const key = keyInUse().then(signingKey);
    loaded = { at: now(), key };
    key.catch(() => {
      loaded = undefined;
    });
    return key;
  };

  const sign: Sealer['sign'] = async (typ, payload) => {
    const { key, kid } = await current();
    return new CompactSign(payload).setProtectedHeader({ alg: ALG, typ, kid }).sign(key);
  };
  return {
    sign,
    seal: (receipt) => sign(RECEIPT_TYP, new TextEncoder().encode(JSON.stringify(receipt))),
  };
}

type SigningKey = { kid: string; key: Awaited<ReturnType<typeof importJWK>> };

async function signingKey(jwk: PrivateReceiptJwk | null): Promise<SigningKey> {
  if (!jwk) throw new Error('there is no key to seal receipts with');
  return { kid: jwk.kid, key: await importJWK(jwk, ALG) };
}

/** A new key, its `kid` the RFC 7638 thumbprint. */
export async function newReceiptKey(): Promise<PrivateReceiptJwk> {
  const { privateKey } = await generateKeyPair(ALG, { extractable: true });
  const { kty, crv, x, y, d } = await exportJWK(privateKey);
  if (!kty || !crv || !x || !y || !d) throw new Error('not an EC key');
  return { kty, crv, x, y, d, kid: await calculateJwkThumbprint({ kty, crv, x, y }) };
}

/**
 * The key in use, for a sealer: first takes in the one of the configuration, or makes the very first where there is none.
 */
export function receiptKeyInUse(keys: ReceiptKeys, configured?: PrivateReceiptJwk) {
  let adopted = configured === undefined;
  return async (): Promise<PrivateReceiptJwk | null> => {
    if (configured && !adopted) await keys.adopt(configured);
    adopted = true;
    const key = await keys.sealing();
    if (key) return key;
    await keys.add(await newReceiptKey());
    return keys.sealing();
  };
}

/** A JWK with its time of use: `nbf`, `exp` and `revoked` as in OpenID Federation 1.0, Historical Keys. */
export type PublishedJwk = JWK & {
  nbf?: number;
  exp?: number;
  revoked?: { revoked_at: number; reason?: string };
};

/** The public half, as published at `/.well-known/jwks.json`: every key there ever was, with when it counts. */
export function publishedJwk({
  publicJwk,
  kid,
  notBefore,
  retiredAt,
  revokedAt,
  revokedReason,
}: ReceiptKey): PublishedJwk {
  const { kty, crv, x, y } = publicJwk;
  const nbf = seconds(notBefore);
  return {
    ...({ kty, crv, x, y } as JWK),
    kid,
    use: 'sig',
    alg: ALG,
    // The first key counts for whatever it sealed before keys had their times.
    ...(nbf > 0 && { nbf }),
    ...(retiredAt && { exp: seconds(retiredAt) }),
    ...(revokedAt && {
      revoked: { revoked_at: seconds(revokedAt), ...(revokedReason && { reason: revokedReason }) },
    }),
  };
}

/** RFC 7519 NumericDate. */
const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);
