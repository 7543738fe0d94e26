import type { ApiDeps } from '../deps.ts';
import { createRoute, type Routes } from '../route.ts';
import { settingsAnswer } from '../schemas/importer-settings.ts';

/** `GET /app/settings`: what the app has to know of the service before anybody has logged in. */
export function addSettingsRoute(routes: Routes, { settings, telecoms }: ApiDeps): void {
  createRoute(routes)(
    'get',
    '/app/settings',
    { summary: 'Operators to choose from, and whether this is a sandbox', tags: ['importers'] },
    { answers: { 200: settingsAnswer } },
  )(() => ({
    status: 200,
    body: {
      operators: [...telecoms.keys()].map((name) => ({ name })),
      ...(settings.sandboxLinks && { sandbox: settings.sandboxLinks }),
      build: settings.build,
    },
  }));
}
