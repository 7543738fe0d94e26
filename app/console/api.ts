/** Calls of the console's API, and what its passkeys do. */
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser';
import { useEffect, useRef } from 'preact/hooks';
import { afterLogin } from '../src/api/after-login.ts';
import { api } from '../src/api/client.ts';
import { makePasskey, sign } from '../src/api/webauthn.ts';

/** Where the API is for this page. */
export const at = (path: string): string => `/console/api${path}`;

/** Logs in with whichever passkey the person chooses. Throws as `api`, and `GestureCancelled`. */
export async function logIn(): Promise<void> {
  const options = await api.post<PublicKeyCredentialRequestOptionsJSON>(at('/session/options'), {});
  await api.post(at('/session'), await sign(options));
}

/** Joins with a passkey of this device. Throws as `api`, `GestureCancelled` and `PasskeyExists`. */
export async function join(token: string): Promise<void> {
  const path = at('/invitation');
  const options = await api.post<PublicKeyCredentialCreationOptionsJSON>(`${path}/options`, { token });
  await api.post(`${path}/acceptance`, { token, passkey: await makePasskey(options) });
}

/** One more passkey. Throws as `join`. */
export async function addPasskey(): Promise<void> {
  const options = await api.post<PublicKeyCredentialCreationOptionsJSON>(at('/passkeys/options'), {});
  await api.post(at('/passkeys'), await makePasskey(options));
}

/** Does what only a fresh login may do, after another login where it has to be. Throws as `act` and `logIn`. */
export const withRecentLogin = <T>(act: () => Promise<T>): Promise<T> => afterLogin(act, logIn);

/** Of a request that is made once, however often it has to be sent. */
export const newKey = (): string => crypto.randomUUID();

/** Looks again whenever what it depends on has changed. */
export function useRefreshOn(changed: string, refresh: () => void): void {
  const seen = useRef(changed);
  useEffect(() => {
    if (seen.current === changed) return;
    seen.current = changed;
    refresh();
  }, [changed, refresh]);
}
