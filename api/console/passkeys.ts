import type { RegistrationResponseJSON } from '@simplewebauthn/server';
import { openName } from '../../db/console/names.ts';
import { addConsolePasskey } from '../../db/console/passkeys.ts';
import { CONSOLE } from '../broker/surface.ts';
import type { ApiDeps } from '../deps.ts';
import { deviceLabel } from '../device-label.ts';
import { createRoute, type Routes } from '../route.ts';
import { emptyBody, registrationResponse, webauthnOptions } from '../schemas/importer.ts';
import { consoleSessionOf, requireRecentLogin } from './auth.ts';
import { checkedPasskey, creationOptions } from './new-passkey.ts';

/** A user adds a passkey of another device, right after a login. */
export function addOwnPasskeyRoutes(routes: Routes, deps: ApiDeps): void {
  const { db } = deps;
  const route = createRoute(routes);
  const { prefix, ...about } = CONSOLE;

  route(
    'post',
    `${prefix}/passkeys/options`,
    { summary: 'Options of one more passkey of mine', ...about, problems: ['forbidden'] },
    { body: emptyBody, answers: { 200: webauthnOptions } },
  )(async ({ res }) => {
    const session = consoleSessionOf(res);
    requireRecentLogin(session);
    const { userId, sealedName, broker } = session;
    const name = openName(await db.keys.get(userId), userId, sealedName);
    return { status: 200, body: await creationOptions(deps, { userId, name, brokerName: broker.name }) };
  });

  route(
    'post',
    `${prefix}/passkeys`,
    {
      summary: 'Add a passkey of mine',
      ...about,
      problems: ['forbidden', 'assertion-rejected', 'challenge-expired'],
    },
    { body: registrationResponse, answers: { 204: null } },
  )(async ({ body, req, res }) => {
    const session = consoleSessionOf(res);
    requireRecentLogin(session);
    const { userId, sessionHash } = session;
    const response = body as RegistrationResponseJSON;
    const checked = await checkedPasskey(deps, { userId, label: deviceLabel(req) }, response);
    await addConsolePasskey(db.pool, checked.passkey, { sessionHash, challengeHash: checked.challengeHash });
    return { status: 204 };
  });
}
