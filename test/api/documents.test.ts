/** What describes the API is true: the generated files, `/openapi.json`, `/problems/<code>`, and every problem itself. */
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allRoutes } from '../../api/app.ts';
import type { Metrics } from '../../api/operator/metrics.ts';
import { PROBLEMS } from '../../api/problem.ts';
import { ERROR_CODES } from '../../domain/error-code.ts';
import { openApiText } from '../../scripts/documents/openapi.ts';
import { problemsDocument } from '../../scripts/documents/problems.ts';
import { type ApiWorld, apiDeps, createApiWorld, recordProcesses } from '../support/api-world.ts';

interface Operation {
  operationId: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters?: { name: string; in: string; required: boolean }[];
  responses: Record<string, object>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  tags: { name: string }[];
  components: { securitySchemes: object };
}

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world?.close());

const document = JSON.parse(openApiText()) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('the generated documents', () => {
  test('docs/problems.md is current: npm run problems', () => {
    expect(readFileSync('docs/problems.md', 'utf8')).toBe(problemsDocument());
  });

  test('docs/openapi.json is current: npm run openapi', () => {
    expect(readFileSync('docs/openapi.json', 'utf8')).toBe(openApiText());
  });

  test('a running service offers the same', async () => {
    const { status, headers, body } = await world.request('GET', '/openapi.json');
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(body).toEqual(document);
  });
});

describe('the OpenAPI document', () => {
  test('holds every route of the app, and no other', async () => {
    const deps = await apiDeps(world.db, recordProcesses().processes);
    const { router } = allRoutes({ ...deps, log: pino({ level: 'silent' }) }, {} as Metrics);
    const routes = router.stack.flatMap(({ route }) => {
      const methods = Object.keys((route as { methods?: object } | undefined)?.methods ?? {});
      return methods
        .filter((method) => method !== '_all')
        .map((method) => `${method} ${route?.path.replace(/[:*](\w+)/g, '{$1}')}`);
    });
    const described = operations.map(({ method, path }) => `${method} ${path}`);
    expect(routes.length).toBeGreaterThan(30);
    expect(described.sort()).toEqual(routes.sort());
  });

  test('declares every path parameter, security scheme and tag that it uses, and names each operation once', () => {
    const schemes = Object.keys(document.components.securitySchemes);
    const tags = document.tags.map(({ name }) => name);
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(declared.map(({ name, required }) => required && name)).toEqual(inPath);
      for (const scheme of operation.security.flatMap(Object.keys)) expect(schemes).toContain(scheme);
      for (const tag of operation.tags) expect(tags).toContain(tag);
    }
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('tells that whatever asks who calls may answer 401, and what the path names may be 404', () => {
    for (const { path, operation } of operations) {
      const statuses = Object.keys(operation.responses);
      if (operation.security.length > 0) expect(statuses).toContain('401');
      if (path.includes('{') && !path.startsWith('/problems')) expect(statuses).toContain('404');
      for (const status of ['400', '429', '500', '503']) expect(statuses).toContain(status);
    }
  });

  test('names the headers that a request needs', () => {
    const headers = (method: string, path: string) =>
      document.paths[path]?.[method]?.parameters
        ?.filter((parameter) => parameter.in === 'header')
        .map(({ name, required }) => [name, required]);
    expect(headers('post', '/v1/declarations')).toEqual([['Idempotency-Key', true]]);
    expect(headers('put', '/v1/declarations/{declarationId}')).toEqual([
      ['Idempotency-Key', false],
      ['If-Match', true],
    ]);
  });
});

describe('problems', () => {
  test.each(ERROR_CODES)('/problems/%s explains it to people and to programs', async (code) => {
    const page = await world.request('GET', `/problems/${code}`, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.body).toContain(`<h1>${PROBLEMS[code].title}</h1>`);
    const text = await world.request('GET', `/problems/${code}`, { headers: { accept: 'text/plain' } });
    expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(text.body).toContain(PROBLEMS[code].remedy);
  });

  test.each(['unknown', 'toString'])('/problems/%s is none', async (code) => {
    expect((await world.request('GET', `/problems/${code}`)).status).toBe(404);
  });

  test('say type, title, status, detail and the request as a URI', async () => {
    const { status, headers, body } = await world.request('GET', '/nowhere');
    expect([status, headers.get('content-type')]).toEqual([404, 'application/problem+json; charset=utf-8']);
    expect(body).toEqual({
      type: '/problems/not-found',
      title: PROBLEMS['not-found'].title,
      status: 404,
      detail: expect.any(String),
      instance: `urn:uuid:${headers.get('x-request-id')}`,
    });
  });

  test('name the request as its caller did, when that is a UUID; anything else is replaced by one', async () => {
    const given = '0190f0f0-0000-7000-8000-000000000001';
    const named = await world.request('GET', '/nowhere', { headers: { 'x-request-id': given } });
    expect(named.body.instance).toBe(`urn:uuid:${given}`);
    const other = await world.request('GET', '/nowhere', { headers: { 'x-request-id': 'A123456789' } });
    expect(other.body.instance).toMatch(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  test('a body that is no JSON, too large or of another type is told as such', async () => {
    const send = (body: string, type = 'application/json') =>
      world.request('POST', '/customs/v1/declarations', { body, headers: { 'content-type': type } });
    expect(await send('{')).toMatchObject({ status: 400, body: { type: '/problems/malformed-request' } });
    expect(await send(`"${'x'.repeat(256 * 1024)}"`)).toMatchObject({
      status: 413,
      body: { type: '/problems/body-too-large' },
    });
    expect(await send('a=b', 'application/x-www-form-urlencoded')).toMatchObject({
      status: 415,
      body: { type: '/problems/unsupported-media-type' },
    });
  });
});
