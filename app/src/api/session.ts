import { navigate } from '../router.ts';
import { ApiProblem } from './client.ts';

let loginPath = '/login';

/** Where this app's login is, where it is elsewhere. */
export const setLoginPath = (path: string): void => {
  loginPath = path;
};

/** After a 401: to the login, and from there back to where the person was. */
export function toLogin(): void {
  const here = location.pathname + location.search;
  if (location.pathname === loginPath) return;
  navigate(`${loginPath}?next=${encodeURIComponent(here)}`, { replace: true });
}

export const isSessionExpired = (error: unknown): boolean =>
  error instanceof ApiProblem && error.status === 401;
