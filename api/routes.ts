import { addBrokerGuards } from './broker/auth.ts';
import { addTokenRoute } from './broker/token.ts';
import { addCustomsContexts } from './customs/contexts.ts';
import type { ApiDeps } from './deps.ts';
import { addImporterGuards } from './importer/guards.ts';
import { addRegistrationRoutes } from './importer/registrations.ts';
import type { Routes } from './route.ts';

/** Every resource adds its own routes: a file per resource, by who calls it. */
export const ROUTES: readonly ((routes: Routes, deps: ApiDeps) => void)[] = [
  addImporterGuards,
  addRegistrationRoutes,
  addTokenRoute,
  addBrokerGuards,
  addCustomsContexts,
];
