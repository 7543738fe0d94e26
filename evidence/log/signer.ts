import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { JWK } from 'jose';
import { formatCheckpoint, type TreeHead } from '../verify/checkpoint.ts';
import { formatSignatureLine, formatVerifierKey, keyId } from '../verify/note.ts';

/** Signs checkpoints: the log's own key, whose name is the log's origin. */
export interface CheckpointSigner {
  origin: string;
  /** Verifier key, as published: what others check checkpoints with. */
  verifierKey: string;
  /** A signed checkpoint. The same head gives the same bytes (Ed25519 is deterministic, RFC 8032). */
  sign(head: TreeHead): string;
}

/** `privateJwk`: Ed25519 (RFC 8037). Throws when the key is another, or the origin cannot be a key's name. */
export function createCheckpointSigner(origin: string, privateJwk: JWK): CheckpointSigner {
  const privateKey = createPrivateKey({ key: privateJwk as Record<string, string>, format: 'jwk' });
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new TypeError("the log's key must be an Ed25519 key");
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const publicKey = Buffer.from(x, 'base64url');
  const id = keyId(origin, 'ed25519', publicKey);
  return {
    origin,
    verifierKey: formatVerifierKey(origin, 'ed25519', publicKey),
    sign(head) {
      const text = formatCheckpoint({ origin, ...head });
      const signature = sign(null, Buffer.from(text), privateKey);
      return `${text}\n${formatSignatureLine({ name: origin, keyId: id, signature })}`;
    },
  };
}
