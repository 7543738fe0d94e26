import { confirmedBy } from '../../db/inbox.ts';
import { totals } from '../../domain/canonical.ts';
import { countDutyFree } from '../../domain/duty-free.ts';
import { taiwanDay } from '../../domain/taiwan-day.ts';
import type { ApiDeps } from '../deps.ts';
import { createRoute, type Routes } from '../route.ts';
import { dutyFreeAnswer } from '../schemas/importer-own.ts';
import { requireSession, sessionOf } from './session.ts';

/** `GET /app/duty-free`: how many exempt imports this half-year has seen. */
export function addDutyFreeRoute(routes: Routes, deps: ApiDeps): void {
  createRoute(routes)(
    'get',
    '/app/duty-free',
    { summary: 'My duty-free imports of this half-year', tags: ['importers'], security: 'session' },
    { answers: { 200: dutyFreeAnswer } },
    requireSession(deps),
  )(async ({ res }) => {
    const confirmed = await confirmedBy(deps.db, sessionOf(res).subjectId);
    const imports = confirmed.map(({ content }) => ({
      importDate: content.importDate,
      totals: totals(content),
    }));
    return { status: 200, body: countDutyFree(imports, taiwanDay(Date.now()), deps.settings.exchangeRates) };
  });
}
