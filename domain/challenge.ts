import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { jcs, sha256Hex } from './canonical.ts';
import type { Decision } from './outcome.ts';

/** The notice as shown: what the law asks for, in one language. */
export interface NoticeText {
  version: string;
  locale: string;
  text: string;
}

/** What the person's passkey signs. Absent members are null; `nonce` is 32 bytes in base64url. */
export interface SignedAct {
  v: 'poa/v1';
  /** Digest of the declaration version, hex. */
  digest: string;
  version: number;
  /** The broker's box number. */
  broker: string;
  /** WebAuthn userHandle of the person: the opaque subject id. */
  subject: string;
  decision: Decision;
  reason: string | null;
  /** Goods lines that are wrong, ascending sequence numbers. */
  lines: readonly number[] | null;
  noteDigest: string | null;
  notice: { digest: string; build: string | null };
  nonce: string;
}

/** Hex SHA-256 of the note in NFC. */
export const noteDigest = (note: string): string => sha256Hex(note.normalize('NFC'));

/** Hex SHA-256 of RFC 8785 `{version, locale, text}`. */
export const noticeDigest = ({ version, locale, text }: NoticeText): string =>
  sha256Hex(jcs({ version, locale, text }));

/** The WebAuthn challenge: SHA-256 of RFC 8785 over the act. */
export const challengeOf = (act: SignedAct): Uint8Array => sha256(utf8ToBytes(jcs(act)));
