import { isUtf8 } from 'node:buffer';
import { timingSafeEqual } from 'node:crypto';
import express, { type Request, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { v7 as uuidv7 } from 'uuid';
import { hashSecret } from '../db/seal.ts';
import { ConsentryError } from '../domain/error-code.ts';
import { isUuid } from '../domain/ids.ts';
import { BODY_MAX_BYTES } from '../domain/limits.ts';
import { HttpProblem, PROBLEMS } from './problem.ts';

/** `x-request-id` on every answer: the caller's own when it is a UUID. Anything else could carry personal data into the log. */
export const requestId: RequestHandler = (req, res, next) => {
  const given = req.get('x-request-id') ?? '';
  res.setHeader('x-request-id', isUuid(given) ? given : uuidv7());
  next();
};

/** Method, route pattern, status and time: never a path with ids of people, a query, a header or a body. */
export const requestLog =
  (
    log: Logger,
    observe: (route: string, method: string, status: number, seconds: number) => void,
  ): RequestHandler =>
  (req, res, next) => {
    const began = performance.now();
    res.on('finish', () => {
      const ms = performance.now() - began;
      const route = (req.route as { path?: string } | undefined)?.path ?? 'unmatched';
      observe(route, req.method, res.statusCode, ms / 1000);
      log.info({
        method: req.method,
        route,
        status: res.statusCode,
        ms: Math.round(ms),
        requestId: res.getHeader('x-request-id'),
      });
    });
    next();
  };

/** Bytes that are no UTF-8 would silently become other characters than were sent. */
function requireUtf8(_req: unknown, _res: unknown, body: Buffer): void {
  if (!isUtf8(body)) throw new Error('not UTF-8');
}

/** JSON in UTF-8, up to the limit; another media type on a body is 415, but on paths that read their own. */
export const jsonBody = (ownTypes: ReadonlySet<string> = new Set()): RequestHandler[] => [
  (req, _res, next) => {
    const hasBody =
      req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
    if (hasBody && !ownTypes.has(req.path) && !req.is('application/json'))
      throw new HttpProblem('unsupported-media-type', 'Send application/json.');
    next();
  },
  express.json({
    type: (req) => !ownTypes.has((req as Request).path),
    limit: BODY_MAX_BYTES,
    strict: false,
    inflate: false,
    verify: requireUtf8,
  }),
];

/** Nothing here may be kept by caches; who has something kept all the same is answered in full, never 304. */
export const noStore: RequestHandler = (req, res, next) => {
  res.setHeader('cache-control', 'no-store');
  delete req.headers['if-none-match'];
  delete req.headers['if-modified-since'];
  next();
};

/**
 * Requests of one caller in a second (or `seconds`), told in `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers).
 * `policy`: by what callers are told apart.
 */
export function rateLimit(
  points: number,
  keyOf: (req: Request) => string,
  policy = 'default',
  seconds = 1,
): RequestHandler {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  return async (req, res, next) => {
    res.setHeader('ratelimit-policy', `"${policy}";q=${points};w=${seconds}`);
    const result = await limiter.consume(keyOf(req)).catch((limited: RateLimiterRes) => limited);
    const resetS = Math.max(1, Math.ceil(result.msBeforeNext / 1000));
    res.setHeader('ratelimit', `"${policy}";r=${Math.max(0, result.remainingPoints)};t=${resetS}`);
    if (result.consumedPoints > points) {
      const headers = { 'retry-after': String(resetS) };
      return next(new HttpProblem('too-many-requests', PROBLEMS['too-many-requests'].remedy, { headers }));
    }
    next();
  };
}

/** Compares secrets in constant time, whatever their lengths. */
export const sameSecret = (a: string, b: string): boolean => timingSafeEqual(hashSecret(a), hashSecret(b));

/** Token of `Authorization: Bearer` (RFC 6750), or null. */
export const bearerToken = (req: Request): string | null => {
  const match = /^Bearer ([A-Za-z0-9\-._~+/]+=*)$/i.exec(req.get('authorization') ?? '');
  return match?.[1] ?? null;
};

/** `challenge`: what is asked for (RFC 6750 §3). */
export const unauthenticated = (detail: string, challenge = 'Bearer'): HttpProblem =>
  new HttpProblem('unauthenticated', detail, { headers: { 'www-authenticate': challenge } });

/** One fixed bearer token, compared in constant time. */
export const requireToken =
  (token: string): RequestHandler =>
  (req, _res, next) => {
    const given = bearerToken(req);
    if (given === null || !sameSecret(given, token)) throw unauthenticated('A bearer token is needed.');
    next();
  };

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Browsers send `Origin` with every such call; one that does not match, or is missing, is refused (CSRF). */
export const sameOrigin =
  (origin: string): RequestHandler =>
  (req, _res, next) => {
    if (!SAFE_METHODS.has(req.method) && req.get('origin') !== origin)
      throw new ConsentryError(
        'forbidden',
        'Calls that change something come from the page of this service.',
      );
    next();
  };
