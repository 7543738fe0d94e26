/** A WebAuthn assertion (Web Authentication Level 3 §7.2), verified by itself: nothing of a server is needed. */
import { createHash, verify } from 'node:crypto';
import { z } from 'zod';
import { coseKey } from './cose.ts';
import { Failure } from './failure.ts';

export interface AssertionParts {
  authenticatorData: Uint8Array;
  /** UTF-8 JSON, as the browser made it. */
  clientDataJSON: Uint8Array;
  signature: Uint8Array;
  /** COSE key. */
  publicKey: Uint8Array;
}

const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();

/** Members that are read; browsers add others (§5.8.1: it grows). */
const clientDataSchema = z.looseObject({
  type: z.string(),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
});

/** What the browser says it asked the passkey for. Throws `Failure` unless it is this challenge, on this origin (null: any). */
export function checkClientData(
  clientDataJSON: Uint8Array,
  { challenge, origin }: { challenge: Uint8Array; origin: string | null },
): void {
  const data = readClientData(clientDataJSON);
  if (data.type !== 'webauthn.get')
    throw new Failure(`this is a "${data.type}", not a signature with a passkey`);
  const expected = Buffer.from(challenge).toString('base64url');
  if (data.challenge !== expected) throw new Failure('the passkey was asked to sign something else');
  if (origin !== null && data.origin !== origin)
    throw new Failure(`it was asked on ${data.origin}, not on ${origin}`);
  if (data.crossOrigin) throw new Failure('it was asked from within a page of another site');
}

function readClientData(bytes: Uint8Array): z.infer<typeof clientDataSchema> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return clientDataSchema.parse(JSON.parse(text));
  } catch {
    throw new Failure('clientDataJSON is not what a browser makes');
  }
}

/** §6.1: 32 bytes of SHA-256 of the RP id, flags, 4 bytes of counter; then extensions, if any. */
const FLAGS_AT = 32;
const LEAST_BYTES = 37;
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;

/** What the authenticator vouches for: the relying party, and that it verified its user. Throws `Failure`. */
export function checkAuthenticatorData(bytes: Uint8Array, rpId: string | null): void {
  if (bytes.length < LEAST_BYTES) throw new Failure('the authenticator data are too short');
  if (rpId !== null && !sha256(rpId).equals(bytes.subarray(0, FLAGS_AT)))
    throw new Failure(`the passkey signed for another service than ${rpId}`);
  const flags = bytes[FLAGS_AT] ?? 0;
  if (!(flags & USER_PRESENT)) throw new Failure('nobody touched the device');
  if (!(flags & USER_VERIFIED)) throw new Failure('the device did not verify its user (PIN or biometrics)');
}

/** The signature over authenticatorData ‖ SHA-256(clientDataJSON). Throws `Failure`. */
export function checkSignature({
  authenticatorData,
  clientDataJSON,
  signature,
  publicKey,
}: AssertionParts): void {
  const { key, algorithm } = coseKey(publicKey);
  const signed = Buffer.concat([authenticatorData, sha256(clientDataJSON)]);
  // EdDSA hashes by itself; ECDSA signatures are DER (§6.5.5).
  if (!verify(algorithm === 'EdDSA' ? null : 'sha256', signed, key, signature))
    throw new Failure('the signature is not of this passkey over these data');
}

/** As receipts name an assertion: SHA-256 over authenticatorData, SHA-256(clientDataJSON) and signature; base64url. */
export const assertionHash = ({ authenticatorData, clientDataJSON, signature }: AssertionParts): string =>
  sha256(Buffer.concat([authenticatorData, sha256(clientDataJSON), signature])).toString('base64url');
