import type { RequestHandler, Response } from 'express';
import { LRUCache } from 'lru-cache';
import { ConsentryError } from '../../domain/error-code.ts';
import type { ApiDeps } from '../deps.ts';
import { rateLimit } from '../middleware.ts';
import type { Routes } from '../route.ts';
import { createCookies } from './cookies.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A session counts as known for so long after it was found alive, ms. */
const KNOWN_MS = 10 * 60_000;
/** As many as use one process within that time; one that was forgotten is counted with its address until its next call. */
const MOST_KNOWN = 100_000;

/** What every call under `/app` passes first: a limit, and calls that change something from our page only. */
export function addImporterGuards({ router }: Routes, { settings }: ApiDeps): void {
  router.use('/app', limited(settings));
  router.use('/app', sameOrigin(settings.publicUrl));
}

/**
 * One limit per session; per address without one. A mobile network hides thousands of people behind one address, who
 * all look when a flight has landed. A cookie that somebody made up is no session, and gives no limit of its own: only one
 * that was found alive does.
 */
function limited(settings: ApiDeps['settings']): RequestHandler {
  const cookies = createCookies(settings.publicUrl);
  const known = new LRUCache<string, true>({ max: MOST_KNOWN, ttl: KNOWN_MS });
  const perSession = rateLimit(
    settings.importerRateLimit,
    (req) => cookies.session(req)?.toString('hex') ?? '',
    'session',
  );
  const perAddress = rateLimit(settings.importerAddressRateLimit, (req) => req.ip ?? '', 'address');
  return (req, res, next) => {
    const session = cookies.session(req)?.toString('hex');
    if (session === undefined) return perAddress(req, res, next);
    res.locals.sessionIsAlive = () => known.set(session, true);
    return (known.has(session) ? perSession : perAddress)(req, res, next);
  };
}

/** The session of this call was found alive: from now on it has a limit of its own. */
export const sessionIsAlive = (res: Response): void => {
  (res.locals.sessionIsAlive as (() => void) | undefined)?.();
};

/** Browsers send `Origin` with every such call; one that does not match, or is missing, is refused (CSRF). */
const sameOrigin =
  (origin: string): RequestHandler =>
  (req, _res, next) => {
    if (!SAFE_METHODS.has(req.method) && req.get('origin') !== origin)
      throw new ConsentryError(
        'forbidden',
        'Calls that change something come from the page of this service.',
      );
    next();
  };
