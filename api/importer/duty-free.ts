import { answeredBy } from '../../db/inbox.ts';
import { totals } from '../../domain/canonical.ts';
import { dutyVerdict, halfYearOf } from '../../domain/duty-free.ts';
import { DUTY_FREE_PER_HALF_YEAR } from '../../domain/law.ts';
import { taiwanDay } from '../../domain/taiwan-day.ts';
import type { ApiDeps } from '../deps.ts';
import { createRoute, type Routes } from '../route.ts';
import { dutyFreeAnswer } from '../schemas/importer-own.ts';
import { requireSession, sessionOf } from './session.ts';

/** `GET /app/duty-free`: what a person confirmed of this half-year's imports, by whether it may be duty-free. */
export function addDutyFreeRoute(routes: Routes, deps: ApiDeps): void {
  createRoute(routes)(
    'get',
    '/app/duty-free',
    { summary: 'My duty-free imports in this half-year', tags: ['importers'], security: 'session' },
    { answers: { 200: dutyFreeAnswer } },
    requireSession(deps),
  )(async ({ res }) => {
    const { from, to } = halfYearOf(taiwanDay(Date.now()));
    const answered = await answeredBy(deps.db, sessionOf(res).subjectId, NO_FILTER);
    const verdicts = answered
      .filter(
        ({ answer, content }) => answer?.decision === 'confirmed' && within(content.importDate, from, to),
      )
      .map(({ content }) => dutyVerdict(totals(content), deps.settings.exchangeRates));
    const count = (verdict: string) => verdicts.filter((one) => one === verdict).length;
    const body = { from, to, limit: DUTY_FREE_PER_HALF_YEAR, counted: count('duty-free') };
    return { status: 200, body: { ...body, undetermined: count('unknown') } };
  });
}

/** By the day of import, which need not be that of the answer. */
const NO_FILTER = { from: null, before: null, waybill: null };

const within = (day: string, from: string, to: string): boolean => from <= day && day <= to;
