/** What a passkey does here; each is one gesture of the person. */
import {
  type AuthenticationResponseJSON,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  startAuthentication,
  startRegistration,
  WebAuthnError,
} from '@simplewebauthn/browser';
import { api } from './client.ts';

/** The person closed the phone's dialog, or let it time out: nothing has happened. */
export class GestureCancelled extends Error {
  override readonly name = 'GestureCancelled';
}

/** This device has a passkey for this service already. */
export class PasskeyExists extends Error {
  override readonly name = 'PasskeyExists';
}

export const passkeysSupported = (): boolean => typeof PublicKeyCredential !== 'undefined';

/** Adds a passkey of this device; right after a registration this logs in, too. Throws as `api`, and the two above. */
export async function createPasskey(): Promise<void> {
  const options = await api.post<PublicKeyCredentialCreationOptionsJSON>('/app/passkeys/options', {});
  await api.post('/app/passkeys', await makePasskey(options));
}

/** Logs in with whichever passkey the person chooses. Throws as `api`, and `GestureCancelled`. */
export async function logIn(): Promise<void> {
  const options = await api.post<PublicKeyCredentialRequestOptionsJSON>('/app/session/options', {});
  await api.post('/app/session', await sign(options));
}

/** Makes a passkey on this device. Throws the two above. */
export const makePasskey = (
  optionsJSON: PublicKeyCredentialCreationOptionsJSON,
): Promise<RegistrationResponseJSON> => gesture(startRegistration({ optionsJSON }));

/** Signs the challenge of request options (evidence.md §2). Throws `GestureCancelled`. */
export const sign = (
  optionsJSON: PublicKeyCredentialRequestOptionsJSON,
): Promise<AuthenticationResponseJSON> => gesture(startAuthentication({ optionsJSON }));

async function gesture<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    const exists =
      error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED';
    if (exists || name === 'InvalidStateError') throw new PasskeyExists();
    if (name === 'NotAllowedError' || name === 'AbortError') throw new GestureCancelled();
    throw error;
  }
}
