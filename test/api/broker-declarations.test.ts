/** `POST` and `GET /v1/declarations`: what is taken, what is refused and how, and what is shown. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { canonicalForm } from '../../domain/canonical.ts';
import type { StartResult } from '../../gateways/temporal.ts';
import { type ApiWorld, createApiWorld, OTHER_BOX_NUMBER } from '../support/api-world.ts';
import { type BrokerClient, connectBroker, submission } from '../support/broker-client.ts';
import { BOX_NUMBER } from '../support/poa-fixtures.ts';
import { call } from '../support/stand-in.ts';

const HOUR = 3_600_000;
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

let world: ApiWorld;
let broker: BrokerClient;
let other: BrokerClient;
beforeAll(async () => {
  world = await createApiWorld();
  broker = await connectBroker(world.url, world.pool, BOX_NUMBER);
  other = await connectBroker(world.url, world.pool, OTHER_BOX_NUMBER);
});
afterAll(() => world?.close());

/** Temporal as it answers a start. */
const starts = (result: StartResult | Error) => {
  world.processes.startPoa = async () => {
    if (result instanceof Error) throw result;
    return result;
  };
};
beforeEach(() => starts('started'));

describe('a declaration', () => {
  test('is answered with itself, flat, and read back the same', async () => {
    const body = submission({
      order: 'consent-first',
      consignor: { name: 'Acme Inc.', country: 'US' },
      freight: { amount: '12.0', currency: 'USD' },
      grossVolumeM3: '0.010',
      importer: { name: '王小明', phone: '0912-345-678' },
      respondBy: inMs(2 * HOUR),
    });
    const { order: _o, respondBy, ...members } = body;
    const { status, headers, body: answer } = await broker.declare(body);
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/declarations/${answer.declarationId}`);
    expect(headers.get('etag')).toBe('"1"');
    expect(headers.get('x-request-id')).toBeTruthy();
    expect(answer).toEqual({
      ...members,
      declarationId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      version: 1,
      digest: canonicalForm(body, BOX_NUMBER).digest,
      status: 'received',
      order: 'consent-first',
      createdAt: expect.any(String),
      updatedAt: answer.createdAt,
      respondBy,
    });
    const read = await broker.get(headers.get('location') ?? '');
    expect([read.status, read.body]).toEqual([200, answer]);
    expect([read.headers.get('etag'), read.headers.get('cache-control')]).toEqual(['"1"', 'no-store']);
  });

  test('without order and respondBy: declare-first, 72 hours', async () => {
    const { body } = await broker.declare();
    expect(body.order).toBe('declare-first');
    expect(Date.parse(body.respondBy) - Date.parse(body.createdAt)).toBeGreaterThan(72 * HOUR - 5_000);
    expect(Date.parse(body.respondBy) - Date.parse(body.createdAt)).toBeLessThan(72 * HOUR + 5_000);
  });

  test('is answered in full though the client has it (never 304)', async () => {
    const { headers } = await broker.declare();
    const read = await broker.request('GET', headers.get('location') ?? '', {
      headers: { 'if-none-match': '"1"' },
    });
    expect([read.status, read.body.version]).toEqual([200, 1]);
  });

  test('keeps nothing of the person in the clear', async () => {
    const { body } = await broker.declare(submission({ importer: { name: '祕密某', phone: '0955666777' } }));
    const { rows } = await world.pool.query(
      `SELECT d::text || v::text || k::text AS text FROM declarations d JOIN declaration_versions v USING (declaration_id)
       JOIN idempotency_keys k USING (declaration_id) WHERE declaration_id = $1`,
      [body.declarationId],
    );
    for (const secret of ['祕密某', '0955666777', '955666777', 'running shoes']) {
      expect(rows[0].text).not.toContain(secret);
      expect(rows[0].text).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });

  test('is kept and answered with 202 while Temporal is away', async () => {
    starts(new Error('unreachable'));
    const { status, headers, body } = await broker.declare();
    expect([status, body.status, headers.get('etag')]).toEqual([202, 'received', '"1"']);
    expect((await broker.get(headers.get('location') ?? '')).status).toBe(200);
  });

  test('whose process runs already is 201', async () => {
    starts('already-started');
    expect((await broker.declare()).status).toBe(201);
  });
});

test('four round trips to the main database, one for a repetition', async () => {
  await broker.get('/v1/declarations?limit=1');
  const query = vi.spyOn(world.pool, 'query');
  const connect = vi.spyOn(world.pool, 'connect');
  try {
    const body = submission();
    await broker.declare(body, 'counted');
    const first = query.mock.calls.length;
    await broker.declare(body, 'counted');
    // Each query takes one connection: nothing else was asked in a transaction.
    expect([first, query.mock.calls.length - first, connect.mock.calls.length]).toEqual([4, 1, 5]);
  } finally {
    query.mockRestore();
    connect.mockRestore();
  }
});

describe('is refused', () => {
  test.each([
    ['/goods/0/price', { price: '1e3' }],
    ['/goods/0/price', { price: '-1.00' }],
    ['/goods/0/price', { price: '0' }],
    ['/goods/0/price', { price: '1.234' }],
    ['/goods/0/price', { price: '1.5', currency: 'JPY' }],
    ['/goods/0/price', { price: 12 }],
    ['/goods/0/currency', { currency: 'XXQ' }],
    ['/goods/0/quantity', { quantity: '1.1234567' }],
    ['/goods/0/unit', { unit: 'PAIRS?' }],
    ['/goods/0/description', { description: 'shoes\u200b' }],
    ['/goods/0/description', { description: 'shoes\u202e' }],
    ['/goods/0/description', { description: '\u3164' }],
    ['/goods/0/description', { description: 'x'.repeat(513) }],
    ['/goods/0/colour', { colour: 'red' }],
  ])('%s %j', async (pointer, change) => {
    const [line] = submission().goods;
    const { status, headers, body } = await broker.declare({
      ...submission(),
      goods: [{ ...line, ...change }],
    });
    expect([status, body.type]).toEqual([422, '/problems/validation-failed']);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  test.each([
    ['/importer/phone', { importer: { name: '王小明', phone: '02-2345-6789' } }],
    ['/masterWaybill', { masterWaybill: '2971234567' }],
    ['/houseWaybill', { houseWaybill: 'hawb' }],
    ['/grossMassKg', { grossMassKg: '70.1' }],
    ['/goods', { goods: [] }],
    ['/order', { order: 'customs-started' }],
    ['/status', { status: 'confirmed' }],
    ['/respondBy', { respondBy: '2026-11-26T00:00:00' }],
    ['/respondBy', { respondBy: inMs(9 * 60_000) }],
    ['/respondBy', { respondBy: inMs(7 * 24 * HOUR + 60_000) }],
  ])('%s %j', async (pointer, change) => {
    const { status, body } = await broker.declare({ ...submission(), ...change });
    expect(status).toBe(422);
    expect(body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  test('HTML and foreign scripts are text like any other', async () => {
    const [line] = submission().goods;
    const description = '<script>alert(1)</script> ѕhoeѕ';
    const { status, body } = await broker.declare({ ...submission(), goods: [{ ...line, description }] });
    expect([status, body.goods[0].description]).toEqual([201, description]);
  });

  test('without an idempotency key: 428, before the body is looked at', async () => {
    const { status, body } = await broker.request('POST', '/v1/declarations', { body: {} });
    expect([status, body.type]).toEqual([428, '/problems/idempotency-key-required']);
  });

  test('with a key of other than visible characters: 400', async () => {
    const { status, body } = await broker.declare(submission(), 'two words');
    expect([status, body.type]).toEqual([400, '/problems/malformed-request']);
  });

  const post = (body: string, contentType: string) =>
    broker.request('POST', '/v1/declarations', {
      body,
      headers: { 'content-type': contentType, 'idempotency-key': 'k' },
    });

  test.each([
    ['not JSON', '{', 'application/json', 400],
    ['another type', '{}', 'text/plain', 415],
    ['another charset', '{}', 'application/json; charset=latin1', 415],
    ['no object', '[]', 'application/json', 422],
    ['nesting without end', '['.repeat(100_000), 'application/json', 400],
    ['deep nesting', '['.repeat(50_000) + ']'.repeat(50_000), 'application/json', 422],
    ['too large', JSON.stringify('x'.repeat(300_000)), 'application/json', 413],
  ])('%s', async (_what, body, type, expected) => {
    const { status, headers, body: answer } = await post(body, type);
    expect(status).toBe(expected);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(answer).toMatchObject({
      type: expect.stringMatching(/^\/problems\//),
      title: expect.any(String),
      status: expected,
      detail: expect.any(String),
      instance: expect.any(String),
    });
  });

  test('bytes that are no UTF-8', async () => {
    const bytes = Buffer.from(JSON.stringify({ ...submission(), consignor: { name: 'A#B', country: 'US' } }));
    bytes[bytes.indexOf('#')] = 0xff;
    const { status, body } = await broker.request('POST', '/v1/declarations', {
      body: new Uint8Array(bytes),
      headers: { 'content-type': 'application/json', 'idempotency-key': 'latin1' },
    });
    expect([status, body.type]).toEqual([400, '/problems/malformed-request']);
  });

  test('a deep member', async () => {
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    const { status } = await post(
      JSON.stringify(submission()).replace('"packages":1', `"packages":${deep}`),
      'application/json',
    );
    expect(status).toBe(422);
  });

  test('other methods: 405 with Allow', async () => {
    const { status, headers } = await broker.request('DELETE', '/v1/declarations');
    expect([status, headers.get('allow')]).toEqual([405, 'POST, GET, HEAD']);
  });
});

describe('an idempotency key', () => {
  test('twenty at once make one declaration, and all are answered alike, whoever of them reaches Temporal', async () => {
    const body = submission();
    let asked = 0;
    world.processes.startPoa = async () => {
      const reached = ++asked % 2 === 0;
      // Long enough for the twins to find that there is no answer yet.
      await new Promise((resolve) => setTimeout(resolve, 200));
      if (!reached) throw new Error('unreachable');
      return 'started';
    };
    const answers = await Promise.all(Array.from({ length: 20 }, () => broker.declare(body, 'twenty')));
    const told = answers.map(({ status, headers, body }) =>
      JSON.stringify([status, headers.get('location'), headers.get('etag'), body]),
    );
    expect(new Set(told).size).toBe(1);
    expect([201, 202]).toContain(answers[0]?.status);
    expect(asked).toBeGreaterThan(1);
    const { rows } = await world.pool.query('SELECT 1 FROM declarations WHERE house_waybill = $1', [
      body.houseWaybill,
    ]);
    expect(rows).toHaveLength(1);
  });

  test('the kept answer stays what it was: 202, status and version of then', async () => {
    const body = submission();
    starts(new Error('unreachable'));
    const first = await broker.declare(body, 'kept');
    starts('started');
    await world.pool.query(
      `UPDATE declarations SET status = 'lodging', updated_at = now() WHERE declaration_id = $1`,
      [first.body.declarationId],
    );
    const again = await broker.declare(body, 'kept');
    expect([again.status, again.body]).toEqual([202, first.body]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
  });

  test('white space and the order of members make no other body', async () => {
    const body = submission();
    const { body: first } = await broker.declare(body, 'formatted');
    const reversed = JSON.stringify(Object.fromEntries(Object.entries(body).reverse()), null, 2);
    const again = await broker.request('POST', '/v1/declarations', {
      body: reversed,
      headers: { 'content-type': 'application/json', 'idempotency-key': 'formatted' },
    });
    expect([again.status, again.body]).toEqual([201, first]);
  });

  test('is replayed even when respondBy would be too soon by now', async () => {
    const body = submission({ respondBy: inMs(10 * 60_000 + 1_500) });
    const first = await broker.declare(body, 'soon');
    expect(first.status).toBe(201);
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    expect((await broker.declare(body, 'not-so-soon')).status).toBe(422);
    expect((await broker.declare(body, 'soon')).body).toEqual(first.body);
  });

  test('with another body: 409', async () => {
    await broker.declare(submission(), 'other-body');
    const { status, body } = await broker.declare(submission(), 'other-body');
    expect([status, body.type]).toEqual([409, '/problems/idempotency-key-reused']);
  });

  test('with another body at the same time: one of them, the rest 409', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => broker.declare(submission(), 'other-bodies')),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
  });

  test("is the broker's own", async () => {
    const [mine, theirs] = [
      await broker.declare(submission(), 'same'),
      await other.declare(submission(), 'same'),
    ];
    expect([mine.status, theirs.status]).toEqual([201, 201]);
    expect(mine.body.declarationId).not.toBe(theirs.body.declarationId);
  });

  test('of a refused request may be used again', async () => {
    const taken = submission();
    await broker.declare(taken);
    expect((await broker.declare(taken, 'refused-first')).status).toBe(409);
    expect((await broker.declare(submission(), 'refused-first')).status).toBe(201);
  });

  test('whose first request was killed before its answer was kept is finished by the next', async () => {
    const body = submission();
    const first = await broker.declare(body, 'killed');
    await world.pool.query(
      `UPDATE idempotency_keys SET status = NULL, headers = NULL, sealed = NULL WHERE key = 'killed'`,
    );
    const again = await broker.declare(body, 'killed');
    expect([again.status, again.body]).toEqual([201, first.body]);
  });

  test('counts for 30 days', async () => {
    await broker.declare(submission(), 'old');
    await world.pool.query(
      `UPDATE idempotency_keys SET created_at = now() - interval '30 days 1 minute' WHERE key = 'old'`,
    );
    const second = submission();
    const { status, body } = await broker.declare(second, 'old');
    expect(status).toBe(201);
    expect((await broker.declare(second, 'old')).body).toEqual(body);
  });
});

describe('waybills', () => {
  test('are taken once per broker, whoever is first of many', async () => {
    const body = submission();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        broker.declare(submission({ ...body, functionalReference: `R${i}` })),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)]);
    const { body: refused } = answers.find(({ status }) => status === 409) ?? {};
    expect(refused.type).toBe('/problems/duplicate-waybill');
  });

  test('that are taken, and keys that are, leave no data key behind', async () => {
    const create = vi.spyOn(world.db.keys, 'create');
    const body = submission();
    const others = (i: number) => submission({ ...body, functionalReference: `R${i}` });
    await Promise.all(Array.from({ length: 4 }, (_, i) => broker.declare(others(i))));
    await broker.declare(others(9));
    await Promise.all(Array.from({ length: 4 }, () => broker.declare(submission(), 'twins-and-keys')));
    const made = create.mock.calls.map(([keyId]) => keyId);
    create.mockRestore();
    const { rows } = await world.pool.query('SELECT 1 FROM declarations WHERE declaration_id = ANY($1)', [
      made,
    ]);
    expect(made.length).toBeGreaterThan(rows.length);
    expect((await world.db.keys.getMany(made)).size).toBe(rows.length);
  });

  test('free again once the declaration ended without a POA', async () => {
    const body = submission();
    const { body: first } = await broker.declare(body);
    await world.pool.query(
      `UPDATE declarations SET status = 'expired', finished = true, waybill_taken = false WHERE declaration_id = $1`,
      [first.declarationId],
    );
    expect((await broker.declare(body)).status).toBe(201);
  });

  test('open at two brokers are taken and flagged on both, also at the same instant', async () => {
    for (let i = 0; i < 5; i++) {
      const body = submission();
      const answers = await Promise.all([broker.declare(body), other.declare(body)]);
      expect(answers.map(({ status }) => status)).toEqual([201, 201]);
      const { rows } = await world.pool.query(
        'SELECT waybill_elsewhere FROM declarations WHERE house_waybill = $1',
        [body.houseWaybill],
      );
      expect(rows).toEqual([{ waybill_elsewhere: true }, { waybill_elsewhere: true }]);
    }
    const { body: alone } = await broker.declare();
    const { rows } = await world.pool.query(
      'SELECT waybill_elsewhere FROM declarations WHERE declaration_id = $1',
      [alone.declarationId],
    );
    expect(rows).toEqual([{ waybill_elsewhere: false }]);
  });
});

describe("another broker's", () => {
  test('is unknown on every endpoint, as malformed ids are', async () => {
    const { body } = await broker.declare();
    const strangers = [
      body.declarationId,
      '0',
      "' OR 1=1 --",
      body.declarationId.toUpperCase(),
      'x'.repeat(5000),
    ];
    for (const id of strangers.map(encodeURIComponent)) {
      const client = id === body.declarationId ? other : broker;
      const answers = await Promise.all([
        client.get(`/v1/declarations/${id}`),
        client.get(`/v1/declarations/${id}/events`),
        client.get(`/v1/declarations/${id}/poa`),
        client.amend(id, 1, submission()),
        client.cancel(id),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
      expect(new Set(answers.map(({ body }) => body.type))).toEqual(new Set(['/problems/not-found']));
    }
    expect((await other.get('/v1/declarations?limit=200')).body.items).not.toContainEqual(
      expect.objectContaining({ declarationId: body.declarationId }),
    );
  });

  test('without a token nothing is said of any', async () => {
    const { body } = await broker.declare();
    for (const path of ['', '/events', '/poa']) {
      const { status } = await call('GET', `${world.url}/v1/declarations/${body.declarationId}${path}`);
      expect(status).toBe(401);
    }
  });
});
