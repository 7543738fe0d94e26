/**
 * Reads a Web Push message with the receiver's keys: RFC 8291 over RFC 8188 (`aes128gcm`) and RFC 5869, with Node's
 * primitives alone. Independent of the library that encrypts them (`web-push`, `http_ece`).
 */
import { createDecipheriv, createECDH, hkdfSync } from 'node:crypto';

/** What the receiver keeps; base64url. */
export interface ReceiverKeys {
  privateKey: string;
  auth: string;
}

const TAG_BYTES = 16;
/** Delimiter of the last (and in Web Push only) record: RFC 8188 §2. */
const LAST_RECORD = 2;

const hkdf = (secret: Buffer, salt: Buffer, info: Buffer, length: number): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, salt, info, length));

/** Throws when it is not one record for these keys, or was tampered with. */
export function readPushMessage(message: Buffer, { privateKey, auth }: ReceiverKeys): Buffer {
  const salt = message.subarray(0, 16);
  const idLength = message.readUInt8(20);
  const sender = message.subarray(21, 21 + idLength);
  const record = message.subarray(21 + idLength);
  if (record.length > message.readUInt32BE(16)) throw new Error('more than one record');

  const receiver = createECDH('prime256v1');
  receiver.setPrivateKey(privateKey, 'base64url');
  const keyInfo = Buffer.concat([Buffer.from('WebPush: info\0'), receiver.getPublicKey(), sender]);
  const input = hkdf(receiver.computeSecret(sender), Buffer.from(auth, 'base64url'), keyInfo, 32);
  const key = hkdf(input, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = hkdf(input, salt, Buffer.from('Content-Encoding: nonce\0'), 12);

  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(record.subarray(-TAG_BYTES));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -TAG_BYTES)), decipher.final()]);
  const end = padded.findLastIndex((byte) => byte !== 0);
  if (padded[end] !== LAST_RECORD) throw new Error('no end of record');
  return padded.subarray(0, end);
}
