import { OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import type { RequestHandler } from 'express';
import { ERROR_CODES } from '../domain/error-code.ts';
import type { ApiDeps } from './deps.ts';
import { HttpProblem, PROBLEMS } from './problem.ts';
import type { Routes } from './route.ts';

const SECURITY = {
  broker: { type: 'oauth2', flows: { clientCredentials: { tokenUrl: '/oauth/token', scopes: {} } } },
  client: { type: 'http', scheme: 'basic' },
  session: { type: 'apiKey', in: 'cookie', name: 'session' },
  registration: { type: 'apiKey', in: 'cookie', name: 'registration' },
  customs: { type: 'http', scheme: 'bearer' },
  operator: { type: 'http', scheme: 'bearer' },
} as const;

/** The OpenAPI 3.1 document of all routes added so far. */
export function openApiDocument({ registry }: Pick<Routes, 'registry'>) {
  for (const [name, scheme] of Object.entries(SECURITY))
    registry.registerComponent('securitySchemes', name, scheme);
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Consentry',
      version: '1',
      description: 'Real-name authentication of consignees and powers of attorney for express imports.',
    },
  });
}

/** `/openapi.json`, `/problems/{code}`, `/.well-known/jwks.json`. */
export function addDocumentation(routes: Routes, deps: ApiDeps): void {
  const document = JSON.stringify(openApiDocument(routes));
  const add = (path: string, handler: RequestHandler) => {
    routes.router.get(path, handler);
    routes.methods.set(path, new Set(['GET']));
  };
  add('/openapi.json', (_req, res) => void res.type('application/json').send(document));
  add('/.well-known/jwks.json', (_req, res) => void res.json({ keys: [deps.settings.receiptPublicJwk] }));
  add('/problems/:code', (req, res) => {
    const code = ERROR_CODES.find((known) => known === req.params.code);
    if (!code) throw new HttpProblem('not-found', 'There is no such problem.');
    const { status, title, remedy } = PROBLEMS[code];
    const text = `${code} (${status})\n\n${title}.\n\n${remedy}\n`;
    if (req.accepts(['text', 'html']) === 'html') {
      res
        .type('html')
        .send(
          `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${code}</title><h1>${title}</h1><p><code>${code}</code>, ${status}</p><p>${remedy}</p></html>`,
        );
    } else res.type('text/plain').send(text);
  });
}
