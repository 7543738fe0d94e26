import type { Response } from 'express';
import { inviteAgain, inviteUser, type NewInvitation } from '../../db/console/invitations.ts';
import type { ConsoleSession } from '../../db/console/sessions.ts';
import {
  type ConsoleUser,
  deactivateUser,
  endConsoleSession,
  listUsers,
  revokeConsolePasskey,
} from '../../db/console/users.ts';
import { CONSOLE } from '../broker/surface.ts';
import type { ApiDeps } from '../deps.ts';
import { HttpProblem, PROBLEMS } from '../problem.ts';
import { createRoute, type RouteMeta, type Routes } from '../route.ts';
import {
  newInvitationAnswer,
  newUserBody,
  type UserAnswer,
  userAnswer,
  userParams,
  userPasskeyParams,
  userSessionParams,
  usersAnswer,
} from '../schemas/console.ts';
import { consoleSessionOf, requireAdmin, requireRecentLogin } from './auth.ts';
import { invitationUrl } from './invitation.ts';

/** A broker's administrators invite, see and end its users; everybody sees and ends their own devices. */
export function addUserRoutes(routes: Routes, deps: ApiDeps): void {
  const { db, settings } = deps;
  const route = createRoute(routes);
  const { prefix, ...about } = CONSOLE;
  const meta = (summary: string, problems: RouteMeta['problems'] = []): RouteMeta => ({
    summary,
    ...about,
    problems: ['forbidden', ...problems],
  });
  const told = ({ userId, token, expiresAt }: NewInvitation) => ({
    userId,
    invitationUrl: invitationUrl(settings.publicUrl, token),
    expiresAt: expiresAt.toISOString(),
  });

  route('get', `${prefix}/users`, meta('Users of this broker, oldest first'), {
    answers: { 200: usersAnswer },
  })(async ({ res }) => {
    const users = await listUsers(db, requireAdmin(res).broker.brokerId);
    return { status: 200, body: { items: users.map(shown) } };
  });

  route('post', `${prefix}/users`, meta('Invite somebody, right after a login'), {
    body: newUserBody,
    answers: { 201: newInvitationAnswer },
  })(async ({ body, res }) => {
    const by = requireRecentAdmin(res);
    const invitation = await inviteUser(db, { ...body, brokerId: by.broker.brokerId, by });
    return { status: 201, body: told(invitation) };
  });

  route('get', `${prefix}/users/:userId`, meta('One user; everybody sees themselves'), {
    params: userParams,
    answers: { 200: userAnswer },
  })(async ({ params, res }) => {
    const { broker } = requireAdminOrSelf(res, params.userId);
    const [user] = await listUsers(db, broker.brokerId, params.userId);
    if (!user) throw notFound();
    return { status: 200, body: shown(user) };
  });

  route(
    'post',
    `${prefix}/users/:userId/invitation`,
    meta(
      'Another link, in place of the earlier one, right after a login: for whoever lost it, or every passkey',
    ),
    { params: userParams, answers: { 201: newInvitationAnswer } },
  )(async ({ params, res }) => {
    const by = requireRecentAdmin(res);
    const invitation = await inviteAgain(db, { brokerId: by.broker.brokerId, by }, params.userId);
    if (!invitation) throw notFound();
    return { status: 201, body: told(invitation) };
  });

  route(
    'post',
    `${prefix}/users/:userId/deactivation`,
    meta('End a user for good, right after a login', ['last-administrator']),
    { params: userParams, answers: { 204: null } },
  )(async ({ params, res }) => {
    if (!(await deactivateUser(db.pool, change(requireRecentAdmin(res), params.userId)))) throw notFound();
    return { status: 204 };
  });

  route(
    'delete',
    `${prefix}/users/:userId/passkeys/:credentialId`,
    meta('Revoke a passkey, right after a login; its sessions end, too', ['last-administrator']),
    { params: userPasskeyParams, answers: { 204: null } },
  )(async ({ params: { userId, credentialId }, res }) => {
    const session = requireAdminOrSelf(res, userId);
    requireRecentLogin(session);
    const id = Buffer.from(credentialId, 'base64url');
    if (!(await revokeConsolePasskey(db.pool, change(session, userId), id))) throw notFound();
    return { status: 204 };
  });

  route('delete', `${prefix}/users/:userId/sessions/:sessionId`, meta('End a session'), {
    params: userSessionParams,
    answers: { 204: null },
  })(async ({ params: { userId, sessionId }, res }) => {
    const session = requireAdminOrSelf(res, userId);
    if (!(await endConsoleSession(db.pool, change(session, userId), sessionId))) throw notFound();
    return { status: 204 };
  });
}

const change = (by: ConsoleSession, userId: string) => ({ brokerId: by.broker.brokerId, by, userId });

function requireRecentAdmin(res: Response): ConsoleSession {
  const session = requireAdmin(res);
  requireRecentLogin(session);
  return session;
}

const requireAdminOrSelf = (res: Response, userId: string): ConsoleSession =>
  consoleSessionOf(res).userId === userId ? consoleSessionOf(res) : requireAdmin(res);

const notFound = () => new HttpProblem('not-found', PROBLEMS['not-found'].remedy);

const stateOf = ({ joinedAt, deactivatedAt }: ConsoleUser): UserAnswer['state'] => {
  if (deactivatedAt) return 'deactivated';
  return joinedAt ? 'active' : 'invited';
};

const shown = (user: ConsoleUser): UserAnswer => {
  const { userId, name, role, createdAt, joinedAt, deactivatedAt, invitationExpiresAt } = user;
  return {
    userId,
    name,
    role,
    state: stateOf(user),
    createdAt: createdAt.toISOString(),
    ...(joinedAt && { joinedAt: joinedAt.toISOString() }),
    ...(deactivatedAt && { deactivatedAt: deactivatedAt.toISOString() }),
    ...(invitationExpiresAt && { invitationExpiresAt: invitationExpiresAt.toISOString() }),
    passkeys: user.passkeys.map(({ createdAt: made, lastUsedAt, ...passkey }) => ({
      ...passkey,
      createdAt: made.toISOString(),
      ...(lastUsedAt && { lastUsedAt: lastUsedAt.toISOString() }),
    })),
    sessions: user.sessions.map((one) => ({ ...one, createdAt: one.createdAt.toISOString() })),
  };
};
