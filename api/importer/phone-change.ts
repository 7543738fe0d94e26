import { refusePhoneChange } from '../../db/phone-changes.ts';
import type { ApiDeps } from '../deps.ts';
import { createRoute, type Routes } from '../route.ts';
import { bestEffort } from './best-effort.ts';
import { requireSession, sessionOf } from './session.ts';

/** "That was not me": somebody asks to move this identity to another phone number, and waits. */
export function addPhoneChangeRoutes(routes: Routes, deps: ApiDeps): void {
  const route = createRoute(routes);

  route(
    'post',
    '/app/identity/phone-change/refusal',
    {
      summary: 'Refuse the change of my phone number that waits',
      tags: ['importers'],
      security: 'session',
      problems: ['forbidden', 'not-found', 'too-late'],
    },
    { answers: { 204: null } },
    requireSession(deps),
  )(async ({ res }) => {
    const refused = await refusePhoneChange(deps.db.pool, sessionOf(res).subjectId);
    for (const registrationId of refused)
      await bestEffort(deps, 'object', () => deps.processes.lookAgainAtRegistration(registrationId));
    return { status: 204 };
  });
}
