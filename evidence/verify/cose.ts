/** A passkey's public key: COSE_Key (RFC 9052 §7) as authenticators write it, a CBOR map of numbers and byte strings. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { Failure } from './failure.ts';

/** COSE algorithms (IANA) that passkeys may have here. */
export type CoseAlgorithm = 'ES256' | 'EdDSA' | 'RS256';
const ALGORITHM = new Map<unknown, CoseAlgorithm>([
  [-7, 'ES256'],
  [-8, 'EdDSA'],
  [-257, 'RS256'],
]);

/** Labels of COSE_Key members: kty, alg; then, by key type, curve and coordinates, or modulus and exponent. */
const LABEL = { kty: 1, alg: 3, crv: -1, x: -2, y: -3, n: -1, e: -2 };

/** Throws `Failure` when it is no such key. */
export function coseKey(bytes: Uint8Array): { key: KeyObject; algorithm: CoseAlgorithm } {
  const members = readMap(Buffer.from(bytes));
  const algorithm = ALGORITHM.get(members.get(LABEL.alg));
  if (!algorithm) throw new Failure('the public key has an algorithm that is not used here');
  try {
    return { key: createPublicKey({ key: jwkOf(algorithm, members), format: 'jwk' }), algorithm };
  } catch {
    throw new Failure('the public key is no key of its algorithm');
  }
}

type Members = ReadonlyMap<number, number | Buffer>;

function jwkOf(algorithm: CoseAlgorithm, members: Members): Record<string, string> {
  const bytes = (label: number): string => {
    const value = members.get(label);
    return Buffer.isBuffer(value) ? value.toString('base64url') : '';
  };
  const isType = (kty: number, crv?: number) =>
    members.get(LABEL.kty) === kty && (crv === undefined || members.get(LABEL.crv) === crv);
  if (algorithm === 'ES256' && isType(2, 1))
    return { kty: 'EC', crv: 'P-256', x: bytes(LABEL.x), y: bytes(LABEL.y) };
  if (algorithm === 'EdDSA' && isType(1, 6)) return { kty: 'OKP', crv: 'Ed25519', x: bytes(LABEL.x) };
  if (algorithm === 'RS256' && isType(3)) return { kty: 'RSA', n: bytes(LABEL.n), e: bytes(LABEL.e) };
  throw new Failure('the public key has parameters that are not used here');
}

/** CBOR (RFC 8949 §3) major types in these maps. */
const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const MAP = 5;

function readMap(bytes: Buffer): Members {
  let at = 0;
  const fail = () => new Failure('the public key is no COSE key');
  const head = (): { major: number; value: number } => {
    const first = bytes[at++];
    if (first === undefined) throw fail();
    const [major, short] = [first >> 5, first & 31];
    if (short < 24) return { major, value: short };
    const width = { 24: 1, 25: 2, 26: 4 }[short];
    if (!width || at + width > bytes.length) throw fail();
    const value = bytes.readUIntBE(at, width);
    at += width;
    return { major, value };
  };
  const item = (): number | Buffer => {
    const { major, value } = head();
    if (major === UNSIGNED) return value;
    if (major === NEGATIVE) return -1 - value;
    if (major !== BYTES || at + value > bytes.length) throw fail();
    at += value;
    return bytes.subarray(at - value, at);
  };
  const { major, value: count } = head();
  if (major !== MAP) throw fail();
  const members = new Map<number, number | Buffer>();
  for (let i = 0; i < count; i++) {
    const label = item();
    if (typeof label !== 'number' || members.has(label)) throw fail();
    members.set(label, item());
  }
  if (at !== bytes.length) throw fail();
  return members;
}
