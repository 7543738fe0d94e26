import { afterLogin } from './after-login.ts';
import { api } from './client.ts';
import type { Session } from './types.ts';
import { logIn } from './webauthn.ts';

/**
 * Does what only a fresh passkey login may do (its answer without one is `forbidden`): after another login where it has to be.
 * Throws as `act` and `logIn`.
 */
export const withRecentLogin = <T>(act: () => Promise<T>): Promise<T> => afterLogin(act, logIn);

/** Logs in with the passkey unless that was done minutes ago. Throws as `api` and `logIn`. */
export async function withFreshLogin(): Promise<void> {
  const { recent } = await api.get<Session>('/app/session');
  if (!recent) await logIn();
}
