import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';

/** Layout of a sealed field: format byte, 12-byte IV, 16-byte tag, ciphertext (AES-256-GCM, NIST SP 800-38D). */
const FORMAT = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Where a field lies: bound in as associated data, so that no field can be moved to another row or column. */
export type FieldAddress = `${string}/${string}/${string}`;

/** Seals a JSON value under a 32-byte data key. */
export function seal(key: Buffer, address: FieldAddress, value: unknown): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(address));
  const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(FORMAT), iv, cipher.getAuthTag(), text]);
}

/** Opens what `seal` made. Throws when key, address or bytes are not the ones it was made with. */
export function unseal(key: Buffer, address: FieldAddress, sealed: Buffer): unknown {
  if (sealed[0] !== FORMAT) throw new Error(`sealed field of unknown format at ${address}`);
  const iv = sealed.subarray(1, 1 + IV_BYTES);
  const tag = sealed.subarray(1 + IV_BYTES, 1 + IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(address)).setAuthTag(tag);
  const text = Buffer.concat([decipher.update(sealed.subarray(1 + IV_BYTES + TAG_BYTES)), decipher.final()]);
  return JSON.parse(text.toString('utf8'));
}

/** Blind indexes: the same value always gives the same index, which tells nothing without the key. */
export interface BlindIndex {
  ofIdentityNumber(value: string): Buffer;
  ofPhone(e164: string): Buffer;
  /** Of a name as compared (domain/name.ts). */
  ofName(folded: string): Buffer;
}

export function createBlindIndex(key: Buffer): BlindIndex {
  const hmac = (kind: string, value: string) =>
    createHmac('sha256', key).update(`${kind}\0${value}`).digest();
  return {
    ofIdentityNumber: (value) => hmac('id', value),
    ofPhone: (e164) => hmac('phone', e164),
    ofName: (folded) => hmac('name', folded),
  };
}

/** SHA-256 of a random secret (cookie, token, challenge) as it is kept. */
export const hashSecret = (secret: string | Uint8Array): Buffer =>
  createHash('sha256').update(secret).digest();
