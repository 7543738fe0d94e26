import { lookupsOf } from '../../db/lookups.ts';
import type { ApiDeps } from '../deps.ts';
import { createRoute, type Routes } from '../route.ts';
import { lookupsAnswer } from '../schemas/importer-own.ts';
import { requireSession, sessionOf } from './session.ts';

/** `GET /app/lookups`: who of Customs looked at what was shown to the person, when and why. */
export function addLookupRoute(routes: Routes, deps: ApiDeps): void {
  createRoute(routes)(
    'get',
    '/app/lookups',
    { summary: "Customs' look-ups of my powers of attorney", tags: ['importers'], security: 'session' },
    { answers: { 200: lookupsAnswer } },
    requireSession(deps),
  )(async ({ res }) => {
    const seen = await lookupsOf(deps.db, sessionOf(res).subjectId);
    return {
      status: 200,
      body: { items: seen.map(({ at, ...rest }) => ({ at: at.toISOString(), ...rest })) },
    };
  });
}
