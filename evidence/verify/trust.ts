/** What a verifier believes, given from outside: nothing in a pack is believed for being in it. */
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { type TrustedJwk, trustedKeys } from './jws.ts';
import { type NoteKey, parseNote, parseVerifierKey } from './note.ts';

/** As a caller has it, in the published forms. */
export interface Trust {
  /** The JWKS that receipts are checked with, as JSON. */
  jwks: unknown;
  /** The log's verifier key (C2SP signed-note). */
  logKey?: string | undefined;
  /** A checkpoint of the log that the caller got elsewhere: the pack must be proved against just this one. */
  checkpoint?: string | undefined;
  /** Verifier keys of witnesses, each of which must have cosigned. */
  witnesses?: readonly string[] | undefined;
  /** Where the passkey must have been used; else the pack's own sealed statement counts. */
  relyingParty?: { id: string; origin: string } | undefined;
}

export interface TrustRoots {
  keys: readonly TrustedJwk[];
  log: NoteKey | null;
  checkpoint: Checkpoint | null;
  witnesses: readonly NoteKey[];
  relyingParty: { id: string; origin: string } | null;
}

/** What is to be believed cannot be read, or does not suffice. */
export class BadTrust extends Error {
  override readonly name = 'BadTrust';
}

/** Throws `BadTrust`. */
export function trustRoots({ jwks, logKey, checkpoint, witnesses = [], relyingParty }: Trust): TrustRoots {
  if (logKey === undefined && checkpoint === undefined)
    throw new BadTrust("the log's key or a checkpoint of it is needed");
  const keys = read('the JWKS', () => trustedKeys(jwks));
  if (keys.length === 0) throw new BadTrust('the JWKS holds no ES256 key');
  return {
    keys,
    log: logKey === undefined ? null : read("the log's key", () => parseVerifierKey(logKey.trim())),
    checkpoint:
      checkpoint === undefined
        ? null
        : read('the checkpoint', () => parseCheckpoint(parseNote(checkpoint).text)),
    witnesses: witnesses.map((witness) => read("a witness's key", () => parseVerifierKey(witness.trim()))),
    relyingParty: relyingParty ?? null,
  };
}

function read<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch {
    throw new BadTrust(`${what} cannot be read`);
  }
}
