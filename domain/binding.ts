import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { jcs, sha256Hex } from './canonical.ts';

/**
 * Who answered, and how that was known, as it stood when they answered: the proof that ties a passkey to a SIM and a name. No
 * identity number and no date of birth: whoever may know them finds them at Customs, under the file number.
 */
export interface BindingProof {
  v: 'binding/v1';
  /** 32 random bytes, base64url: a guessed name and phone cannot be compared with the digest in a receipt. */
  salt: string;
  /** WebAuthn userHandle. */
  subject: string;
  name: string;
  /** E.164 */
  phone: string;
  /** Of Customs' database file. */
  fileNumber: string | null;
  /** RFC 3339. */
  boundAt: string;
  verification: {
    binding: Record<string, unknown>;
    numberVerification: Record<string, unknown> | null;
    kycMatch: Record<string, unknown> | null;
  };
  passkey: {
    /** base64url */
    credentialId: string;
    /** Hex SHA-256 of the COSE key. */
    publicKeyDigest: string;
    /** RFC 3339. */
    createdAt: string;
  };
  /** The relying party that the passkey signs for, and the only origin that it may be used from. */
  relyingParty: { id: string; origin: string };
}

/** Exact text of a proof (RFC 8785), and the hex SHA-256 that receipts name it by. */
export function bindingText(proof: BindingProof): { text: string; digest: string } {
  const text = jcs(proof);
  return { text, digest: sha256Hex(text) };
}

/** Hex SHA-256 of a COSE key. */
export const publicKeyDigest = (coseKey: Uint8Array): string => bytesToHex(sha256(coseKey));
