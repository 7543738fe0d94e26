/** Checkpoints of a log: origin, size and root in a signed note (C2SP tlog-checkpoint), with cosignatures of witnesses. */
import { HASH_BYTES } from './merkle.ts';
import {
  bytesOf,
  linesOf,
  type NoteKey,
  parseNote,
  Unverified,
  type VerifiedLine,
  verifyNote,
} from './note.ts';

/** The log's tree at one moment. */
export interface TreeHead {
  size: number;
  root: Buffer;
}

export interface Checkpoint extends TreeHead {
  origin: string;
}

/** A witness saw this checkpoint, and that it goes on from every earlier one that it saw: its verified line. */
export type Cosignature = VerifiedLine;

export interface OpenedCheckpoint extends Checkpoint {
  /** Of the witnesses asked for, those that signed. */
  cosignatures: readonly Cosignature[];
}

/** Text that the log signs. */
export const formatCheckpoint = ({ origin, size, root }: Checkpoint): string =>
  `${origin}\n${size}\n${root.toString('base64')}\n`;

/** Reads a checkpoint's text. Throws `Unverified` (`malformed`). Lines after the root are extensions, and ignored. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', base64 = '', ...extensions] = text.replace(/\n$/, '').split('\n');
  const root = bytesOf(base64);
  const good =
    origin !== '' &&
    /^(0|[1-9]\d{0,15})$/.test(size) &&
    Number.isSafeInteger(Number(size)) &&
    root?.length === HASH_BYTES &&
    !extensions.includes('');
  if (!good) throw new Unverified('malformed', 'this is no checkpoint');
  return { origin, size: Number(size), root };
}

/**
 * Reads a signed checkpoint and verifies it: the log's signature, and every one of the given witnesses that is there.
 * Throws `Unverified`. `log` is the log's verifier key, whose name is its origin.
 */
export function openCheckpoint(
  note: string,
  log: NoteKey,
  witnesses: readonly NoteKey[] = [],
): OpenedCheckpoint {
  const parsed = parseNote(note);
  verifyNote(parsed, log);
  const checkpoint = parseCheckpoint(parsed.text);
  if (checkpoint.origin !== log.name)
    throw new Unverified('wrong-origin', `this is a checkpoint of ${checkpoint.origin}`);
  const cosignatures = witnesses
    .filter((witness) => linesOf(parsed, witness).length > 0)
    .map((witness) => verifyNote(parsed, witness));
  return { ...checkpoint, cosignatures };
}
