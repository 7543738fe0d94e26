/** Signed notes: a text with signature lines below it (C2SP signed-note), and the keys that verify them. */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';

/** Why a note, a checkpoint or a proof is not believed. */
export type UnverifiedCode =
  | 'malformed'
  /** Not signed by the key that was asked for. */
  | 'unsigned'
  | 'bad-signature'
  /** A checkpoint of another log. */
  | 'wrong-origin'
  /** The proof does not lead from the entry to the checkpoint's root. */
  | 'not-included';

export class Unverified extends Error {
  override readonly name = 'Unverified';
  readonly code: UnverifiedCode;

  constructor(code: UnverifiedCode, detail: string) {
    super(`${code}: ${detail}`);
    this.code = code;
  }
}

/** Signature types (C2SP signed-note, Signature types). */
const TYPE = { ed25519: 0x01, 'cosignature/v1': 0x04 } as const;
export type SignatureType = keyof typeof TYPE;

/** Who signs notes, as a verifier knows them. */
export interface NoteKey {
  name: string;
  type: SignatureType;
  /** 8 lower-case hex digits. */
  id: string;
  publicKey: KeyObject;
}

export interface SignatureLine {
  name: string;
  /** 8 lower-case hex digits. */
  keyId: string;
  signature: Buffer;
}

export interface Note {
  /** What is signed: ends with a line break. */
  text: string;
  signatures: readonly SignatureLine[];
}

const ED25519_BYTES = 32;
const SIGNATURE_BYTES = 64;
const TIMESTAMP_BYTES = 8;
const KEY_ID_BYTES = 4;
/** More than any checkpoint has: 16 signatures of the largest type known (C2SP signed-note, Format). */
const NOTE_MAX_BYTES = 100_000;

/** An Ed25519 key of SubjectPublicKeyInfo (RFC 8410 §4) but for the key itself. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** First four bytes of SHA-256 over name, type and key, in hex. */
export const keyId = (name: string, type: SignatureType, publicKey: Uint8Array): string =>
  createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.of(TYPE[type]))
    .update(publicKey)
    .digest('hex')
    .slice(0, 2 * KEY_ID_BYTES);

/** The verifier key (vkey) that others are given: `name+id+base64(type ‖ key)`. */
export function formatVerifierKey(name: string, type: SignatureType, publicKey: Uint8Array): string {
  if (!isKeyName(name)) throw new Unverified('malformed', `"${name}" cannot be a key's name`);
  const key = Buffer.concat([Buffer.of(TYPE[type]), publicKey]).toString('base64');
  return `${name}+${keyId(name, type, publicKey)}+${key}`;
}

/** Reads a vkey. Throws `Unverified` (`malformed`) when it is none of a type known here, or its id is not of its key. */
export function parseVerifierKey(vkey: string): NoteKey {
  const match = /^(?<name>[^+]+)\+(?<id>[0-9a-f]{8})\+(?<key>[A-Za-z0-9+/=]+)$/.exec(vkey);
  const { name = '', id = '', key = '' } = match?.groups ?? {};
  const [typeByte, ...rest] = bytesOf(key) ?? [];
  const type = (Object.keys(TYPE) as SignatureType[]).find((known) => TYPE[known] === typeByte);
  const raw = Buffer.from(rest);
  if (!isKeyName(name) || !type || raw.length !== ED25519_BYTES || keyId(name, type, raw) !== id)
    throw new Unverified('malformed', 'this is no verifier key');
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' });
  return { name, type, id, publicKey };
}

/** Reads a note. Throws `Unverified` (`malformed`). Nothing in it is verified yet. */
export function parseNote(note: string): Note {
  const split = note.lastIndexOf('\n\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none but the line break may be in a note
  const forbidden = /[\x00-\x09\x0b-\x1f\ufffd]/.test(note);
  if (split < 0 || !note.endsWith('\n') || forbidden || Buffer.byteLength(note) > NOTE_MAX_BYTES)
    throw new Unverified('malformed', 'this is no signed note');
  const lines = note.slice(split + 2, -1).split('\n');
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignatureLine) };
}

function parseSignatureLine(line: string): SignatureLine {
  const match = /^\u2014 (?<name>\S+) (?<base64>\S+)$/u.exec(line);
  const { name = '', base64 = '' } = match?.groups ?? {};
  const bytes = bytesOf(base64);
  if (!isKeyName(name) || !bytes || bytes.length <= KEY_ID_BYTES)
    throw new Unverified('malformed', 'a line below the text is no signature');
  return {
    name,
    keyId: bytes.subarray(0, KEY_ID_BYTES).toString('hex'),
    signature: bytes.subarray(KEY_ID_BYTES),
  };
}

/** `— name base64(key id ‖ signature)`, with its line break. */
export const formatSignatureLine = ({ name, keyId: id, signature }: SignatureLine): string =>
  `\u2014 ${name} ${Buffer.concat([Buffer.from(id, 'hex'), signature]).toString('base64')}\n`;

/** The key's signature lines in a note; lines of unknown keys are ignored (C2SP signed-note, Signatures). */
export const linesOf = ({ signatures }: Note, key: NoteKey): SignatureLine[] =>
  signatures.filter(({ name, keyId: id }) => name === key.name && id === key.id);

/** A signature line that was verified. */
export interface VerifiedLine extends SignatureLine {
  /** When a cosigner says that it signed, Unix seconds; 0 for a type without a time. */
  time: number;
}

/**
 * Checks that the key signed the note. Throws `Unverified`: `unsigned` without a line of this key, `bad-signature` when
 * any of its lines is wrong. Returns the newest of them.
 */
export function verifyNote(note: Note, key: NoteKey): VerifiedLine {
  const lines = linesOf(note, key).map((line) => ({
    ...line,
    time: signedAt(note.text, line.signature, key),
  }));
  const [newest] = lines.sort((a, b) => b.time - a.time);
  if (!newest) throw new Unverified('unsigned', `there is no signature by ${key.name}`);
  return newest;
}

/** Throws `bad-signature`. 0 for a type without a time. */
function signedAt(text: string, signature: Buffer, { name, type, publicKey }: NoteKey): number {
  const wrong = new Unverified('bad-signature', `the signature by ${name} is not of this text`);
  const plain = type === 'ed25519';
  if (signature.length !== SIGNATURE_BYTES + (plain ? 0 : TIMESTAMP_BYTES)) throw wrong;
  const time = plain ? 0n : signature.readBigUInt64BE();
  if (time > BigInt(Number.MAX_SAFE_INTEGER)) throw wrong;
  const message = plain ? text : cosignedMessage(text, Number(time));
  if (!verify(null, Buffer.from(message), publicKey, signature.subarray(-SIGNATURE_BYTES))) throw wrong;
  return Number(time);
}

/** What a cosigner signs of a checkpoint (C2SP tlog-cosignature, Ed25519 signed message). */
export const cosignedMessage = (text: string, unixSeconds: number): string =>
  `cosignature/v1\ntime ${unixSeconds}\n${text}`;

/** No Unicode spaces, no plus sign (C2SP signed-note, Format). */
const isKeyName = (name: string): boolean => /^[^\s+\p{Z}]+$/u.test(name);

/** Standard base64 (RFC 4648 §4) in its one form, or null. */
export function bytesOf(base64: string): Buffer | null {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 ? bytes : null;
}
