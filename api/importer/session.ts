import { randomBytes } from 'node:crypto';
import { type AuthenticationResponseJSON, generateAuthenticationOptions } from '@simplewebauthn/server';
import type { RequestHandler, Response } from 'express';
import { findChallenge, insertChallenge } from '../../db/challenges.ts';
import { refusalOf } from '../../db/consents.ts';
import { findPasskey, type Login, logIn } from '../../db/passkeys.ts';
import { deleteSession, findSession, type Session } from '../../db/sessions.ts';
import { CHALLENGE_TTL_MS } from '../../domain/limits.ts';
import { createCookies, newCookieSecret } from '../cookies.ts';
import type { ApiDeps } from '../deps.ts';
import { deviceLabel } from '../device-label.ts';
import { HttpProblem } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { authenticationResponse, emptyBody, webauthnOptions } from '../schemas/importer.ts';
import { sessionAnswer } from '../schemas/importer-settings.ts';
import { sessionIsAlive } from '../session-rate.ts';
import { CHALLENGE_BYTES, challengeHash, challengeIn, namesOwner, verifyAssertion } from '../webauthn.ts';

/** Lets only people pass who are logged in; `sessionOf(res)` says who. */
export function requireSession({ db, settings }: ApiDeps): RequestHandler {
  const cookies = createCookies(settings.publicUrl);
  return async (req, res, next) => {
    const hash = cookies.session(req);
    const session = hash && (await findSession(db.pool, hash));
    if (!session) throw new HttpProblem('unauthenticated', 'Log in with your passkey.');
    res.locals.session = session;
    sessionIsAlive(res);
    next();
  };
}

export const sessionOf = (res: Response): Session => res.locals.session as Session;

/** Log in with a passkey, whoever one is; log out. */
export function addSessionRoutes(routes: Routes, deps: ApiDeps): void {
  const { db, settings } = deps;
  const route = createRoute(routes);
  const cookies = createCookies(settings.publicUrl);

  route(
    'get',
    '/app/session',
    { summary: 'Whether I am logged in, and since a moment ago', tags: ['importers'] },
    { answers: { 200: sessionAnswer } },
  )(async ({ req, res }) => {
    const hash = cookies.session(req);
    const session = hash && (await findSession(db.pool, hash));
    if (session) sessionIsAlive(res);
    return { status: 200, body: { loggedIn: session !== null, recent: session?.recent ?? false } };
  });

  route(
    'post',
    '/app/session/options',
    { summary: 'Options of a login', tags: ['importers'], problems: ['forbidden'] },
    { body: emptyBody, answers: { 200: webauthnOptions } },
  )(async () => {
    const challenge = randomBytes(CHALLENGE_BYTES);
    await insertChallenge(db.pool, challenge, { kind: 'login' });
    const options = await generateAuthenticationOptions({
      rpID: settings.rpId,
      challenge: new Uint8Array(challenge),
      userVerification: 'required',
      timeout: CHALLENGE_TTL_MS,
    });
    return { status: 200, body: options };
  });

  route(
    'post',
    '/app/session',
    {
      summary: 'Log in',
      tags: ['importers'],
      problems: ['forbidden', 'assertion-rejected', 'challenge-expired'],
    },
    { body: authenticationResponse, answers: { 204: null } },
  )(async ({ body, req, res }) => {
    const { secret, hash } = newCookieSecret();
    await loginWith(deps, body as AuthenticationResponseJSON, {
      sessionHash: hash,
      earlierHash: cookies.session(req),
      label: deviceLabel(req),
    });
    cookies.setSession(res, secret);
    return { status: 204 };
  });

  route(
    'delete',
    '/app/session',
    { summary: 'Log out', tags: ['importers'], problems: ['forbidden'] },
    { answers: { 204: null } },
  )(async ({ req, res }) => {
    const hash = cookies.session(req);
    if (hash) await deleteSession(db.pool, hash);
    cookies.clearSession(res);
    return { status: 204 };
  });
}

/** Throws `challenge-expired`, or `assertion-rejected` for whatever else is wrong with it. */
async function loginWith(
  { db, settings }: ApiDeps,
  response: AuthenticationResponseJSON,
  session: Pick<Login, 'sessionHash' | 'earlierHash' | 'label'>,
): Promise<void> {
  const challenge = challengeIn(response);
  const hash = challengeHash(challenge);
  const credentialId = Buffer.from(response.id, 'base64url');
  const [kept, passkey] = await Promise.all([
    findChallenge(db.pool, hash),
    findPasskey(db.pool, credentialId),
  ]);
  if (kept?.kind === 'login' && !kept.live) throw refusalOf('challenge-expired');
  if (kept?.kind !== 'login' || !passkey || !namesOwner(response, passkey.subjectId)) {
    throw refusalOf('assertion-rejected');
  }
  const signCount = await verifyAssertion(settings, response, challenge, passkey);
  const login = await logIn(db.pool, { credentialId, signCount, challengeHash: hash, ...session });
  if (!login) throw refusalOf('challenge-expired');
}
