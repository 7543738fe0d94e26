import { createCookies } from '../cookies.ts';
import type { ApiDeps } from '../deps.ts';
import { sameOrigin } from '../middleware.ts';
import type { Routes } from '../route.ts';
import { limitBySession } from '../session-rate.ts';

/** What every call under `/app` passes first: a limit, and calls that change something from our page only. */
export function addImporterGuards({ router }: Routes, { settings }: ApiDeps): void {
  const limits = { session: settings.importerRateLimit, address: settings.importerAddressRateLimit };
  router.use('/app', limitBySession(createCookies(settings.publicUrl).session, limits));
  router.use('/app', sameOrigin(settings.publicUrl));
}
