import { PATHS } from '../paths.ts';
import { navigate } from '../router.ts';
import { ApiProblem } from './client.ts';

/** After a 401: to the login, and from there back to where the person was. */
export function toLogin(): void {
  const here = location.pathname + location.search;
  if (location.pathname === PATHS.login) return;
  navigate(`${PATHS.login}?next=${encodeURIComponent(here)}`, { replace: true });
}

export const isSessionExpired = (error: unknown): boolean =>
  error instanceof ApiProblem && error.status === 401;
