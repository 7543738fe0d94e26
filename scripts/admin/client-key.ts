import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { algorithmsOf, type PublicJwk } from '../../domain/client-key.ts';
import { Refusal } from './command.ts';

const KID = /^[\x21-\x7e]{1,255}$/;
/** Of EC, RSA and symmetric keys (RFC 7518 §6). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** A public key in a file, JWK (RFC 7517) or PEM, and its id: its own, else its thumbprint (RFC 7638). Throws `Refusal`. */
export async function publicKeyIn(file: string): Promise<{ kid: string; jwk: PublicJwk }> {
  const given = jwkOf(readFileSync(file, 'utf8'));
  const jwk = publicPartOf(given);
  if (algorithmsOf(jwk) === null)
    throw new Refusal('The key is neither of P-256, nor Ed25519, nor RSA of 2048 to 8192 bits.');
  const kid = given.kid ?? (await calculateJwkThumbprint(jwk as JWK));
  if (!KID.test(kid)) throw new Refusal('"kid" is 1 to 255 visible ASCII characters.');
  return { kid, jwk: { ...jwk, kid } };
}

function jwkOf(text: string): JWK {
  if (/PRIVATE KEY/.test(text) || /"(d|k)"\s*:/.test(text)) throw isPrivate();
  try {
    return text.trimStart().startsWith('{')
      ? (JSON.parse(text) as JWK)
      : (createPublicKey(text).export({ format: 'jwk' }) as JWK);
  } catch {
    throw new Refusal('The file holds neither a JWK nor a public key in PEM.');
  }
}

/** Nothing but the key itself, once it is known to be one. */
function publicPartOf(given: JWK): PublicJwk {
  if (PRIVATE_MEMBERS.some((member) => member in given)) throw isPrivate();
  try {
    return createPublicKey({ key: { ...given }, format: 'jwk' }).export({ format: 'jwk' }) as PublicJwk;
  } catch {
    throw new Refusal('The JWK is no public key.');
  }
}

const isPrivate = () =>
  new Refusal('That is a private key: keep it, make a new one if anybody saw it, and give the public half.');
