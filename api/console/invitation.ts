import type { RegistrationResponseJSON } from '@simplewebauthn/server';
import { findInvitation, type OpenInvitation } from '../../db/console/invitations.ts';
import { acceptInvitation, NO_INVITATION } from '../../db/console/passkeys.ts';
import { CONSOLE } from '../broker/surface.ts';
import { createCookies, newCookieSecret } from '../cookies.ts';
import type { ApiDeps } from '../deps.ts';
import { deviceLabel } from '../device-label.ts';
import { HttpProblem } from '../problem.ts';
import { createRoute, type RouteMeta, type Routes } from '../route.ts';
import { acceptanceBody, invitationAnswer, invitationToken } from '../schemas/console.ts';
import { webauthnOptions } from '../schemas/importer.ts';
import { checkedPasskey, creationOptions } from './new-passkey.ts';

/** Where an invitation's link leads. The token stands behind `#`: no server, log or referrer gets to see it. */
export const invitationUrl = (publicUrl: string, token: string): string =>
  `${publicUrl}/console/join#${token}`;

/** The invited look at their invitation and join with a passkey. The token travels in bodies only. */
export function addInvitationRoutes(routes: Routes, deps: ApiDeps): void {
  const route = createRoute(routes);
  const cookies = createCookies(deps.settings.publicUrl);
  const path = `${CONSOLE.prefix}/invitation`;
  const meta = (summary: string, problems: RouteMeta['problems'] = []): RouteMeta => ({
    summary,
    tags: CONSOLE.tags,
    problems: ['forbidden', 'not-found', ...problems],
  });

  route('post', path, meta('What a link invites to'), {
    body: invitationToken,
    answers: { 200: invitationAnswer },
  })(async ({ body }) => {
    const { broker, name, role, expiresAt } = await invited(deps, body.token);
    return { status: 200, body: { broker, name, role, expiresAt: expiresAt.toISOString() } };
  });

  route('post', `${path}/options`, meta("Options of the invited's passkey"), {
    body: invitationToken,
    answers: { 200: webauthnOptions },
  })(async ({ body }) => {
    const { userId, name, broker } = await invited(deps, body.token);
    return { status: 200, body: await creationOptions(deps, { userId, name, brokerName: broker.name }) };
  });

  route(
    'post',
    `${path}/acceptance`,
    meta('Join with a new passkey, which also logs in', ['assertion-rejected', 'challenge-expired']),
    { body: acceptanceBody, answers: { 204: null } },
  )(async ({ body, req, res }) => {
    const { userId } = await invited(deps, body.token);
    const response = body.passkey as RegistrationResponseJSON;
    const { passkey, challengeHash } = await checkedPasskey(
      deps,
      { userId, label: deviceLabel(req) },
      response,
    );
    const { secret, hash } = newCookieSecret();
    const by = { sessionHash: hash, earlierHash: cookies.console(req), challengeHash };
    await acceptInvitation(deps.db.pool, body.token, passkey, by);
    cookies.setConsole(res, secret);
    return { status: 204 };
  });
}

/** Throws `not-found`. */
async function invited({ db }: ApiDeps, token: string): Promise<OpenInvitation> {
  const invitation = await findInvitation(db, token);
  if (!invitation) throw new HttpProblem('not-found', NO_INVITATION);
  return invitation;
}
