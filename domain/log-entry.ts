/** What the transparency log holds of one receipt: a salted hash, and nothing that tells whose it is. */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';

/** First byte of every entry: the form of what follows. */
const FORMAT = 1;

/** Bytes of a salt. Without it a guessed receipt cannot be compared with an entry. */
export const SALT_BYTES = 32;

/** Bytes of an entry: format, SHA-256. */
export const ENTRY_BYTES = 33;

/** Entry of a receipt (compact JWS): `0x01 ‖ SHA-256(salt ‖ SHA-256(receipt))`. */
export const logEntry = (salt: Uint8Array, receipt: string): Uint8Array =>
  concatBytes(Uint8Array.of(FORMAT), sha256(concatBytes(salt, sha256(utf8ToBytes(receipt)))));
