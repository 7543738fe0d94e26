import { randomBytes } from 'node:crypto';
import { type AuthenticationResponseJSON, generateAuthenticationOptions } from '@simplewebauthn/server';
import { refusalOf } from '../../db/consents.ts';
import { openName } from '../../db/console/names.ts';
import {
  findConsoleChallenge,
  findConsolePasskey,
  insertConsoleChallenge,
  logInToConsole,
  type NewConsoleSession,
} from '../../db/console/passkeys.ts';
import { deleteConsoleSession } from '../../db/console/sessions.ts';
import { consoleUserHandle } from '../../domain/console.ts';
import { CHALLENGE_TTL_MS } from '../../domain/limits.ts';
import { CONSOLE } from '../broker/surface.ts';
import { createCookies, newCookieSecret } from '../cookies.ts';
import type { ApiDeps } from '../deps.ts';
import { deviceLabel } from '../device-label.ts';
import { createRoute, type Routes } from '../route.ts';
import { consoleSessionAnswer } from '../schemas/console.ts';
import { authenticationResponse, emptyBody, webauthnOptions } from '../schemas/importer.ts';
import { CHALLENGE_BYTES, challengeHash, challengeIn, namesOwner, verifyAssertion } from '../webauthn.ts';
import { consoleSessionOf } from './auth.ts';

const PATH = `${CONSOLE.prefix}/session`;

/** Log in with a passkey; log out. */
export function addLoginRoutes(routes: Routes, deps: ApiDeps): void {
  const { db, settings } = deps;
  const { tags } = CONSOLE;
  const route = createRoute(routes);
  const cookies = createCookies(settings.publicUrl);

  route(
    'post',
    `${PATH}/options`,
    { summary: 'Options of a login', tags, problems: ['forbidden'] },
    { body: emptyBody, answers: { 200: webauthnOptions } },
  )(async () => {
    const challenge = randomBytes(CHALLENGE_BYTES);
    await insertConsoleChallenge(db.pool, challenge, { kind: 'login' });
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
    PATH,
    { summary: 'Log in', tags, problems: ['forbidden', 'assertion-rejected', 'challenge-expired'] },
    { body: authenticationResponse, answers: { 204: null } },
  )(async ({ body, req, res }) => {
    const { secret, hash } = newCookieSecret();
    await loginWith(deps, body as AuthenticationResponseJSON, {
      sessionHash: hash,
      earlierHash: cookies.console(req),
      label: deviceLabel(req),
    });
    cookies.setConsole(res, secret);
    return { status: 204 };
  });

  route(
    'delete',
    PATH,
    { summary: 'Log out', tags, problems: ['forbidden'] },
    { answers: { 204: null } },
  )(async ({ req, res }) => {
    const hash = cookies.console(req);
    if (hash) await deleteConsoleSession(db.pool, hash);
    cookies.clearConsole(res);
    return { status: 204 };
  });
}

/** Who is logged in, and where. */
export function addConsoleSession(routes: Routes, { db }: ApiDeps): void {
  const { tags, security = 'console' } = CONSOLE;
  createRoute(routes)(
    'get',
    PATH,
    { summary: 'Who I am', tags, security },
    { answers: { 200: consoleSessionAnswer } },
  )(async ({ res }) => {
    const session = consoleSessionOf(res);
    const { userId, role, sessionId, credentialId, recent, expiresAt, broker } = session;
    const name = openName(await db.keys.get(userId), userId, session.sealedName);
    const body = {
      user: { userId, name, role },
      broker,
      sessionId,
      credentialId: credentialId.toString('base64url'),
      recent,
      expiresAt: expiresAt.toISOString(),
    };
    return { status: 200, body };
  });
}

/** Throws `challenge-expired`, or `assertion-rejected` for whatever else is wrong with it. */
async function loginWith(
  { db, settings }: ApiDeps,
  response: AuthenticationResponseJSON,
  session: NewConsoleSession & { label: string | null },
): Promise<void> {
  const challenge = challengeIn(response);
  const hash = challengeHash(challenge);
  const credentialId = Buffer.from(response.id, 'base64url');
  const [kept, passkey] = await Promise.all([
    findConsoleChallenge(db.pool, hash),
    findConsolePasskey(db.pool, credentialId),
  ]);
  if (kept?.kind === 'login' && !kept.live) throw refusalOf('challenge-expired');
  if (kept?.kind !== 'login' || !passkey || !namesOwner(response, consoleUserHandle(passkey.userId)))
    throw refusalOf('assertion-rejected');
  const signCount = await verifyAssertion(settings, response, challenge, passkey);
  const login = { credentialId, signCount, challengeHash: hash, ...session };
  if (!(await logInToConsole(db.pool, login))) throw refusalOf('challenge-expired');
}
