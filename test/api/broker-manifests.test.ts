/** `POST /v1/manifests`: what is taken in, and what is shown of it; nothing is made of it here. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dropBrokenUploads } from '../../db/tidy.ts';
import { type ApiWorld, createApiWorld, OTHER_BOX_NUMBER } from '../support/api-world.ts';
import { type BrokerClient, connectBroker, submission } from '../support/broker-client.ts';
import { breakOff, linesOf, ndjson, submissions, upload } from '../support/manifests.ts';
import { BOX_NUMBER } from '../support/poa-fixtures.ts';

let world: ApiWorld;
let broker: BrokerClient;
let other: BrokerClient;
beforeAll(async () => {
  world = await createApiWorld();
  broker = await connectBroker(world.url, world.pool, BOX_NUMBER);
  other = await connectBroker(world.url, world.pool, OTHER_BOX_NUMBER);
});
afterAll(() => world?.close());
beforeEach(() => world.calls.splice(0));

const mine = () => ({ url: world.url, token: broker.token });
const shown = async (manifestId: string) => (await broker.get(`/v1/manifests/${manifestId}`)).body;

describe('a manifest', () => {
  test('is answered once every line is kept, and its process is started', async () => {
    const { status, headers, body } = await upload(broker, ndjson(submissions(250)));
    expect([status, headers.get('location')]).toEqual([202, `/v1/manifests/${body.manifestId}`]);
    expect(world.calls).toEqual([['startManifest', body.manifestId]]);
    expect(await shown(body.manifestId)).toEqual({
      manifestId: body.manifestId,
      kind: 'declarations',
      status: 'received',
      createdAt: expect.any(String),
      receivedAt: expect.any(String),
      lines: { total: 250, waiting: 250, accepted: 0, rejected: 0 },
      declarations: {},
    });
  });

  test('tells of each bad line on its own, with the number that an editor shows', async () => {
    const bad = { ...submission(), grossMassKg: '70.1' };
    const lines = [
      submission(),
      '',
      '{"truncated": ',
      bad,
      '["no object"]',
      '{"A123456789": 1}',
      submission(),
    ];
    const { body } = await upload(broker, ndjson(lines));
    const rejected = await linesOf(broker, body.manifestId, 'rejected');
    expect(rejected.map(({ line, problem }) => [line, problem?.type, problem?.status])).toEqual([
      [3, '/problems/malformed-request', 400],
      [4, '/problems/validation-failed', 422],
      [5, '/problems/validation-failed', 422],
      [6, '/problems/validation-failed', 422],
    ]);
    expect(rejected[1]).toMatchObject({
      result: 'rejected',
      problem: {
        title: 'Some members are not valid',
        instance: `/v1/manifests/${body.manifestId}/lines#4`,
        errors: [{ pointer: '/grossMassKg' }],
      },
    });
    expect((await shown(body.manifestId)).lines).toEqual({ total: 6, waiting: 2, accepted: 0, rejected: 4 });
    expect(await linesOf(broker, body.manifestId, 'accepted')).toEqual([]);
    expect((await linesOf(broker, body.manifestId)).map(({ line }) => line)).toEqual([1, 3, 4, 5, 6, 7]);
  });

  test('is checked by the rules of a single declaration', async () => {
    const bodies = [
      { ...submission(), respondBy: new Date(Date.now() + 60_000).toISOString() },
      { ...submission(), importer: { name: '王小明', phone: '02-2345-6789' } },
      { ...submission(), status: 'confirmed' },
      { ...submission(), goods: [] },
    ];
    const { body } = await upload(broker, ndjson(bodies));
    const singly = await Promise.all(bodies.map((line) => broker.declare(line)));
    const problems = (await linesOf(broker, body.manifestId)).map(({ problem }) => problem);
    const { instance: _, ...rest } = singly[0]?.body ?? {};
    expect(problems[0]).toMatchObject(rest);
    expect(problems.map((problem) => [problem?.type, problem?.errors])).toEqual(
      singly.map(({ body: answer }) => [answer.type, answer.errors]),
    );
  });

  test.each([
    [
      'a line of no UTF-8',
      Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xff, 0xfe), Buffer.from('"}')]),
      400,
    ],
    ['nesting without end', Buffer.from('['.repeat(100_000)), 400],
    ['deep nesting', Buffer.from('['.repeat(50_000) + ']'.repeat(50_000)), 422],
    ['a line over its limit', Buffer.from(`"${'x'.repeat(300_000)}"`), 413],
  ])('survives %s', async (_, bad, expected) => {
    const good = Buffer.from(ndjson([submission()]));
    const { status, body } = await upload(broker, Buffer.concat([good, bad, Buffer.from('\n'), good]));
    expect(status).toBe(202);
    const lines = await linesOf(broker, body.manifestId);
    expect(lines.map(({ line, problem }) => [line, problem?.status])).toEqual([
      [1, undefined],
      [2, expected],
      [3, undefined],
    ]);
  });

  test('of a day that no database knows, or of more problems than anybody reads, is rejected alone', async () => {
    const members = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`x${i}`, 0]));
    const lines = [
      submission(),
      { ...submission(), importDate: '0000-01-01' },
      { ...submission(), importDate: '9999-12-31' },
      { ...submission(), ...members },
    ];
    const { body } = await upload(broker, ndjson(lines));
    expect((await shown(body.manifestId)).lines).toEqual({ total: 4, waiting: 1, accepted: 0, rejected: 3 });
    const rejected = await linesOf(broker, body.manifestId, 'rejected');
    expect(rejected.map(({ problem }) => problem?.errors?.length)).toEqual([1, 1, 50]);
  });

  test('may begin with a byte order mark, end its lines with CRLF and its last one with nothing', async () => {
    const text = `\ufeff${submissions(3)
      .map((line) => JSON.stringify(line))
      .join('\r\n')}`;
    const { body } = await upload(broker, text);
    expect((await shown(body.manifestId)).lines).toEqual({ total: 3, waiting: 3, accepted: 0, rejected: 0 });
  });

  test('keeps nothing of a person in the clear', async () => {
    const secret = { ...submission({ importer: { name: '祕密某', phone: '0955666777' } }) };
    const { body } = await upload(broker, ndjson([secret, { ...secret, 祕密某: 1 }]));
    const { rows } = await world.pool.query(
      `SELECT m::text || string_agg(l::text, ' ') AS text FROM manifests m JOIN manifest_lines l USING (manifest_id)
       WHERE manifest_id = $1 GROUP BY m.*`,
      [body.manifestId],
    );
    for (const word of ['祕密某', '0955666777', '955666777', 'running shoes']) {
      expect(rows[0].text).not.toContain(word);
      expect(rows[0].text).not.toContain(Buffer.from(word).toString('hex'));
    }
  });
});

describe('the same key', () => {
  test('with the same body is the same manifest, also for two at once', async () => {
    const [key, body] = [randomUUID(), ndjson(submissions(150))];
    const [first, second] = await Promise.all([upload(broker, body, { key }), upload(broker, body, { key })]);
    const third = await upload(broker, body, { key });
    expect([first.status, second.status, third.status]).toEqual([202, 202, 202]);
    expect(new Set([first, second, third].map((answer) => answer.body.manifestId)).size).toBe(1);
    expect((await shown(first.body.manifestId)).lines.total).toBe(150);
  });

  test.each([
    ['another', (body: string) => ndjson([submission()]) + body],
    ['a longer', (body: string) => body + ndjson([submission()])],
    ['a shorter', (body: string) => body.slice(0, body.indexOf('\n') + 1)],
  ])('with %s body is 409, and changes nothing', async (_, change) => {
    const [key, body] = [randomUUID(), ndjson(submissions(3))];
    const { manifestId } = (await upload(broker, body, { key })).body;
    const again = await upload(broker, change(body), { key });
    expect([again.status, again.body.type]).toEqual([409, '/problems/idempotency-key-reused']);
    expect((await shown(manifestId)).lines.total).toBe(3);
  });

  test('at another broker is another manifest', async () => {
    const [key, body] = [randomUUID(), ndjson(submissions(1))];
    const [mine, theirs] = [await upload(broker, body, { key }), await upload(other, body, { key })];
    expect(theirs.status).toBe(202);
    expect(theirs.body.manifestId).not.toBe(mine.body.manifestId);
  });

  test('takes up an upload that broke off: what came is not taken twice, and nothing was made of it', async () => {
    const [key, lines] = [randomUUID(), submissions(350)];
    const body = ndjson(lines);
    await breakOff(world.pool, mine(), body.slice(0, body.length * 0.8), {
      key,
      length: Buffer.byteLength(body),
    });
    const { rows } = await world.pool.query(
      `SELECT m.manifest_id AS id, m.status, count(*)::int FROM manifests m JOIN manifest_lines USING (manifest_id)
       WHERE idempotency_key = $1 GROUP BY 1, 2`,
      [key],
    );
    expect(rows).toEqual([{ id: expect.any(String), status: 'receiving', count: 200 }]);
    expect(world.calls).toEqual([]);
    expect(await shown(rows[0].id)).toMatchObject({
      status: 'receiving',
      lines: { total: 200, waiting: 200 },
    });
    const again = await upload(broker, body, { key });
    expect([again.status, again.body.manifestId]).toEqual([202, rows[0].id]);
    expect((await shown(rows[0].id)).lines).toEqual({ total: 350, waiting: 350, accepted: 0, rejected: 0 });
  });

  test('of an upload that broke off long ago, and is sent again while such are dropped, loses nothing', async () => {
    const uploads = Array.from({ length: 2 }, () => ({ key: randomUUID(), body: ndjson(submissions(150)) }));
    for (const { key, body } of uploads)
      await breakOff(world.pool, mine(), body.slice(0, body.length * 0.8), {
        key,
        length: Buffer.byteLength(body),
      });
    await world.pool.query(
      `UPDATE manifests SET visited_at = now() - interval '2 days' WHERE status = 'receiving'`,
    );
    for (const [held, resumed] of [uploads, uploads.toReversed()]) {
      const holding = await world.pool.connect();
      await holding.query('BEGIN');
      await holding.query('SELECT 1 FROM manifests WHERE idempotency_key = $1 FOR UPDATE', [held?.key]);
      const dropping = dropBrokenUploads(world.db);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const { status, body } = await upload(broker, resumed?.body ?? '', { key: resumed?.key ?? '' });
      await holding.query('COMMIT');
      holding.release();
      await dropping;
      expect(status).toBe(202);
      expect((await broker.get(`/v1/manifests/${body.manifestId}`)).status).toBe(200);
    }
  });

  test('with other columns than those of the upload that broke off is 409: no line is read both ways', async () => {
    const { importer, goods, ...rest } = submission();
    const [line] = goods;
    const row = [
      rest.masterWaybill,
      rest.functionalReference,
      rest.flight,
      rest.importDate,
      importer.name,
      importer.phone,
    ];
    const heading =
      'masterWaybill,functionalReference,flight,importDate,importer.name,importer.phone,houseWaybill,goods.description,goods.quantity,goods.unit,goods.price,packages,grossMassKg';
    const csv = [
      heading,
      ...Array.from({ length: 300 }, (_, i) =>
        [...row, `H${i}`, line?.description, 1, 'PCE', '1', 1, '1'].join(','),
      ),
      '',
    ].join('\n');
    const columns = (currency: string) =>
      `/v1/manifests?columns=${encodeURIComponent(JSON.stringify({ 'goods.currency': { fixed: currency } }))}`;
    const key = randomUUID();
    await breakOff(world.pool, mine(), csv.slice(0, csv.length * 0.8), {
      key,
      length: Buffer.byteLength(csv),
      path: columns('USD'),
      type: 'text/csv',
    });
    const { status } = await upload(broker, csv, { key, type: 'text/csv', path: columns('TWD') });
    expect(status).toBe(409);
    expect((await upload(broker, csv, { key, type: 'text/csv', path: columns('USD') })).status).toBe(202);
  });

  test('with another body than the one that broke off is 409', async () => {
    const [key, body] = [randomUUID(), ndjson(submissions(150))];
    await breakOff(world.pool, mine(), body, { key, length: Buffer.byteLength(body) + 100 });
    const again = await upload(broker, ndjson(submissions(150)), { key });
    expect([again.status, again.body.type]).toEqual([409, '/problems/idempotency-key-reused']);
  });
});

test('manifests are listed newest first, page by page', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.unshift((await upload(other, ndjson([submission()]))).body.manifestId);
  const first = await other.get('/v1/manifests?limit=2');
  expect(first.body.items.map((item: { manifestId: string }) => item.manifestId)).toEqual(ids.slice(0, 2));
  const second = await other.get(`/v1/manifests?limit=1&cursor=${first.body.nextCursor}`);
  expect(second.body.items[0].manifestId).toBe(ids[2]);
});

describe("another broker's manifest", () => {
  test.each(['', '/lines'])('GET …%s is 404, like an unknown and a malformed id', async (path) => {
    const { manifestId } = (await upload(broker, ndjson([submission()]))).body;
    for (const id of [manifestId, randomUUID(), 'x']) {
      const { status, body } = await other.get(`/v1/manifests/${id}${path}`);
      expect([status, body.type]).toEqual([404, '/problems/not-found']);
    }
  });

  test('is in no list of theirs', async () => {
    const { manifestId } = (await upload(broker, ndjson([submission()]))).body;
    const { body } = await other.get('/v1/manifests?limit=200');
    expect(body.items.map((item: { manifestId: string }) => item.manifestId)).not.toContain(manifestId);
  });
});

test.each(['cursor=x', 'cursor=bDA', 'result=waiting', 'limit=0', 'other=1'])(
  'lines?%s is malformed',
  async (query) => {
    const { manifestId } = (await upload(broker, ndjson([submission()]))).body;
    expect((await broker.get(`/v1/manifests/${manifestId}/lines?${query}`)).status).toBe(400);
  },
);
