/** `/v1/webhook-endpoints`: made, shown, deleted; nobody sees another broker's, and no secret is shown twice. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { withoutRow } from '../../db/tidy.ts';
import { dropOldDeliveries, giveUpExpired } from '../../db/webhooks/deliveries.ts';
import { WEBHOOK_ENDPOINTS_MAX } from '../../domain/limits.ts';
import { createWebhookWorld, type WebhookWorld } from '../support/webhooks.ts';

const PATH = '/v1/webhook-endpoints';
const NOBODY = '01900000-0000-7000-8000-000000000001';

let world: WebhookWorld;
beforeAll(async () => {
  world = await createWebhookWorld();
});
afterEach(() => world.deleteEndpoints());
afterAll(() => world?.close());

const make = (body: object) => world.broker.request('POST', PATH, { body });

describe('an endpoint', () => {
  test('is made with a secret that is shown once and lies nowhere in the clear', async () => {
    const url = `${world.receiver.url}/hooks/mine`;
    const { status, headers, body } = await make({ url, events: ['*', 'declaration.confirmed'] });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`${PATH}/${body.id}`);
    expect(body).toMatchObject({ url, events: ['*'], status: 'active' });
    expect(Buffer.from(body.secret.replace(/^whsec_/, ''), 'base64')).toHaveLength(32);
    const shown = (await world.broker.get(`${PATH}/${body.id}`)).body;
    const { secret, ...rest } = body;
    expect(shown).toEqual(rest);
    expect((await world.broker.get(PATH)).body.items).toEqual([rest]);
    const { rows } = await world.pool.query('SELECT webhook_endpoints::text AS row FROM webhook_endpoints');
    const bytes = Buffer.from(secret).toString('hex');
    for (const { row } of rows) expect([row.includes(bytes), row.includes(secret)]).toEqual([false, false]);
  });

  test('that is deleted is told nothing more, and its key is gone', async () => {
    const endpoint = await world.endpoint();
    await world.declared();
    expect((await world.broker.request('DELETE', endpoint.path)).status).toBe(204);
    await world.tell();
    expect(await endpoint.received()).toEqual([]);
    expect(await world.db.keys.get(endpoint.id)).toBe(null);
    expect((await world.broker.get(endpoint.path)).status).toBe(404);
    expect((await world.broker.request('DELETE', endpoint.path)).status).toBe(404);
  });

  test('is one of ten at most, also when many are made at once', async () => {
    const body = { url: `${world.receiver.url}/hooks/mine`, events: ['*'] };
    const create = vi.spyOn(world.db.keys, 'create');
    const answers = await Promise.all(Array.from({ length: WEBHOOK_ENDPOINTS_MAX + 3 }, () => make(body)));
    const keys = create.mock.calls.map(([keyId]) => keyId);
    create.mockRestore();
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(WEBHOOK_ENDPOINTS_MAX);
    const refused = answers.filter(({ status }) => status === 422);
    expect(refused.map(({ body: { errors } }) => errors[0].code)).toEqual(Array(3).fill('too-many'));
    expect((await world.db.keys.getMany(keys)).size).toBe(WEBHOOK_ENDPOINTS_MAX);
  });

  test.each([
    ['no URL', 'nowhere', 'address-refused'],
    ['another protocol', 'ftp://broker.example/', 'address-refused'],
    ['a password', 'https://user:password@broker.example/', 'address-refused'],
    ['a fragment', 'https://broker.example/#here', 'address-refused'],
    ['a port of another protocol', 'https://broker.example:25/', 'address-refused'],
    ['plain http', 'http://8.8.8.8/', 'address-refused'],
    ['a private address', 'https://10.0.0.1/', 'address-refused'],
    ['a mapped address', 'https://[::ffff:10.0.0.1]/', 'address-refused'],
    ['metadata of a cloud', 'https://169.254.169.254/latest/meta-data/', 'address-refused'],
  ])('is refused with %s', async (_, url, code) => {
    const { status, body } = await make({ url, events: ['*'] });
    expect([status, body.errors]).toMatchObject([422, [{ pointer: '/url', code }]]);
  });

  test.each([
    ['an unknown type', { events: ['declaration.unheard'] }],
    ['no type', { events: [] }],
    ['a member that nobody knows', { events: ['*'], secret: 'whsec_mine' }],
  ])('is refused with %s', async (_, changes) => {
    const { status } = await make({ url: `${world.receiver.url}/hooks/mine`, ...changes });
    expect(status).toBe(422);
  });
});

describe("another broker's endpoint", () => {
  const calls = (path: string, message: string): [string, string][] => [
    ['GET', path],
    ['DELETE', path],
    ['GET', `${path}/deliveries`],
    ['POST', `${path}/deliveries/${message}/redelivery`],
    ['POST', `${path}/secret-rotation`],
    ['POST', `${path}/resumption`],
  ];

  test('is as unknown as one that never was, and as what cannot be an id', async () => {
    const endpoint = await world.endpoint();
    await world.declared();
    await world.tell();
    const [message] = await endpoint.received();
    const paths = [endpoint.path, `${PATH}/${NOBODY}`, `${PATH}/x`];
    for (const [method, path] of paths.flatMap((at) => calls(at, message?.id ?? ''))) {
      const { status, body } = await world.other.request(method, path);
      expect([method, path, status, body.type]).toEqual([method, path, 404, '/problems/not-found']);
    }
    expect((await world.broker.get(endpoint.path)).body.status).toBe('active');
    expect(
      (await world.broker.request('POST', `${endpoint.path}/deliveries/${NOBODY}/redelivery`)).status,
    ).toBe(404);
    expect((await world.other.get(PATH)).body.items).toEqual([]);
  });
});

describe('tidying up', () => {
  test('leaves the keys of endpoints alone, but for those that were deleted', async () => {
    const [kept, deleted] = [await world.endpoint(), await world.endpoint()];
    await world.broker.request('DELETE', deleted.path);
    expect(await withoutRow(world.pool, [kept.id, deleted.id])).toEqual([deleted.id]);
  });

  test('drops what ended a week ago, then the endpoints that were deleted; what waits stays', async () => {
    const endpoint = await world.endpoint();
    await world.declared();
    await world.tell();
    await endpoint.answers({ status: 500 });
    await world.declared();
    await world.tell();
    const left = async () =>
      (
        await world.pool.query<{ status: string }>(
          'SELECT status FROM webhook_deliveries WHERE endpoint_id = $1',
          [endpoint.id],
        )
      ).rows.map(({ status }) => status);
    await dropOldDeliveries(world.pool, 1_000);
    expect((await left()).toSorted()).toEqual(['delivered', 'waiting']);
    await world.later(endpoint.id, '7 days');
    await dropOldDeliveries(world.pool, 1_000);
    expect(await left()).toEqual(['waiting']);

    await world.broker.request('DELETE', endpoint.path);
    await giveUpExpired(world.pool);
    await world.later(endpoint.id, '7 days');
    await dropOldDeliveries(world.pool, 1_000);
    const { rows } = await world.pool.query('SELECT 1 FROM webhook_endpoints WHERE endpoint_id = $1', [
      endpoint.id,
    ]);
    expect([await left(), rows]).toEqual([[], []]);
  });
});

test('deliveries are listed newest first, page by page, and by status', async () => {
  const endpoint = await world.endpoint();
  const declarationId = await world.declared();
  await world.happened(declarationId, 'lodging', 'awaiting_importer');
  await world.tell();
  const page = async (query: string) => (await world.broker.get(`${endpoint.path}/deliveries?${query}`)).body;
  const all = await page('status=delivered');
  expect(all.items.map(({ type }: { type: string }) => type)).toEqual([
    'declaration.awaiting_importer',
    'declaration.lodging',
    'declaration.received',
  ]);
  expect(all.nextCursor).toBe(null);
  const first = await page('limit=2');
  const second = await page(`limit=2&cursor=${first.nextCursor}`);
  expect([...first.items, ...second.items]).toEqual(all.items);
  expect((await page('status=waiting')).items).toEqual([]);
});
