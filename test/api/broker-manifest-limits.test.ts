/** Uploads that are too large, too many or no manifest: refused whole, with what to do about it. */
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiWorld, createApiWorld, insertBroker, OTHER_BOX_NUMBER } from '../support/api-world.ts';
import { type BrokerClient, connectBroker, submission } from '../support/broker-client.ts';
import { breakOff, NDJSON, ndjson, submissions, upload, uploadByHand } from '../support/manifests.ts';
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

const mine = () => ({ url: world.url, token: broker.token });
const shown = async (manifestId: string) => (await broker.get(`/v1/manifests/${manifestId}`)).body;

/** What a body that is sent without its length is answered with, while it is still being sent. */
function answerTo(
  chunks: Iterable<string>,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sending = uploadByHand(mine(), { 'idempotency-key': randomUUID(), ...headers });
    sending.on('error', reject);
    sending.on('response', async (response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, body });
    });
    (async () => {
      for (const chunk of chunks) {
        if (!sending.write(chunk)) await new Promise((drained) => sending.once('drain', drained));
      }
      sending.end();
    })().catch(reject);
  });
}

describe('is refused whole', () => {
  test.each([
    ['without a key', { 'idempotency-key': '' }, 428],
    ['with a key of other than visible characters', { 'idempotency-key': 'two words' }, 400],
    ['as JSON', { 'content-type': 'application/json' }, 415],
    ['as text', { 'content-type': 'text/plain' }, 415],
    ['in another charset', { 'content-type': `${NDJSON}; charset=latin1` }, 415],
    ['compressed', { 'content-encoding': 'gzip' }, 415],
  ])('%s', async (_, headers, expected) => {
    const body = gzipSync(ndjson([submission()]));
    const { status, headers: told } = await upload(broker, body, { headers });
    expect(status).toBe(expected);
    expect(told.get('content-type')).toContain('application/problem+json');
  });

  test('empty, or blank', async () => {
    for (const body of ['', '\n\n \n']) {
      const { status, body: told } = await upload(broker, body);
      expect([status, told.type]).toEqual([400, '/problems/malformed-request']);
    }
  });

  test('without a token', async () => {
    const { status } = await world.request('POST', '/v1/manifests', {
      body: ndjson([submission()]),
      headers: { 'content-type': NDJSON, 'idempotency-key': 'k' },
    });
    expect(status).toBe(401);
  });

  test('of more than 16 MiB as it says itself, before any of it is read', async () => {
    const { status } = await upload(broker, Buffer.alloc(16 * 1024 * 1024 + 1, '\n'));
    expect(status).toBe(413);
  });

  test('of more than 16 MiB as it turns out, and of more than 10,000 lines; nothing of either is kept', async () => {
    const key = randomUUID();
    const chunk = `${'x'.repeat(64 * 1024 - 1)}\n`;
    const large = await answerTo(Array(300).fill(chunk), { 'idempotency-key': key });
    expect([large.status, JSON.parse(large.body).type]).toEqual([413, '/problems/body-too-large']);
    expect(JSON.parse(large.body).detail).toContain('16 MiB');
    const many = await answerTo(Array(101).fill('{}\n'.repeat(100)), { 'idempotency-key': `${key}-2` });
    expect([many.status, JSON.parse(many.body).detail]).toEqual([
      413,
      expect.stringContaining('10000 lines'),
    ]);
    const { rowCount } = await world.pool.query('SELECT 1 FROM manifests WHERE idempotency_key LIKE $1', [
      `${key}%`,
    ]);
    expect(rowCount).toBe(0);
  });
});

test('10,000 lines are not too many', async () => {
  const { status, body } = await upload(broker, '{}\n'.repeat(10_000));
  expect(status).toBe(202);
  expect((await shown(body.manifestId)).lines.rejected).toBe(10_000);
});

test('a broker has a few uploads at once, not many', async () => {
  const keys = Array.from({ length: 4 }, () => randomUUID());
  const open = keys.map((key) =>
    uploadByHand(mine(), { 'idempotency-key': key, 'transfer-encoding': 'chunked' }),
  );
  const begun = () => world.pool.query('SELECT 1 FROM manifests WHERE idempotency_key = ANY($1)', [keys]);
  try {
    for (const sending of open) {
      sending.on('error', () => {});
      sending.write(ndjson([submission()]));
    }
    await expect.poll(async () => (await begun()).rowCount).toBe(4);
    const refused = await upload(broker, ndjson([submission()]));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
    expect((await upload(other, ndjson([submission()]))).status).toBe(202);
  } finally {
    for (const sending of open) sending.destroy();
  }
  await expect.poll(async () => (await upload(broker, ndjson([submission()]))).status).toBe(202);
});

describe('a broker with fifty manifests that are not completed', () => {
  const insert = async (status: 'taking' | 'receiving', brokerId: string) => {
    const id = randomUUID();
    await world.db.keys.create(id, 'manifest');
    await world.pool.query(
      `INSERT INTO manifests (manifest_id, broker_id, kind, status, idempotency_key, visited_at)
       VALUES ($1, $2, 'declarations', $3, $4, now() - interval '1 hour')`,
      [id, brokerId, status, id],
    );
    return id;
  };
  const fifty = (status: 'taking' | 'receiving', brokerId: string) =>
    Promise.all(Array.from({ length: 50 }, () => insert(status, brokerId)));

  test('has to wait with the next one, and nobody else has; what came before can be sent again', async () => {
    const brokerId = await insertBroker(world.db, 'MANY');
    const many = await connectBroker(world.url, world.pool, 'MANY');
    const body = ndjson(submissions(1));
    const { body: known } = await upload(many, body, { key: 'known' });
    await fifty('taking', brokerId);
    const { status, headers, body: problem } = await upload(many, body);
    expect([status, headers.get('retry-after'), problem.detail]).toEqual([
      429,
      '60',
      expect.stringContaining('50'),
    ]);
    expect((await upload(many, body, { key: 'known' })).body).toEqual(known);
    expect((await upload(other, ndjson(submissions(1)))).status).toBe(202);
    await world.pool.query(`UPDATE manifests SET status = 'completed' WHERE broker_id = $1`, [brokerId]);
    expect((await upload(many, body)).status).toBe(202);
  });

  test('keeps an upload that broke off, and comes to its end then: it is sent again when one is completed', async () => {
    const brokerId = await insertBroker(world.db, 'RESENT');
    const resent = await connectBroker(world.url, world.pool, 'RESENT');
    const [key, body] = [randomUUID(), ndjson(submissions(150))];
    const at = { url: world.url, token: resent.token };
    await breakOff(world.pool, at, body.slice(0, body.length * 0.8), {
      key,
      length: Buffer.byteLength(body),
    });
    await fifty('taking', brokerId);
    const { status, body: problem } = await upload(resent, body, { key });
    expect([status, problem.detail]).toEqual([429, expect.stringContaining('50')]);
    await world.pool.query(
      `UPDATE manifests SET status = 'completed' WHERE broker_id = $1 AND status = 'taking'`,
      [brokerId],
    );
    const { body: received } = await upload(resent, body, { key });
    const { body: view } = await resent.get(`/v1/manifests/${received.manifestId}`);
    expect(view.lines).toEqual({ total: 150, waiting: 150, accepted: 0, rejected: 0 });
  });

  test('or whose uploads broke off, sends on: the oldest of them is forgotten', async () => {
    const brokerId = await insertBroker(world.db, 'BROKEN');
    const broken = await connectBroker(world.url, world.pool, 'BROKEN');
    const uploads = await fifty('receiving', brokerId);
    expect((await upload(broken, ndjson(submissions(1)))).status).toBe(202);
    const { rows } = await world.pool.query(
      `SELECT count(*) FROM manifests WHERE broker_id = $1 AND status = 'receiving'`,
      [brokerId],
    );
    expect(rows).toEqual([{ count: uploads.length - 1 }]);
  });
});

test('a broker sends half a million lines a day, the rejected ones counted, and no more until some are older', async () => {
  const brokerId = await insertBroker(world.db, 'DAY');
  const busy = await connectBroker(world.url, world.pool, 'DAY');
  await upload(busy, '{}\n');
  await world.pool.query(
    `UPDATE manifests SET lines_total = 500000, lines_rejected = 500000, status = 'completed' WHERE broker_id = $1`,
    [brokerId],
  );
  const { status, headers, body } = await upload(busy, '{}\n');
  expect([status, headers.get('retry-after'), body.detail]).toEqual([
    429,
    '3600',
    expect.stringContaining('500000 lines'),
  ]);
  // Not even an upload that began before; and what broke off does not count.
  const at = { url: world.url, token: busy.token };
  const [key, text] = [randomUUID(), ndjson(submissions(150))];
  await world.pool.query('UPDATE manifests SET lines_total = 499900 WHERE broker_id = $1', [brokerId]);
  await breakOff(world.pool, at, text.slice(0, text.length * 0.8), { key, length: Buffer.byteLength(text) });
  expect((await upload(busy, text, { key })).status).toBe(429);
  expect((await upload(busy, '{}\n')).status).toBe(202);
  await world.pool.query(
    `UPDATE manifests SET created_at = now() - interval '25 hours' WHERE broker_id = $1`,
    [brokerId],
  );
  expect((await upload(busy, '{}\n')).status).toBe(202);
});
