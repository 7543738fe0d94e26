/** Keys of a log and of a witness, and what the witness does with a checkpoint. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createCheckpointSigner } from '../../evidence/log/signer.ts';
import {
  cosignedMessage,
  formatSignatureLine,
  formatVerifierKey,
  parseNote,
  parseVerifierKey,
} from '../../evidence/verify/note.ts';

export const LOG_ORIGIN = 'log.example/consentry';

/** The 32 bytes of an Ed25519 public key. */
export const rawKey = (key: KeyObject): Buffer =>
  Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');

export function createLogKeys(origin = LOG_ORIGIN) {
  const signer = createCheckpointSigner(
    origin,
    generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }),
  );
  const customs = generateKeyPairSync('ed25519');
  const witness = formatVerifierKey('customs.example', 'cosignature/v1', rawKey(customs.publicKey));
  const witnessKey = parseVerifierKey(witness);
  /** The signature line that the witness adds to a checkpoint. */
  const cosign = (note: string, unixSeconds: number): string => {
    const { text } = parseNote(note);
    const timestamp = Buffer.alloc(8);
    timestamp.writeBigUInt64BE(BigInt(unixSeconds));
    const made = sign(null, Buffer.from(cosignedMessage(text, unixSeconds)), customs.privateKey);
    return formatSignatureLine({
      name: witnessKey.name,
      keyId: witnessKey.id,
      signature: Buffer.concat([timestamp, made]),
    });
  };
  return { signer, log: parseVerifierKey(signer.verifierKey), customs, witness, witnessKey, cosign };
}
