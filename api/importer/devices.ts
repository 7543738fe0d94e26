import type { Response } from 'express';
import { type Devices, endOtherSessions, endSession, readDevices, revokePasskey } from '../../db/devices.ts';
import type { Session } from '../../db/sessions.ts';
import { createCookies } from '../cookies.ts';
import type { ApiDeps } from '../deps.ts';
import { HttpProblem, PROBLEMS } from '../problem.ts';
import { createRoute, type RouteMeta, type Routes } from '../route.ts';
import { idParams } from '../schemas/importer.ts';
import { credentialParams, devicesAnswer } from '../schemas/importer-own.ts';
import { requireSession, sessionOf } from './session.ts';

/** A person's passkeys and sessions, to be looked at and ended. */
export function addDeviceRoutes(routes: Routes, deps: ApiDeps): void {
  const { db } = deps;
  const route = createRoute(routes);
  const cookies = createCookies(deps.settings.publicUrl);
  const loggedIn = requireSession(deps);
  const meta = (summary: string): RouteMeta => ({
    summary,
    tags: ['importers'],
    security: 'session',
    problems: ['forbidden'],
  });

  route(
    'get',
    '/app/devices',
    { ...meta('My passkeys and sessions'), problems: [] },
    { answers: { 200: devicesAnswer } },
    loggedIn,
  )(async ({ res }) => ({ status: 200, body: shown(await readDevices(db.pool, sessionOf(res))) }));

  route(
    'delete',
    '/app/passkeys/:credentialId',
    meta('Revoke a passkey, right after a login; its sessions end, too'),
    { params: credentialParams, answers: { 204: null } },
    loggedIn,
  )(async ({ params, res }) => {
    const { subjectId, credentialId: current } = requireRecent(res);
    const credentialId = Buffer.from(params.credentialId, 'base64url');
    if (!(await revokePasskey(db.pool, subjectId, credentialId))) throw notFound();
    if (current?.equals(credentialId)) cookies.clearSession(res);
    return { status: 204 };
  });

  route(
    'delete',
    '/app/sessions/:id',
    meta('End one of my sessions'),
    { params: idParams, answers: { 204: null } },
    loggedIn,
  )(async ({ params, res }) => {
    if (!(await endSession(db.pool, sessionOf(res).subjectId, params.id))) throw notFound();
    return { status: 204 };
  });

  route(
    'delete',
    '/app/sessions',
    meta('End all of my sessions but this one'),
    { answers: { 204: null } },
    loggedIn,
  )(async ({ res }) => {
    await endOtherSessions(db.pool, sessionOf(res));
    return { status: 204 };
  });
}

/** What cannot be taken back is done right after a login only. Throws `forbidden`. */
export function requireRecent(res: Response): Session {
  const session = sessionOf(res);
  if (!session.recent)
    throw new HttpProblem('forbidden', 'Log in with your passkey once more, then try again.');
  return session;
}

const notFound = () => new HttpProblem('not-found', PROBLEMS['not-found'].remedy);

const shown = ({ passkeys, sessions, pushSubscriptions }: Devices) => ({
  passkeys: passkeys.map(({ credentialId, createdAt, lastUsedAt, ...passkey }) => ({
    ...passkey,
    credentialId: credentialId.toString('base64url'),
    createdAt: createdAt.toISOString(),
    ...(lastUsedAt && { lastUsedAt: lastUsedAt.toISOString() }),
  })),
  sessions: sessions.map(({ createdAt, ...session }) => ({ ...session, createdAt: createdAt.toISOString() })),
  pushSubscriptions,
});
