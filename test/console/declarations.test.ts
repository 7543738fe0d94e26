/** A broker's declarations in its console: the same resources as its systems have, and who changed what. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type BrokerClient, connectBroker, submission } from '../support/broker-client.ts';
import type { Colleague, ConsoleClient } from '../support/console-world.ts';
import { joined } from '../support/console-world.ts';
import { createImporterWorld, type ImporterWorld } from '../support/importer-world.ts';
import type { content } from '../support/poa-fixtures.ts';

let world: ImporterWorld;
let system: BrokerClient;
let colleague: Colleague;
let client: ConsoleClient;
let stranger: ConsoleClient;
beforeAll(async () => {
  world = await createImporterWorld({
    processes: {
      startPoa: async () => 'started',
      amend: async () => ({ kind: 'undelivered' }),
      cancel: async () => ({ kind: 'undelivered' }),
    },
  });
  const { db, brokerId, api } = world;
  await db.pool.query(
    `INSERT INTO brokers (broker_id, client_id, name, box_number, secret_hash)
     VALUES ('0196a3c0-0000-7000-8000-0000000000ff', 'other', 'Other', 'OTHER', '')`,
  );
  system = await connectBroker(api.url, db.pool, 'b');
  colleague = await joined({ url: api.url, db }, brokerId, 'member');
  client = colleague.client;
  stranger = (await joined({ url: api.url, db }, '0196a3c0-0000-7000-8000-0000000000ff')).client;
});
afterAll(() => world?.close());

const declared = async (changes: Parameters<typeof content>[0] = {}) => {
  const body = submission(changes);
  return { body, id: (await system.declare(body)).body.declarationId as string };
};
const amend = (id: string, body: object, version = 1, by = client) =>
  by.ask('PUT', `/declarations/${id}`, { body, headers: { 'if-match': `"${version}"` } });

test('answers as /v1 does', async () => {
  const { id } = await declared();
  for (const path of [`/declarations/${id}`, `/declarations/${id}/events`, '/declarations?limit=1']) {
    const { status, body } = await client.ask('GET', path);
    expect([status, body]).toEqual([200, (await system.get(`/v1${path}`)).body]);
  }
  expect((await client.ask('GET', `/declarations/${id}/poa`)).status).toBe(404);
});

test('gives nothing of another broker’s: every call with its ids is 404, every list without them', async () => {
  const { id, body } = await declared();
  const uploaded = await system.request('POST', '/v1/manifests', {
    body: `${JSON.stringify(submission())}\n`,
    headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': 'manifest' },
  });
  const { manifestId } = uploaded.body;
  expect(await client.call('GET', `/manifests/${manifestId}`)).toEqual(
    (await system.get(`/v1/manifests/${manifestId}`)).body,
  );
  const calls: [string, string, object?][] = [
    ['GET', `/manifests/${manifestId}`],
    ['GET', `/manifests/${manifestId}/lines`],
    ['GET', `/declarations/${id}`],
    ['GET', `/declarations/${id}/events`],
    ['GET', `/declarations/${id}/poa`],
    ['GET', `/declarations/${id}/poa/evidence`],
    ['POST', `/declarations/${id}/cancellation`, { reason: 'other' }],
  ];
  for (const [method, path, sent] of calls)
    expect([path, (await stranger.ask(method, path, sent ? { body: sent } : {})).status]).toEqual([
      path,
      404,
    ]);
  expect((await amend(id, body, 1, stranger)).status).toBe(404);
  expect((await stranger.call('GET', `/declarations?search=${body.houseWaybill}`)).items).toEqual([]);
  expect((await stranger.call('GET', '/manifests')).items).toEqual([]);
  expect((await stranger.call('GET', '/flights?from=2026-11-20&to=2026-11-30')).items).toEqual([]);
  expect((await stranger.call('GET', `/acts?declarationId=${id}`)).items).toEqual([]);
});

test('does not declare: that is what systems do', async () => {
  const { status } = await client.ask('POST', '/declarations', { body: submission() });
  expect(status).toBe(405);
});

describe('a search', () => {
  test.each(['houseWaybill', 'functionalReference', 'declarationNumber'] as const)(
    'finds by %s',
    async (name) => {
      const { id, body } = await declared();
      const number = `CX 26 ${body.houseWaybill}`;
      await world.db.pool.query('UPDATE declarations SET declaration_number = $2 WHERE declaration_id = $1', [
        id,
        number,
      ]);
      const value = { ...body, declarationNumber: number }[name] ?? '';
      const { items } = await client.call('GET', `/declarations?search=${encodeURIComponent(value)}`);
      expect(items.map(({ declarationId }: { declarationId: string }) => declarationId)).toEqual([id]);
    },
  );

  test('finds by flight and day, and by status within them, page by page', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++)
      ids.unshift((await declared({ flight: 'BR0018', importDate: '2026-11-26' })).id);
    await declared({ flight: 'BR0018', importDate: '2026-11-27' });
    const path = '/declarations?flight=BR0018&importDate=2026-11-26&status=received&limit=2';
    const first = await client.call('GET', path);
    const second = await client.call('GET', `${path}&cursor=${first.nextCursor}`);
    const found = [...first.items, ...second.items].map(({ declarationId }) => declarationId);
    expect([found, second.nextCursor]).toEqual([ids, null]);
  });
});

test('counts each flight by status; an amendment to another flight counts there', async () => {
  const flight = 'CI5899';
  const { body, id } = await declared({ flight });
  const counts = async () => {
    const { items } = await client.call('GET', `/flights?from=2026-11-01&to=2026-11-${10 + days++}`);
    return items
      .filter((one: { flight: string }) => [flight, 'CI5900'].includes(one.flight))
      .map((one: { flight: string; counts: object }) => [one.flight, one.counts]);
  };
  // Another range each time: what was counted a moment ago is answered once more.
  let days = 14;
  await declared({ flight });
  expect(await counts()).toEqual([[flight, { received: 2 }]]);
  await amend(id, { ...body, flight: 'CI5900' });
  await world.db.pool.query(
    `UPDATE declarations d SET flight = v.flight, import_date = v.import_date FROM declaration_versions v
     WHERE d.declaration_id = $1 AND v.declaration_id = $1 AND v.version = 2`,
    [id],
  );
  expect(await counts()).toEqual([
    [flight, { received: 1 }],
    ['CI5900', { received: 1 }],
  ]);
});

test.each([
  '?from=2026-11-30&to=2026-11-01',
  '?from=2026-01-01&to=2026-11-01',
  '?from=0000-01-01&to=0000-01-02',
  '',
])('counts some days, no more: /flights%s is malformed', async (query) => {
  expect((await client.ask('GET', `/flights${query}`)).status).toBe(400);
});

test('flights of ever other days are counted one after the other, and not without end', async () => {
  const query = world.db.pool.query.bind(world.db.pool) as (
    asked: unknown,
    values?: unknown,
  ) => Promise<unknown>;
  let [now, most] = [0, 0];
  const slowly = async (asked: { name?: string }, values?: unknown) => {
    if (asked.name !== 'flights') return query(asked, values);
    most = Math.max(most, ++now);
    // Long enough for all of them to have come.
    await new Promise((resolve) => setTimeout(resolve, 50));
    return query(asked, values).finally(() => now--);
  };
  const slow = vi.spyOn(world.db.pool, 'query').mockImplementation(slowly as never);
  const asked = Array.from({ length: 12 }, (_, i) =>
    client.ask('GET', `/flights?from=2026-10-01&to=2026-10-${10 + i}`),
  );
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  slow.mockRestore();
  expect(most).toBe(1);
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  expect((await client.ask('GET', '/flights?from=2026-10-01&to=2026-10-30')).status).toBe(200);
});

describe('a change', () => {
  test('is recorded with whoever asked for it, in the same transaction', async () => {
    const { id, body } = await declared();
    expect((await amend(id, { ...body, packages: 2 })).status).toBe(202);
    const { items } = await client.call('GET', `/acts?declarationId=${id}`);
    expect(items).toMatchObject([
      { kind: 'amended', by: { userId: colleague.userId, name: '陳報關' }, verdict: 'pending' },
    ]);
    const { id: second } = await declared();
    const cancelled = await client.ask('POST', `/declarations/${second}/cancellation`, {
      body: { reason: 'paper-poa' },
    });
    expect(cancelled.status).toBe(202);
    const acts = await client.call('GET', `/acts?declarationId=${second}`);
    expect(acts.items).toMatchObject([{ kind: 'cancelled', declaration: { declarationId: second } }]);
  });

  test('of the broker’s own system is none of the console’s', async () => {
    const { id, body } = await declared();
    await system.amend(id, 1, { ...body, packages: 2 });
    expect((await client.call('GET', `/acts?declarationId=${id}`)).items).toEqual([]);
  });

  test('that is refused is not recorded: a stale version is told, and changes nothing', async () => {
    const { id, body } = await declared();
    const { status, body: problem } = await amend(id, { ...body, packages: 2 }, 7);
    expect([status, problem]).toMatchObject([412, { type: '/problems/version-conflict' }]);
    expect((await client.call('GET', `/acts?declarationId=${id}`)).items).toEqual([]);
  });

  test('twice under one key is one, recorded once', async () => {
    const { id, body } = await declared();
    const twice = () =>
      client.ask('PUT', `/declarations/${id}`, {
        body: { ...body, packages: 3 },
        headers: { 'if-match': '"1"', 'idempotency-key': `k-${id}` },
      });
    const [first, second] = [await twice(), await twice()];
    expect(second.body).toEqual(first.body);
    expect((await client.call('GET', `/acts?declarationId=${id}`)).items).toHaveLength(1);
  });
});
