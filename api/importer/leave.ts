import { endIdentity } from '../../db/identity-end.ts';
import { transaction } from '../../db/pool.ts';
import { tellIdentityEnd } from '../../gateways/identity-end.ts';
import { createCookies } from '../cookies.ts';
import type { ApiDeps } from '../deps.ts';
import { createRoute, type Routes } from '../route.ts';
import { requireRecent } from './devices.ts';
import { requireSession } from './session.ts';

/**
 * `DELETE /app/identity`: leave. What was answered stays valid: it was given. What is asked looks for its consignee anew,
 * Customs' file ends, and the data go with the last POA that has to be kept.
 */
export function addLeaveRoute(routes: Routes, deps: ApiDeps): void {
  const cookies = createCookies(deps.settings.publicUrl);

  createRoute(routes)(
    'delete',
    '/app/identity',
    {
      summary: 'Leave, right after a login',
      tags: ['importers'],
      security: 'session',
      problems: ['forbidden'],
    },
    { answers: { 204: null } },
    requireSession(deps),
  )(async ({ res }) => {
    const { subjectId } = requireRecent(res);
    const ended = await transaction(deps.db.pool, (client) =>
      endIdentity(client, { subjectId, reason: 'left' }),
    );
    // Twice at once: the other one has told everybody.
    if (ended) await tellIdentityEnd(deps.processes, ended);
    cookies.clearSession(res);
    cookies.clearRegistration(res);
    return { status: 204 };
  });
}
