/** What a broker's console asks for: its own people and sessions, and the same resources as `/v1`. */
import { addBrokerChanges } from '../broker/changes.ts';
import { addDeclarationReads } from '../broker/declarations.ts';
import { addManifestReads } from '../broker/manifests.ts';
import { addBrokerPoas } from '../broker/poa.ts';
import { CONSOLE } from '../broker/surface.ts';
import { addWebhookCare } from '../broker/webhooks.ts';
import { createCookies } from '../cookies.ts';
import type { ApiDeps } from '../deps.ts';
import { sameOrigin } from '../middleware.ts';
import type { Routes } from '../route.ts';
import { limitBySession } from '../session-rate.ts';
import { addActRoutes } from './acts.ts';
import { requireConsole } from './auth.ts';
import { addFlightRoute } from './flights.ts';
import { addInvitationRoutes } from './invitation.ts';
import { addOwnPasskeyRoutes } from './passkeys.ts';
import { addConsoleSession, addLoginRoutes } from './session.ts';
import { addUserRoutes } from './users.ts';

export function addConsole(routes: Routes, deps: ApiDeps): void {
  const { router } = routes;
  const { prefix } = CONSOLE;
  const { publicUrl, brokerRateLimit, importerAddressRateLimit } = deps.settings;
  // A screen looks at several things at once, and a broker's office is behind one address.
  const limits = { session: brokerRateLimit, address: importerAddressRateLimit };
  router.use(prefix, limitBySession(createCookies(publicUrl).console, limits));
  router.use(prefix, sameOrigin(publicUrl));
  addInvitationRoutes(routes, deps);
  addLoginRoutes(routes, deps);

  // From here on only with a session.
  router.use(prefix, requireConsole(deps));
  addConsoleSession(routes, deps);
  addOwnPasskeyRoutes(routes, deps);
  addUserRoutes(routes, deps);
  addFlightRoute(routes, deps);
  addActRoutes(routes, deps);
  addDeclarationReads(routes, deps, CONSOLE);
  addManifestReads(routes, deps, CONSOLE);
  addBrokerChanges(routes, deps, CONSOLE);
  addBrokerPoas(routes, deps, CONSOLE);
  addWebhookCare(routes, deps, CONSOLE);
}
