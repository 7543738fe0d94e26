/** Tenants: every endpoint of brokers and of their consoles, tried with another broker's ids. A new endpoint cannot be forgotten: they come from the description. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEndpoint } from '../../db/webhooks/endpoints.ts';
import { sequenceEvents } from '../../db/webhooks/sequence.ts';
import { insertBroker } from '../support/api-world.ts';
import { type BrokerClient, connectBroker, submission } from '../support/broker-client.ts';
import { type Colleague, joined } from '../support/console-world.ts';
import { createImporterWorld, type ImporterWorld } from '../support/importer-world.ts';
import { ndjson, upload } from '../support/manifests.ts';

const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
  paths: Record<string, Record<string, unknown>>;
};
const operations = Object.entries(document.paths)
  .filter(([path]) => /^\/(v1|console\/api)\//.test(path))
  .flatMap(([path, methods]) => Object.keys(methods).map((method) => [method.toUpperCase(), path] as const));

let world: ImporterWorld;
interface Tenant {
  broker: BrokerClient;
  admin: Colleague;
}
let mine: Tenant;
let theirs: Tenant;
let ids: Record<string, string>;
beforeAll(async () => {
  world = await createImporterWorld();
  const first = await tenant('TENANT-A');
  theirs = await tenant('TENANT-B');
  mine = first;
  ids = await resourcesOf(first);
});
afterAll(() => world?.close());

async function tenant(boxNumber: string) {
  const brokerId = await insertBroker(world.db, boxNumber);
  const broker = await connectBroker(world.api.url, world.db.pool, boxNumber);
  return { brokerId, broker, admin: await joined({ url: world.api.url, db: world.db }, brokerId) };
}

/** One of everything that has an id, by the name of its parameter. */
async function resourcesOf({ brokerId, broker, admin }: Awaited<ReturnType<typeof tenant>>) {
  const { declarationId } = (await broker.declare(submission())).body;
  const { manifestId } = (await upload(broker, ndjson([submission(), '{"cut']))).body;
  const url = 'https://broker.example/hook';
  const created = await createEndpoint(world.db, brokerId, { url, events: ['declaration.received'] });
  await sequenceEvents(world.db.pool);
  const { rows } = await world.db.pool.query('SELECT message_id AS id FROM webhook_deliveries LIMIT 1');
  const user = (await admin.client.call('GET', '/users')).items[0];
  return {
    declarationId,
    manifestId,
    endpointId: created?.endpoint.id ?? '',
    messageId: rows[0]?.id ?? randomUUID(),
    userId: user.userId,
    credentialId: user.passkeys[0].credentialId,
    sessionId: user.sessions[0].sessionId,
  };
}

/** As a broker's system or one of its people, by the address. */
async function ask(method: string, path: string, who = theirs): Promise<{ status: number; body: unknown }> {
  const body = path.endsWith('/cancellation')
    ? { reason: 'other' }
    : method === 'PUT'
      ? submission()
      : undefined;
  if (path.startsWith('/console/api'))
    return who.admin.client.ask(method, path.replace('/console/api', ''), {
      ...(body && { body }),
      headers: { 'if-match': '"1"' },
    });
  return who.broker.request(method, path, { ...(body && { body }), headers: { 'if-match': '"1"' } });
}
const withIds = (path: string, of: Record<string, string>) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const id = of[name];
    if (id === undefined) throw new Error(`no ${name} to try: add one to resourcesOf`);
    return encodeURIComponent(id);
  });

/** Everything of the first broker's that a call could have changed. */
async function state(): Promise<string> {
  const tables = {
    declarations: 'declaration_id',
    proposals: 'declaration_id',
    manifests: 'manifest_id',
    webhook_endpoints: 'endpoint_id',
    broker_users: 'user_id',
    console_passkeys: 'user_id',
    console_sessions: 'user_id',
  };
  const known = Object.values(ids);
  const rows = await Promise.all(
    Object.entries(tables).map(async ([table, column]) => {
      const { rows: found } = await world.db.pool.query(
        `SELECT * FROM ${table} WHERE ${column}::text = ANY($1) ORDER BY 1, 2`,
        [known],
      );
      return found;
    }),
  );
  return JSON.stringify(rows);
}

const ofOne = operations.filter(([, path]) => path.includes('{'));
test('there are operations to try', () => expect(ofOne.length).toBeGreaterThan(25));

// Nothing is decided, so there is no POA.
const readable = ofOne.filter(([method, path]) => method === 'GET' && !path.includes('/poa'));
test.each(readable)('%s %s is there for whoever it belongs to', async (method, path) => {
  expect((await ask(method, withIds(path, ids), mine)).status).toBe(200);
});

test.each(ofOne)('%s %s is 404, as if it was not there, and changes nothing', async (method, path) => {
  const before = await state();
  const { status, body } = await ask(method, withIds(path, ids));
  const unknown = await ask(
    method,
    withIds(path, Object.fromEntries(Object.keys(ids).map((k) => [k, randomUUID()]))),
  );
  const told = (answer: unknown) => ({ ...(answer as object), instance: '' });
  expect([status, told(body)]).toEqual([404, told(unknown.body)]);
  expect(await state()).toBe(before);
});

const lists = operations.filter(([method, path]) => method === 'GET' && !path.includes('{'));
test.each(lists)('%s %s tells nothing of it', async (method, path) => {
  const { body } = await ask(method, path);
  const text = JSON.stringify(body);
  for (const id of Object.values(ids)) expect(text).not.toContain(id);
});
