import { reportConfirmation } from '../../db/fraud-cases.ts';
import type { ApiDeps } from '../deps.ts';
import { createRoute, type Routes } from '../route.ts';
import { idParams } from '../schemas/importer.ts';
import { fraudCaseAnswer, reportBody } from '../schemas/importer-own.ts';
import { bestEffort } from './best-effort.ts';
import { requireSession, sessionOf } from './session.ts';

/** `POST /app/declarations/{id}/report`: "that was not me", after a confirmation. */
export function addReportRoute(routes: Routes, deps: ApiDeps): void {
  createRoute(routes)(
    'post',
    '/app/declarations/:id/report',
    {
      summary: 'That confirmation was not me: opens a fraud case and tells Customs; rewrites nothing',
      tags: ['importers'],
      security: 'session',
      problems: ['forbidden', 'already-decided'],
    },
    { params: idParams, body: reportBody, answers: { 200: fraudCaseAnswer, 201: fraudCaseAnswer } },
    requireSession(deps),
  )(async ({ params, body, res }) => {
    const { caseId, openedAt, noticeId } = await reportConfirmation(
      deps.db,
      sessionOf(res).subjectId,
      params.id,
      body?.note ?? null,
    );
    if (noticeId) await bestEffort(deps, 'fraud case', () => deps.processes.startCustomsNotice(noticeId));
    return { status: noticeId ? 201 : 200, body: { caseId, openedAt: openedAt.toISOString() } };
  });
}
