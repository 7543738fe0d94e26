import type { Request, RequestHandler, Response } from 'express';
import { LRUCache } from 'lru-cache';
import { networkOf } from './caller-network.ts';
import { rateLimit } from './middleware.ts';

/** A session counts as known for so long after it was found alive, ms. */
const KNOWN_MS = 10 * 60_000;
/** As many as use one process within that time; one that was forgotten is counted with its address until its next call. */
const MOST_KNOWN = 100_000;

/**
 * One limit per session; per address without one. A mobile network hides thousands of people behind one address, who
 * all look when a flight has landed. A cookie that somebody made up is no session, and gives no limit of its own: only one
 * that was found alive does. `sessionOf`: hash of the cookie's secret; limits are
 * per second.
 */
export function limitBySession(
  sessionOf: (req: Request) => Buffer | null,
  { session: ofSession, address }: { session: number; address: number },
): RequestHandler {
  const known = new LRUCache<string, true>({ max: MOST_KNOWN, ttl: KNOWN_MS });
  const keyOf = (req: Request) => sessionOf(req)?.toString('hex');
  const perSession = rateLimit(ofSession, (req) => keyOf(req) ?? '', 'session');
  const perAddress = rateLimit(address, networkOf, 'address');
  return (req, res, next) => {
    const session = keyOf(req);
    if (session === undefined) return perAddress(req, res, next);
    res.locals.sessionIsAlive = () => known.set(session, true);
    return (known.has(session) ? perSession : perAddress)(req, res, next);
  };
}

/** The session of this call was found alive: from now on it has a limit of its own. */
export const sessionIsAlive = (res: Response): void => {
  (res.locals.sessionIsAlive as (() => void) | undefined)?.();
};
