import type { CallLimits } from './http.ts';
import type { ClientToken } from './oidc.ts';

/** A kept token is used until this long before its end, ms: longer than any call that it opens. */
const MARGIN_MS = 30_000;

/** Tokens of our own, each kept for its scope until shortly before it expires: a hot path asks for none. */
export function createTokenKeeper(
  fetchToken: (scope: string, limits: CallLimits) => Promise<ClientToken>,
  now: () => number = Date.now,
) {
  const kept = new Map<string, { token: string; until: number }>();
  return {
    async get(scope: string, limits: CallLimits): Promise<string> {
      const known = kept.get(scope);
      if (known && known.until > now()) return known.token;
      const { accessToken, expiresIn } = await fetchToken(scope, limits);
      kept.set(scope, { token: accessToken, until: now() + expiresIn * 1000 - MARGIN_MS });
      return accessToken;
    },
    /** The operator does not accept it any more. */
    forget(scope: string, token: string): void {
      if (kept.get(scope)?.token === token) kept.delete(scope);
    },
  };
}
