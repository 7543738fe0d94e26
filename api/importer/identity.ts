import { type OwnIdentity, readIdentity, setFrozen } from '../../db/identities.ts';
import { passkeysOf } from '../../db/passkeys.ts';
import { type WaitingPhoneChange, waitingPhoneChange } from '../../db/phone-changes.ts';
import type { ApiDeps } from '../deps.ts';
import { HttpProblem } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { identityAnswer } from '../schemas/importer.ts';
import { requireSession, sessionOf } from './session.ts';

/** A person's own data, and the brake that they can pull themselves. */
export function addIdentityRoutes(routes: Routes, deps: ApiDeps): void {
  const { db } = deps;
  const route = createRoute(routes);
  const loggedIn = requireSession(deps);
  const tags: [string] = ['importers'];

  route(
    'get',
    '/app/identity',
    { summary: 'My own data', tags, security: 'session', problems: ['not-found'] },
    { answers: { 200: identityAnswer } },
    loggedIn,
  )(async ({ res }) => {
    const { subjectId } = sessionOf(res);
    const identity = await readIdentity(db, subjectId);
    if (!identity) throw new HttpProblem('not-found', 'Your data are not here any more.');
    const passkeys = await passkeysOf(db.pool, subjectId);
    const phoneChange = await waitingPhoneChange(db.pool, subjectId);
    const body = {
      ...own(identity),
      passkeys: passkeys.length,
      ...(phoneChange && { phoneChange: waiting(phoneChange) }),
    };
    return { status: 200, body };
  });

  for (const [path, frozen, summary] of [
    ['/app/identity/freeze', true, 'Freeze: nothing is confirmed in my name'],
    ['/app/identity/unfreeze', false, 'Unfreeze'],
  ] as const) {
    route(
      'post',
      path,
      { summary, tags, security: 'session', problems: ['forbidden'] },
      { answers: { 204: null } },
      loggedIn,
    )(async ({ res }) => {
      await setFrozen(db.pool, sessionOf(res).subjectId, frozen);
      return { status: 204 };
    });
  }
}

const waiting = ({ registrationId, requestedAt, effectiveAt }: WaitingPhoneChange) => ({
  registrationId,
  requestedAt: requestedAt.toISOString(),
  effectiveAt: effectiveAt.toISOString(),
});

const own = (identity: OwnIdentity) => ({
  idNumber: identity.idNumber,
  idType: identity.idType,
  name: identity.name,
  birthDate: identity.birthDate,
  phone: identity.phone,
  operator: identity.verification.operator,
  verifiedAt: identity.verification.verifiedAt,
  boundAt: identity.boundAt?.toISOString(),
  frozenAt: identity.frozenAt?.toISOString(),
  suspendedAt: identity.suspendedAt?.toISOString(),
  suspensionReason: identity.suspensionReason ?? undefined,
});
