/** `/docs`: the interface for people; and every example of a request that it shows works as it stands. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApiText } from '../../scripts/documents/openapi.ts';
import { type ApiWorld, CUSTOMS_TOKEN, createApiWorld } from '../support/api-world.ts';
import { type BrokerClient, basic, connectBroker, submission } from '../support/broker-client.ts';
import { BOX_NUMBER } from '../support/poa-fixtures.ts';

interface Media {
  schema: { $ref?: string; example?: unknown };
  example?: unknown;
}
interface Operation {
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, object>;
}
const document = JSON.parse(openApiText()) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { example?: unknown }> };
};

let world: ApiWorld;
let broker: BrokerClient;
beforeAll(async () => {
  world = await createApiWorld();
  world.processes.startPoa = async () => 'started';
  broker = await connectBroker(world.url, world.pool, BOX_NUMBER);
});
afterAll(() => world?.close());

describe('the page', () => {
  test('holds every operation and schema, each link of it leads somewhere, and nothing comes from elsewhere', async () => {
    const { status, headers, body } = await world.request('GET', '/docs');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const text = String(body);
    for (const path of Object.keys(document.paths)) expect(text).toContain(` ${path}</code>`);
    for (const name of Object.keys(document.components.schemas))
      expect(text).toContain(`id="schema-${name}"`);
    const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const links = [...text.matchAll(/ (?:href|src)="([^"]+)"/g)].map(([, to = '']) => to);
    expect(links.length).toBeGreaterThan(200);
    expect(links.filter((to) => to.startsWith('#') && !ids.has(to.slice(1)))).toEqual([]);
    expect(links.filter((to) => !/^[#/](?!\/)/.test(to))).toEqual([]);
    for (const to of new Set(links.filter((link) => link.startsWith('/'))))
      expect([to, (await world.request('GET', to)).status]).toEqual([to, 200]);
  });

  test('runs no script, and lets none be put in', async () => {
    const { headers, body } = await world.request('GET', '/docs');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self';/);
    expect(String(body)).not.toMatch(/<script|<style| style=| on\w+=/i);
  });
});

/** What the path of a request stands for: an amendment's is the declaration that its example would be. */
async function declarationFor(method: string): Promise<string> {
  const own = submission();
  const body = method === 'put' ? document.components.schemas.DeclarationSubmission?.example : own;
  const { status, body: declared } = await broker.declare(body as object);
  if (status < 300) return declared.declarationId;
  const { houseWaybill } = body as typeof own;
  return (await broker.get(`/v1/declarations?houseWaybill=${houseWaybill}`)).body.items[0].declarationId;
}

const bodies = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { requestBody, responses }]) =>
    Object.entries(requestBody?.content ?? {}).map(([type, { schema, example }]) => {
      const named = document.components.schemas[schema.$ref?.split('/').at(-1) ?? ''];
      return { path, method, type, responses, example: example ?? schema.example ?? named?.example };
    }),
  ),
);
/** What other systems build on; our own pages know what they send. */
const others = bodies.filter(({ path }) => /^\/(v1|oauth|customs)\//.test(path));

test.each(others.map((body) => [body.method, body.path, body.type, body] as const))(
  'the example of %s %s in %s is answered as documented',
  async (method, path, type, { example, responses }) => {
    expect(example).toBeDefined();
    const to = path
      .replace('{declarationId}', path.includes('{declarationId}') ? await declarationFor(method) : '')
      .replace('{caseId}', randomUUID());
    const bearer = path.startsWith('/customs') ? CUSTOMS_TOKEN : broker.token;
    const form = type === 'application/x-www-form-urlencoded';
    const address =
      to === '/v1/webhook-endpoints' ? { ...(example as object), url: 'http://127.0.0.1:9999' } : example;
    const { status, body } = await world.request(method.toUpperCase(), to, {
      body: form
        ? new URLSearchParams(example as Record<string, string>).toString()
        : typeof address === 'string'
          ? address
          : withBoxNumber(address),
      headers: {
        authorization: form ? basic(BOX_NUMBER, broker.secret) : `Bearer ${bearer}`,
        'content-type': type,
        'idempotency-key': randomUUID(),
        'if-match': '"1"',
      },
    });
    // Nobody has said that something was not them.
    const good = path.includes('{caseId}') ? 404 : expect.toSatisfy((of: number) => of < 300);
    expect([status, JSON.stringify(body)]).toEqual([good, expect.any(String)]);
    expect(Object.keys(responses)).toContain(String(status));
    if (type === 'application/x-ndjson' || type === 'text/csv') {
      const lines = await broker.get(`/v1/manifests/${body.manifestId}/lines?result=rejected`);
      expect(lines.body.items).toEqual([]);
    }
  },
);

/** Customs' example names a broker; here it is ours. */
const withBoxNumber = (body: unknown): unknown =>
  body !== null && typeof body === 'object' && 'brokerBoxNumber' in body
    ? { ...body, brokerBoxNumber: BOX_NUMBER }
    : body;
