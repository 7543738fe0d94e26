/** `GET /v1/events`: whoever asks again with the cursor misses nothing, whatever commits late, and reads nobody else's. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sequenceEvents } from '../../db/webhooks/sequence.ts';
import type { DeclarationNews, EventMessage } from '../../domain/webhook.ts';
import type { BrokerClient } from '../support/broker-client.ts';
import { createWebhookWorld, type WebhookWorld } from '../support/webhooks.ts';

let world: WebhookWorld;
beforeAll(async () => {
  world = await createWebhookWorld();
});
afterAll(() => world?.close());

async function read(of: BrokerClient, cursor?: string, limit = 200) {
  const query = `limit=${limit}${cursor === undefined ? '' : `&cursor=${cursor}`}`;
  const { body } = await of.get(`/v1/events?${query}`);
  return body as { items: (EventMessage & { data: DeclarationNews })[]; nextCursor: string };
}
const ids = ({ items }: { items: EventMessage[] }) => items.map(({ id }) => id);

describe('the feed', () => {
  test('is read page by page, oldest first, and goes on where it was left', async () => {
    const declarationId = await world.declared();
    await world.happened(declarationId, 'lodging', 'awaiting_importer', 'amended');
    await world.tell();
    const all = await read(world.broker);
    const first = await read(world.broker, undefined, 3);
    const rest = await read(world.broker, first.nextCursor, 3);
    expect([...ids(first), ...ids(rest)]).toEqual(ids(all));
    expect(all.items.map(({ type, data }) => [type, data.status])).toEqual([
      ['declaration.received', 'received'],
      ['declaration.lodging', 'lodging'],
      ['declaration.awaiting_importer', 'awaiting_importer'],
      ['declaration.amended', undefined],
    ]);
    expect(await read(world.broker, all.nextCursor)).toEqual({ items: [], nextCursor: all.nextCursor });
    await world.happened(declarationId, 'confirmed');
    await world.tell();
    expect((await read(world.broker, all.nextCursor)).items).toMatchObject([
      { type: 'declaration.confirmed' },
    ]);
  });

  test('has the ids that webhooks have', async () => {
    const { nextCursor } = await read(world.broker);
    const endpoint = await world.endpoint();
    await world.declared();
    await world.tell();
    const [message] = await endpoint.received();
    expect(await read(world.broker, nextCursor)).toMatchObject({
      items: [{ id: message?.id, ...message?.body }],
    });
  });

  test('shows what commits late after what committed before it, and skips neither', async () => {
    const [slow, fast] = [await world.declared(), await world.declared()];
    await world.tell();
    let { nextCursor } = await read(world.broker);
    const client = await world.pool.connect();
    await client.query('BEGIN');
    await client.query(
      `INSERT INTO events (declaration_id, type, version) VALUES ($1, 'declaration.lodging', 1)`,
      [slow],
    );
    await world.happened(fast, 'lodging');
    await world.tell();
    const seen = await read(world.broker, nextCursor);
    expect(seen.items.map(({ data }) => data.declarationId)).toEqual([fast]);
    nextCursor = seen.nextCursor;
    await client.query('COMMIT');
    client.release();
    await world.tell();
    expect((await read(world.broker, nextCursor)).items.map(({ data }) => data.declarationId)).toEqual([
      slow,
    ]);
  });

  test('tells of an event once, however many give places at once', async () => {
    const { nextCursor } = await read(world.broker);
    const declarationId = await world.declared();
    await world.happened(declarationId, ...Array<string>(20).fill('lodging'));
    await Promise.all(Array.from({ length: 8 }, () => sequenceEvents(world.pool, 5)));
    await world.tell();
    const { items } = await read(world.broker, nextCursor);
    expect(items).toHaveLength(21);
    expect(new Set(items.map(({ id }) => id)).size).toBe(21);
  });

  test('is the broker’s own, with places of its own', async () => {
    await world.declared(world.other);
    await world.tell();
    const others = await read(world.other);
    expect(others.items).toHaveLength(1);
    expect(ids(await read(world.broker))).not.toContain(others.items[0]?.id);
    // A cursor is a place in one's own feed: another broker's leads nowhere else.
    const { nextCursor } = await read(world.broker);
    expect((await read(world.other, nextCursor)).items).toEqual([]);
  });

  test.each(['x', 'ZTAx', '', Buffer.from('l1').toString('base64url')])(
    'refuses the cursor %j',
    async (cursor) => {
      const answer = await world.broker.get(`/v1/events?cursor=${cursor}`);
      expect([answer.status, answer.body.type]).toEqual([400, '/problems/malformed-request']);
    },
  );

  test('needs a broker', async () => {
    expect((await world.request('GET', '/v1/events')).status).toBe(401);
  });
});

test('an event that rolls back is queued for nobody', async () => {
  const declarationId = await world.declared();
  await world.tell();
  const client = await world.pool.connect();
  await client.query('BEGIN');
  await client.query(
    `INSERT INTO events (declaration_id, type, version) VALUES ($1, 'declaration.lodging', 1)`,
    [declarationId],
  );
  await client.query('ROLLBACK');
  client.release();
  expect(await sequenceEvents(world.pool)).toBe(0);
});
