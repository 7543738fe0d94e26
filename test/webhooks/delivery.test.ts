/** Webhooks to receivers that work, fail, hang, redirect, answer wrong, or come back after a day. */
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createManifestActivities } from '../../activities/manifests.ts';
import { claimDeliveries, giveUpExpired } from '../../db/webhooks/deliveries.ts';
import { sequenceEvents } from '../../db/webhooks/sequence.ts';
import { WEBHOOK_PAUSE_AFTER } from '../../domain/limits.ts';
import { ndjson, submissions, upload } from '../support/manifests.ts';
import { createWebhookWorld, type Received, type WebhookWorld } from '../support/webhooks.ts';

let world: WebhookWorld;
beforeAll(async () => {
  world = await createWebhookWorld();
});
afterEach(() => world.deleteEndpoints());
afterAll(() => world?.close());

const types = (messages: readonly Received[]) => messages.map(({ body }) => body.type.split('.')[1]);
const state = async (path: string) => (await world.broker.get(path)).body;
const deliveries = async (path: string, query = '') =>
  (await world.broker.get(`${path}/deliveries${query}`)).body.items;

/** Fails until the endpoint is paused. */
async function pause(endpoint: Awaited<ReturnType<WebhookWorld['endpoint']>>): Promise<void> {
  for (let i = 0; i < WEBHOOK_PAUSE_AFTER; i += 1) {
    await world.tell();
    await world.later(endpoint.id, '8 hours');
    // Only the number of failures is to pause it, not their age.
    await world.pool.query(
      `UPDATE webhook_deliveries SET expires_at = now() + interval '3 days' WHERE endpoint_id = $1`,
      [endpoint.id],
    );
  }
}

describe('a message', () => {
  test('is signed as the reference library checks it, and says what the contract names', async () => {
    const endpoint = await world.endpoint();
    const declarationId = await world.declared();
    await world.tell();
    const [message] = await endpoint.received();
    const declaration = (await world.broker.get(`/v1/declarations/${declarationId}`)).body;
    expect(message).toMatchObject({ verifiedBy: [0], signatures: 1 });
    const at = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(message?.body).toEqual({
      type: 'declaration.received',
      timestamp: at,
      data: {
        declarationId,
        functionalReference: declaration.functionalReference,
        houseWaybill: declaration.houseWaybill,
        version: 1,
        status: 'received',
        at,
      },
    });
    expect(await deliveries(endpoint.path)).toMatchObject([
      { id: message?.id, type: 'declaration.received', declarationId, status: 'delivered', attempts: 1 },
    ]);
  });

  test('goes only to endpoints that asked for its type, and to none of another broker', async () => {
    const wants = await world.endpoint(world.broker, ['declaration.confirmed']);
    const others = await world.endpoint(world.other);
    const declarationId = await world.declared();
    await world.happened(declarationId, 'lodging', 'confirmed');
    await world.tell();
    expect(types(await wants.received())).toEqual(['confirmed']);
    expect(await others.received()).toEqual([]);
  });

  test('carries both signatures after a rotation, the new one alone a day later', async () => {
    const endpoint = await world.endpoint();
    const { body } = await world.broker.request('POST', `${endpoint.path}/secret-rotation`);
    expect(body.secret).toMatch(/^whsec_/);
    await endpoint.answers({}, [endpoint.secret, body.secret]);
    await world.declared();
    await world.tell();
    expect(await endpoint.received()).toMatchObject([{ verifiedBy: [0, 1], signatures: 2 }]);
    expect(await state(endpoint.path)).toMatchObject({ earlierSecretUntil: body.earlierSecretUntil });

    await world.ageSecrets(endpoint.id);
    await world.declared();
    await world.tell();
    expect((await endpoint.received())[1]).toMatchObject({ verifiedBy: [1], signatures: 1 });
    expect(await state(endpoint.path)).not.toHaveProperty('earlierSecretUntil');
  });

  test('of a manifest tells how many of its lines are answered: when it is kept, on the way, and at its end', async () => {
    const endpoint = await world.endpoint(world.broker, [
      'manifest.received',
      'manifest.progressed',
      'manifest.completed',
    ]);
    const good = submissions(2);
    const { manifestId } = (await upload(world.broker, ndjson([...good, good[0], '{"cut off']))).body;
    const take = async (manifestQueued: number) => {
      const processes = { ...world.processes, startPoa: async () => 'started' as const };
      const settings = { manifestQueued, manifestUnderWay: 32 };
      const log = pino({ level: 'silent' });
      await createManifestActivities({ db: world.db, processes, settings, log }).takeLines({ manifestId });
    };
    // Those of earlier tests are on their way no more.
    await world.pool.query(`UPDATE declarations SET status = 'awaiting_importer'`);
    await take(1);
    await world.pool.query(`UPDATE declarations SET status = 'awaiting_importer'`);
    await take(8);
    await world.tell();
    const messages = await endpoint.received();
    const counts = (waiting: number, accepted: number, rejected: number) => ({
      total: 4,
      waiting,
      accepted,
      rejected,
    });
    expect(messages.map(({ body }) => [body.type, body.data])).toEqual(
      [
        ['manifest.received', counts(3, 0, 1)],
        ['manifest.progressed', counts(2, 1, 1)],
        ['manifest.completed', counts(0, 2, 2)],
      ].map(([type, lines]) => [
        type,
        { manifestId, kind: 'declarations', at: expect.stringMatching(/^\d{4}-.*Z$/), lines },
      ]),
    );
    expect(await deliveries(endpoint.path)).toMatchObject(
      ['completed', 'progressed', 'received'].map((event) => ({ type: `manifest.${event}`, manifestId })),
    );
    const { items } = (await world.broker.get('/v1/events?limit=200')).body;
    expect(
      items
        .filter(({ type }: { type: string }) => type.startsWith('manifest.'))
        .map(({ id }: { id: string }) => id),
    ).toEqual(messages.map(({ id }) => id));
  });

  test('of a declined declaration tells why, with lines and note', async () => {
    const endpoint = await world.endpoint(world.broker, ['declaration.declined']);
    const declarationId = await world.declared();
    await world.declined(declarationId, { reason: 'wrong_quantity', lines: [1], note: '只有一雙' });
    await world.happened(declarationId, 'declined');
    await world.tell();
    const [message] = await endpoint.received();
    expect(message?.body.data).toMatchObject({
      status: 'declined',
      reason: 'wrong_quantity',
      lines: [1],
      note: '只有一雙',
    });
    await world.db.keys.destroy(declarationId);
    const { items } = (await world.broker.get('/v1/events?limit=200')).body;
    const told = items.find(({ id }: { id: string }) => id === message?.id);
    expect(told.data).toMatchObject({ reason: 'wrong_quantity' });
    expect(told.data).not.toHaveProperty('note');
  });
});

describe('the order of one declaration', () => {
  test('holds: later messages wait for the one that fails, and nobody else does', async () => {
    const endpoint = await world.endpoint();
    const both = [await world.declared(), await world.declared()];
    for (const id of both) await world.happened(id, 'lodging', 'awaiting_importer');
    // The first message of one of the two.
    await world.fault(endpoint.hook, { status: 500 });
    await world.tell();
    const all = ['received', 'lodging', 'awaiting_importer'];
    const ofEach = async () => {
      const received = await endpoint.received();
      return both.map((id) => types(received.filter(({ body }) => body.data.declarationId === id)));
    };
    expect((await ofEach()).toSorted((a, b) => a.length - b.length)).toEqual([[], all]);
    await world.later(endpoint.id, '1 minute');
    await world.tell();
    expect(await ofEach()).toEqual([all, all]);
  });

  test('holds while a message is under way elsewhere', async () => {
    const endpoint = await world.endpoint();
    const declarationId = await world.declared();
    await world.happened(declarationId, 'lodging');
    await sequenceEvents(world.pool);
    const room = { free: 10, ofBroker: 10, busy: new Map() };
    const mine = (claims: { endpointId: string }[]) =>
      claims.filter(({ endpointId }) => endpointId === endpoint.id);
    expect(mine(await claimDeliveries(world.pool, room))).toHaveLength(1);
    expect(mine(await claimDeliveries(world.pool, room))).toHaveLength(0);
  });
});

describe('a receiver that', () => {
  test.each([
    ['fails', { status: 500 }, { code: 'status', httpStatus: 500 }],
    ['refuses', { status: 401 }, { code: 'status', httpStatus: 401 }],
    ['hangs', { hangs: true }, { code: 'time-out' }],
    ['redirects', { status: 307, location: '/hooks/elsewhere' }, { code: 'redirect', httpStatus: 307 }],
    ['does not want any more', { status: 410 }, { code: 'gone', httpStatus: 410 }],
  ])('%s is tried again later', async (_, answer, lastFailure) => {
    const endpoint = await world.endpoint();
    await endpoint.answers(answer);
    await world.declared();
    await world.tell();
    expect(await endpoint.received()).toHaveLength(1);
    expect(await deliveries(endpoint.path)).toMatchObject([{ status: 'waiting', attempts: 1, lastFailure }]);
    const { status } = await state(endpoint.path);
    expect(status).toBe(lastFailure.code === 'gone' ? 'paused' : 'failing');
    await endpoint.answers();
    if (status === 'paused') await world.broker.request('POST', `${endpoint.path}/resumption`);
    await world.later(endpoint.id, '1 minute');
    await world.tell();
    const [again, ...rest] = (await endpoint.received()).slice(1);
    expect([again?.id, rest]).toEqual([(await endpoint.received())[0]?.id, []]);
    expect(await state(endpoint.path)).toMatchObject({ status: 'active' });
    expect(await state(endpoint.path)).not.toHaveProperty('lastFailure');
  });

  test('redirects inside gets nothing there', async () => {
    const endpoint = await world.endpoint();
    const inside = await world.endpoint();
    await endpoint.answers({ status: 302, location: `${world.receiver.url}/hooks/${inside.hook}-inside` });
    await world.declared();
    await world.tell();
    expect(await world.receivedBy(`${inside.hook}-inside`)).toEqual([]);
  });

  test('answers with more than anybody reads has taken it', async () => {
    const endpoint = await world.endpoint();
    await endpoint.answers({ status: 200, bytes: 5_000_000 });
    await world.declared();
    await world.tell();
    expect(await deliveries(endpoint.path)).toMatchObject([{ status: 'delivered' }]);
  });

  test('drops the connection after it took a message gets it again, with the same id', async () => {
    const endpoint = await world.endpoint();
    await world.fault(endpoint.hook, { drop: 'after' });
    await world.declared();
    await world.tell();
    await world.later(endpoint.id, '1 minute');
    await world.tell();
    const [one, two] = await endpoint.received();
    expect(two).toMatchObject({ id: one?.id, body: one?.body });
  });
});

describe('an endpoint that fails for long', () => {
  test('is paused and told, then asked one message at a time; when it is back after a day, all comes in order', async () => {
    const endpoint = await world.endpoint();
    await endpoint.answers({ status: 503 });
    const declarationId = await world.declared();
    await world.happened(declarationId, 'lodging', 'awaiting_importer');
    await pause(endpoint);
    expect(await state(endpoint.path)).toMatchObject({
      status: 'paused',
      failingSince: expect.any(String),
      pausedAt: expect.any(String),
      probeAt: expect.any(String),
      lastFailure: { code: 'status', httpStatus: 503 },
    });
    const metrics = (await world.request('GET', '/metrics')).body as string;
    expect(metrics).toMatch(/consentry_waiting\{what="pausedWebhookEndpoints"\} [1-9]/);

    const another = await world.declared();
    await world.tell();
    const attempts = (await endpoint.received()).length;
    await world.later(endpoint.id, '1 day');
    await world.tell();
    // One more, although two declarations wait.
    expect((await endpoint.received()).length).toBe(attempts + 1);

    await endpoint.answers();
    await world.later(endpoint.id, '1 day');
    await world.tell();
    const since = (await endpoint.received()).slice(attempts + 1);
    const ofOne = since.filter(({ body }) => body.data.declarationId === declarationId);
    expect(types(ofOne)).toEqual(['received', 'lodging', 'awaiting_importer']);
    expect(since.filter(({ body }) => body.data.declarationId === another)).toHaveLength(1);
    expect(await state(endpoint.path)).toMatchObject({ status: 'active' });
  });

  test('is given up on after three days, message by message; they can be asked for once more', async () => {
    const endpoint = await world.endpoint();
    await endpoint.answers({ status: 500 });
    const declarationId = await world.declared();
    await world.tell();
    await world.later(endpoint.id, '3 days');
    await giveUpExpired(world.pool);
    await world.tell();
    expect(await endpoint.received()).toHaveLength(1);
    const [given] = await deliveries(endpoint.path, '?status=given-up');
    expect(given).toMatchObject({ declarationId, attempts: 1, finishedAt: expect.any(String) });

    await endpoint.answers();
    const again = await world.broker.request('POST', `${endpoint.path}/deliveries/${given.id}/redelivery`);
    expect([again.status, again.body.status]).toEqual([202, 'waiting']);
    await world.tell();
    expect((await endpoint.received()).map(({ id }) => id)).toEqual([given.id, given.id]);
  });
});

describe('redelivery', () => {
  test('sends a message that was taken once more with the same id, and holds up no later one', async () => {
    const endpoint = await world.endpoint();
    const declarationId = await world.declared();
    await world.tell();
    const [first] = await endpoint.received();
    await endpoint.answers({ status: 500 });
    await world.broker.request('POST', `${endpoint.path}/deliveries/${first?.id}/redelivery`);
    await world.tell();
    await endpoint.answers();
    await world.happened(declarationId, 'lodging');
    await world.tell();
    expect(types(await endpoint.received())).toEqual(['received', 'received', 'lodging']);
  });
});

describe('killed between', () => {
  test('claiming and sending: nothing is lost', async () => {
    const endpoint = await world.endpoint();
    await world.declared();
    await sequenceEvents(world.pool);
    await claimDeliveries(world.pool, { free: 100, ofBroker: 100, busy: new Map() });
    await world.tell();
    expect(await endpoint.received()).toEqual([]);
    await world.later(endpoint.id, '1 minute');
    await world.tell();
    expect(await endpoint.received()).toHaveLength(1);
  });

  test('sending and marking: it comes again with the same id', async () => {
    const endpoint = await world.endpoint();
    await world.declared();
    await world.tell({
      send: async (message) => {
        await world.gateway.send(message);
        throw new Error('killed');
      },
    });
    await world.later(endpoint.id, '1 minute');
    await world.tell();
    const [one, two, ...rest] = await endpoint.received();
    expect([two?.id, rest]).toEqual([one?.id, []]);
  });
});
