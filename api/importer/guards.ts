import type { RequestHandler } from 'express';
import { ConsentryError } from '../../domain/error-code.ts';
import type { ApiDeps } from '../deps.ts';
import { rateLimit } from '../middleware.ts';
import type { Routes } from '../route.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What every call under `/app` passes first: one limit per address, and calls that change something from our page only. */
export function addImporterGuards({ router }: Routes, { settings }: ApiDeps): void {
  router.use(
    '/app',
    rateLimit(settings.importerRateLimit, (req) => req.ip ?? ''),
  );
  router.use('/app', sameOrigin(settings.publicUrl));
}

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
