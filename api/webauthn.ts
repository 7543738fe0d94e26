/** Passkeys as this service wants them: verified users, on this origin, for this relying party (WebAuthn Level 3). */
import {
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
  type VerifiedRegistrationResponse,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { COSEALG } from '@simplewebauthn/server/helpers';
import { refusalOf } from '../db/consents.ts';
import type { Passkey } from '../db/passkeys.ts';
import { hashSecret } from '../db/seal.ts';
import { HttpProblem } from './problem.ts';

export const CHALLENGE_BYTES = 32;

/** ES256 for phones, EdDSA for newer keys, RS256 for Windows' own. */
export const ALGORITHMS: COSEALG[] = [COSEALG.ES256, COSEALG.EdDSA, COSEALG.RS256];

export interface RelyingParty {
  publicUrl: string;
  rpId: string;
}

/** The challenge that a response says it answers, base64url. Throws `validation-failed` when it cannot be read. */
export function challengeIn({ response }: { response: { clientDataJSON: string } }): string {
  try {
    const { challenge } = JSON.parse(Buffer.from(response.clientDataJSON, 'base64url').toString('utf8'));
    if (typeof challenge === 'string') return challenge;
  } catch {
    // Told below: what was sent is no client data.
  }
  throw new HttpProblem('validation-failed', 'clientDataJSON is not what a browser makes.');
}

/** A passkey as options list it. */
export const descriptor = ({ credentialId, transports }: Pick<Passkey, 'credentialId' | 'transports'>) => ({
  id: credentialId.toString('base64url'),
  transports,
});

/** As the tables of challenges keep it. */
export const challengeHash = (challenge: string): Buffer => hashSecret(Buffer.from(challenge, 'base64url'));

/** Checks a signature with the person's passkey over the challenge; returns the new count. Throws `assertion-rejected`. */
export async function verifyAssertion(
  { publicUrl, rpId }: RelyingParty,
  response: AuthenticationResponseJSON,
  challenge: string,
  passkey: Pick<Passkey, 'credentialId' | 'publicKey' | 'signCount'>,
): Promise<number> {
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: publicUrl,
      expectedRPID: rpId,
      requireUserVerification: true,
      credential: {
        id: passkey.credentialId.toString('base64url'),
        publicKey: new Uint8Array(passkey.publicKey),
        counter: passkey.signCount,
      },
    });
    if (verified) return authenticationInfo.newCounter;
  } catch {
    // Whatever the library minds, the caller is told one thing.
  }
  throw refusalOf('assertion-rejected');
}

/** Checks a new passkey. Throws `assertion-rejected`. */
export async function verifyNewPasskey(
  { publicUrl, rpId }: RelyingParty,
  response: RegistrationResponseJSON,
  challenge: string,
): Promise<NonNullable<VerifiedRegistrationResponse['registrationInfo']>> {
  const result = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: publicUrl,
    expectedRPID: rpId,
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch(() => ({ verified: false as const }));
  if (!result.verified) throw refusalOf('assertion-rejected');
  return result.registrationInfo;
}

/** A discoverable passkey says whose it is (WebAuthn Level 3 §7.2 step 6). */
export const namesOwner = ({ response }: AuthenticationResponseJSON, userHandle: string): boolean =>
  response.userHandle !== undefined &&
  Buffer.from(response.userHandle, 'base64url').toString('utf8') === userHandle;
