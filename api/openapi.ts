import { readFileSync } from 'node:fs';
import { OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '../domain/error-code.ts';
import { publishedJwk } from '../evidence/receipt.ts';
import type { ApiDeps } from './deps.ts';
import { html, prose } from './documentation/html.ts';
import { documentationPage, type OpenApi } from './documentation/page.ts';
import { PROBLEMS } from './problem.ts';
import { createRoute, type Routes } from './route.ts';

const SECURITY = {
  broker: { type: 'oauth2', flows: { clientCredentials: { tokenUrl: '/oauth/token', scopes: {} } } },
  client: { type: 'http', scheme: 'basic' },
  session: { type: 'apiKey', in: 'cookie', name: 'session' },
  registration: { type: 'apiKey', in: 'cookie', name: 'registration' },
  console: { type: 'apiKey', in: 'cookie', name: 'console' },
  customs: { type: 'http', scheme: 'bearer' },
  operator: { type: 'http', scheme: 'bearer' },
} as const;

const TAGS = [
  { name: 'brokers', description: 'Customs brokers declare and follow their declarations' },
  {
    name: 'console',
    description: "A broker's people in its web console: for that page alone, and it may change with it",
  },
  { name: 'importers', description: "The importer's app registers, shows and answers" },
  { name: 'customs', description: 'The Customs clearance system tells what it holds' },
  {
    name: 'transparency log',
    description: 'What was settled, append-only: C2SP tlog-tiles, for whoever wants to check',
  },
  { name: 'operators', description: 'Whoever runs the service' },
  { name: 'documentation', description: 'What describes this service' },
];

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
    servers: [{ url: '/' }],
    tags: TAGS,
  });
}

/** Nothing but our own style sheet. */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};
const STYLE = readFileSync(new URL('./documentation/style.css', import.meta.url), 'utf8');

const ABOUT = { tags: ['documentation'] as [string] };
const jwks = z.object({
  keys: z.array(
    z.looseObject({
      kty: z.string(),
      kid: z.string(),
      nbf: z.int().optional(),
      exp: z.int().optional(),
      revoked: z.object({ revoked_at: z.int(), reason: z.string().optional() }).optional(),
    }),
  ),
});

/** `/openapi.json`, `/problems/{code}`, `/.well-known/jwks.json`. After all other routes: the document tells of those. */
export function addDocumentation(routes: Routes, { db }: ApiDeps): void {
  const route = createRoute(routes);
  let document: string;
  route(
    'get',
    '/openapi.json',
    { ...ABOUT, summary: 'This document' },
    { answers: { 200: ['application/json'] } },
  )(() => ({ status: 200, body: document }));

  let page: string;
  route(
    'get',
    '/docs',
    { ...ABOUT, summary: 'The same for people, without a script or anything from elsewhere' },
    { answers: { 200: ['text/html'] } },
  )(() => ({ status: 200, body: page, headers: PAGE_HEADERS }));

  route(
    'get',
    '/docs/style.css',
    { ...ABOUT, summary: 'Its style sheet' },
    { answers: { 200: ['text/css'] } },
  )(() => ({ status: 200, body: STYLE }));

  route(
    'get',
    '/.well-known/jwks.json',
    { ...ABOUT, summary: 'Keys that seal receipts, or did: each with its time' },
    { answers: { 200: jwks } },
  )(async () => ({ status: 200, body: { keys: (await db.keys.receipts.list()).map(publishedJwk) } }));

  route(
    'get',
    '/problems/:code',
    { ...ABOUT, summary: 'What a problem type means' },
    { params: z.object({ code: z.enum(ERROR_CODES) }), answers: { 200: ['text/html', 'text/plain'] } },
  )(({ params: { code }, req }) =>
    req.accepts(['text', 'html']) === 'html'
      ? { status: 200, body: problemPage(code), headers: PAGE_HEADERS }
      : { status: 200, body: problemText(code), headers: { 'content-type': 'text/plain; charset=utf-8' } },
  );
  document = JSON.stringify(openApiDocument(routes));
  page = documentationPage(JSON.parse(document) as OpenApi);
}

function problemText(code: ErrorCode): string {
  const { status, title, remedy } = PROBLEMS[code];
  return `${code} (${status})\n\n${title}.\n\n${remedy}\n`;
}

function problemPage(code: ErrorCode): string {
  const { status, title, remedy } = PROBLEMS[code];
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${code}</title>
<link rel="stylesheet" href="/docs/style.css">
<main><h1>${title}</h1><p><code>${code}</code>, ${status}</p><p>${prose(remedy)}</p></main>
<nav aria-label="More"><a href="/docs">The whole interface</a></nav>
</html>
`.text;
}
