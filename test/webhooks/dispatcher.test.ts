/** Several workers at once: in order for each declaration, fair between brokers, and never more at once than there is room for. */
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createDispatcher } from '../../activities/webhooks.ts';
import { claimDeliveries, giveUpExpired, markDelivered } from '../../db/webhooks/deliveries.ts';
import { sequenceEvents } from '../../db/webhooks/sequence.ts';
import type { WebhookAnswer, WebhookMessage } from '../../gateways/webhook.ts';
import { tellBrokers } from '../../workers/webhooks.ts';
import { createWebhookWorld, type WebhookWorld } from '../support/webhooks.ts';

const log = pino({ level: 'silent' });
const TAKEN: WebhookAnswer = { taken: true, httpStatus: 204 };
const FAILED: WebhookAnswer = { taken: false, failure: 'status', httpStatus: 500 };

let world: WebhookWorld;
beforeAll(async () => {
  world = await createWebhookWorld();
});
afterEach(() => world.deleteEndpoints());
afterAll(() => world?.close());

const sequenceAll = async () => {
  while ((await sequenceEvents(world.pool)) > 0);
};
/** A declaration with so many events. */
async function declaredWith(events: number, of = world.broker): Promise<string> {
  const id = await world.declared(of);
  await world.happened(id, ...Array<string>(events - 1).fill('lodging'));
  return id;
}

test('three workers at once, with every third attempt failing, keep the order of each declaration', async () => {
  const endpoint = await world.endpoint();
  const ids = await Promise.all(Array.from({ length: 8 }, () => declaredWith(5)));
  await sequenceAll();
  const taken: string[] = [];
  let attempts = 0;
  const gateway = {
    async send({ id }: WebhookMessage): Promise<WebhookAnswer> {
      attempts += 1;
      if (attempts % 3 === 0) return FAILED;
      taken.push(id);
      return TAKEN;
    },
  };
  const workers = Array.from({ length: 3 }, () =>
    createDispatcher({ db: world.db, gateway, log, random: () => 0 }),
  );
  await expect
    .poll(
      async () => {
        await Promise.all(workers.map((worker) => worker.turn()));
        await Promise.all(workers.map((worker) => worker.idle()));
        // Not what is under way: nothing is, here.
        await world.later(endpoint.id, '1 hour');
        await world.pool.query(`UPDATE webhook_deliveries SET expires_at = now() + interval '3 days'`);
        return taken.length;
      },
      { timeout: 10_000, interval: 0 },
    )
    .toBe(40);
  const { rows } = await world.pool.query<{ id: string; messages: string[] }>(
    `SELECT about_id AS id, array_agg(message_id::text ORDER BY event_id) AS messages FROM webhook_deliveries
     WHERE endpoint_id = $1 GROUP BY 1`,
    [endpoint.id],
  );
  expect(rows.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  for (const { messages } of rows) {
    expect(taken.filter((id) => messages.includes(id))).toEqual(messages);
  }
});

describe('a message behind another', () => {
  const rowsOf = async (endpointId: string) => {
    const { rows } = await world.pool.query<{ status: string; behind: boolean }>(
      'SELECT status, behind FROM webhook_deliveries WHERE endpoint_id = $1 ORDER BY event_id',
      [endpointId],
    );
    return rows;
  };
  const dispatcher = () => createDispatcher({ db: world.db, log, gateway: { send: async () => TAKEN } });

  test('is looked at by no claim, and goes once the other is through', async () => {
    const { id } = await world.endpoint();
    await declaredWith(3);
    await sequenceAll();
    expect((await rowsOf(id)).map(({ behind }) => behind)).toEqual([false, true, true]);
    for (const left of [2, 1, 0]) {
      const one = dispatcher();
      expect(await one.turn()).toBe(1);
      await one.idle();
      const waiting = (await rowsOf(id)).filter(({ status }) => status === 'waiting');
      expect(waiting.map(({ behind }) => behind)).toEqual(Array.from({ length: left }, (_, i) => i > 0));
    }
  });

  test('goes once the other was given up', async () => {
    const { id } = await world.endpoint();
    await declaredWith(2);
    await sequenceAll();
    await world.pool.query(
      `UPDATE webhook_deliveries SET expires_at = now() WHERE endpoint_id = $1 AND NOT behind`,
      [id],
    );
    expect(await giveUpExpired(world.pool, 1)).toBe(true);
    expect(await giveUpExpired(world.pool, 1)).toBe(false);
    expect(await rowsOf(id)).toEqual([
      { status: 'given-up', behind: false },
      { status: 'waiting', behind: false },
    ]);
  });

  test('is found to be first although it was addressed while the other was marked', async () => {
    const { id } = await world.endpoint();
    const declarationId = await declaredWith(1);
    await sequenceAll();
    const claims = await claimDeliveries(world.pool, { free: 1, ofBroker: 1, busy: new Map() });
    const marking = await world.pool.connect();
    await marking.query('BEGIN');
    await marking.query(
      `UPDATE webhook_deliveries SET status = 'delivered', finished_at = now() WHERE endpoint_id = $1`,
      [id],
    );
    await world.happened(declarationId, 'lodging');
    await sequenceAll();
    expect((await rowsOf(id)).map(({ behind }) => behind)).toEqual([false, true]);
    await marking.query('COMMIT');
    marking.release();
    await markDelivered(
      world.pool,
      claims.map((claim) => ({ claim, httpStatus: 204 })),
    );
    expect((await rowsOf(id)).map(({ behind }) => behind)).toEqual([false, false]);
  });

  test('that nobody let go, since a kill came between, is found within a minute', async () => {
    const { id } = await world.endpoint();
    await declaredWith(1);
    await sequenceAll();
    await world.pool.query('UPDATE webhook_deliveries SET behind = true WHERE endpoint_id = $1', [id]);
    const telling = tellBrokers({ pool: world.pool, dispatcher: dispatcher(), log, everyMs: 20 });
    await expect.poll(() => rowsOf(id)).toEqual([{ status: 'delivered', behind: false }]);
    await telling.stop();
  });
});

test('an endpoint that cannot be resumed holds up nobody else, and is resumed by its next message', async () => {
  const paused = await world.endpoint();
  await declaredWith(1);
  await sequenceAll();
  await world.pool.query(
    `UPDATE webhook_endpoints SET failures = 9, failing_since = now(), paused_at = now(), probe_at = now()
     WHERE endpoint_id = $1`,
    [paused.id],
  );
  let away = true;
  const pool = Object.create(world.pool, {
    query: {
      value: (query: { name?: string }, values?: unknown[]) =>
        away && query.name === 'webhook-resume'
          ? Promise.reject(new Error('away'))
          : world.pool.query(query as never, values as never),
    },
  }) as typeof world.pool;
  const dispatcher = createDispatcher({
    db: { pool, keys: world.db.keys },
    log,
    gateway: { send: async () => TAKEN },
  });
  expect(await dispatcher.turn()).toBe(1);
  await dispatcher.idle();
  const quiet = await world.endpoint(world.other);
  await declaredWith(1, world.other);
  await declaredWith(1);
  await sequenceAll();
  expect(await dispatcher.turn()).toBe(1);
  await dispatcher.idle();
  expect((await world.other.get(`${quiet.path}/deliveries`)).body.items).toMatchObject([
    { status: 'delivered' },
  ]);
  away = false;
  await world.later(paused.id, '1 hour');
  expect(await dispatcher.turn()).toBe(1);
  await dispatcher.idle();
  expect((await world.broker.get(paused.path)).body.status).toBe('active');
});

describe('a flood of one broker', () => {
  test("leaves the first place of another's free, and takes no more than a broker's share", async () => {
    const flooded = await world.endpoint();
    const quiet = await world.endpoint(world.other);
    for (let i = 0; i < 20; i += 1) await world.declared();
    await sequenceAll();
    await world.declared(world.other);
    await sequenceAll();
    const claims = await claimDeliveries(world.pool, { free: 5, ofBroker: 4, busy: new Map() });
    const of = (id: string) => claims.filter(({ endpointId }) => endpointId === id).length;
    expect([of(flooded.id), of(quiet.id)]).toEqual([4, 1]);
    const busy = new Map([[world.brokerId, 3]]);
    expect(await claimDeliveries(world.pool, { free: 5, ofBroker: 4, busy })).toHaveLength(1);
  });

  test('whose receiver hangs holds up nobody else', async () => {
    await world.endpoint();
    const quiet = await world.endpoint(world.other);
    for (let i = 0; i < 10; i += 1) await world.declared();
    await sequenceAll();
    let release = () => {};
    const hanging = new Promise<void>((resolve) => {
      release = resolve;
    });
    const told: string[] = [];
    const dispatcher = createDispatcher({
      db: world.db,
      log,
      atOnceOfBroker: 4,
      gateway: {
        async send({ url }) {
          if (!url.endsWith(quiet.hook)) await hanging;
          told.push(url);
          return TAKEN;
        },
      },
    });
    expect(await dispatcher.turn()).toBe(4);
    await world.declared(world.other);
    await sequenceAll();
    expect(await dispatcher.turn()).toBe(1);
    await dispatcher.oneDone();
    expect(told).toEqual([expect.stringContaining(quiet.hook)]);
    release();
    await dispatcher.idle();
  });
});

test('a revoked broker is told nothing more', async () => {
  const endpoint = await world.endpoint(world.other);
  await world.declared(world.other);
  await sequenceAll();
  const revoke = (at: string) =>
    world.pool.query(`UPDATE brokers SET revoked_at = ${at} WHERE broker_id = $1`, [world.otherBrokerId]);
  await revoke('now()');
  await world.tell();
  expect(await endpoint.received()).toEqual([]);
  await revoke('NULL');
  await world.tell();
  expect(await endpoint.received()).toHaveLength(1);
});

test('the loops of a worker tell by themselves, go on after the database was away, and stop', async () => {
  const endpoint = await world.endpoint();
  const dispatcher = createDispatcher({ db: world.db, gateway: world.gateway, log });
  let away = true;
  const flaky = {
    turn: () => (away ? Promise.reject(new Error('away')) : dispatcher.turn()),
    oneDone: dispatcher.oneDone,
    idle: dispatcher.idle,
  };
  const telling = tellBrokers({ pool: world.pool, dispatcher: flaky, log, everyMs: 20, againMs: 20 });
  await declaredWith(3);
  away = false;
  await expect.poll(async () => (await endpoint.received()).length, { timeout: 5_000 }).toBe(3);
  await telling.stop();
  await world.declared();
  expect(await endpoint.received()).toHaveLength(3);
});
