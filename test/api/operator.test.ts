/** What operators and their machines ask: is it alive, can it work, how does it go. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool } from '../../db/pool.ts';
import {
  type ApiWorld,
  apiDeps,
  CUSTOMS_TOKEN,
  createApiWorld,
  listen,
  OPERATOR_TOKEN,
  recordProcesses,
} from '../support/api-world.ts';
import { declare } from '../support/poa-fixtures.ts';
import { call } from '../support/stand-in.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world?.close());

/** The API wired to other parts than the world's. */
async function asking<T>(
  changes: Partial<Awaited<ReturnType<typeof apiDeps>>>,
  ask: (url: string) => Promise<T>,
): Promise<T> {
  const server = await listen({ ...(await apiDeps(world.db, recordProcesses().processes)), ...changes });
  try {
    return await ask(server.url);
  } finally {
    await server.close();
  }
}

describe('/healthz', () => {
  test('answers whatever else is away', async () => {
    expect(await world.request('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });
});

describe('/readyz', () => {
  const ready = { postgres: true, temporal: true, namespace: true, worker: true };

  test('is 200 when everything is there', async () => {
    expect(await world.request('GET', '/readyz')).toMatchObject({ status: 200, body: ready });
  });

  test.each(['temporal', 'namespace', 'worker'] as const)('is 503 without %s', async (part) => {
    const { postgres: _, ...temporal } = { ...ready, [part]: false };
    const answer = await asking({ temporalReady: async () => temporal }, (url) =>
      call('GET', `${url}/readyz`),
    );
    expect(answer).toMatchObject({ status: 503, body: { ...ready, [part]: false } });
  });

  test('is 503 without Postgres', async () => {
    const pool = createPool('postgres://127.0.0.1:1/none');
    const answer = await asking({ db: { ...world.db, pool } }, (url) => call('GET', `${url}/readyz`));
    expect(answer).toMatchObject({ status: 503, body: { ...ready, postgres: false } });
  });

  test('is 503, soon, when a server that says nothing stands in the place of Postgres', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const pool = createPool(`postgres://127.0.0.1:${port}/none`);
    const began = Date.now();
    const answer = await asking({ db: { ...world.db, pool } }, (url) => call('GET', `${url}/readyz`));
    for (const socket of sockets) socket.destroy();
    silent.close();
    expect(answer.status).toBe(503);
    expect(Date.now() - began).toBeLessThan(10_000);
  });
});

describe('/metrics', () => {
  const metrics = (headers: Record<string, string> = {}) => world.request('GET', '/metrics', { headers });
  const forwarded = { 'x-forwarded-for': '203.0.113.7' };

  test('are for the loopback without a token', async () => {
    const { status, headers } = await metrics();
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  });

  test.each([
    ['nobody', {}, 401],
    ['a wrong token', { authorization: 'Bearer wrong' }, 401],
    ["Customs' token", { authorization: `Bearer ${CUSTOMS_TOKEN}` }, 401],
    ["the operators' token", { authorization: `Bearer ${OPERATOR_TOKEN}` }, 200],
  ])('from elsewhere with %s', async (_who, headers, status) => {
    expect((await metrics({ ...forwarded, ...headers })).status).toBe(status);
    expect((await metrics({ forwarded: 'for=203.0.113.7', ...headers })).status).toBe(status);
  });

  test('count declarations by status and what waits', async () => {
    await declare(world, 'declare-first', { start: false });
    const { body } = await metrics();
    expect(body).toContain('consentry_declarations{status="received"} 1\n');
    for (const what of [
      'unacknowledgedReports',
      'pendingConsents',
      'heldConsents',
      'waybillsElsewhere',
      'unacknowledgedNotices',
      'refusedNotices',
      'openFraudCases',
    ])
      expect(body).toContain(`consentry_waiting{what="${what}"} 0\n`);
  });

  test('time requests by route pattern, never by a path that somebody chose', async () => {
    await world.request('GET', '/v1/declarations/A123456789');
    await world.request('GET', '/A123456789');
    const { body } = await metrics();
    expect(body).toMatch(
      /consentry_http_request_seconds_count\{route="unmatched",method="GET",status="404"\} \d/,
    );
    expect(body).not.toContain('A123456789');
  });

  test('are told without the database too, but for what only it knows', async () => {
    const pool = createPool('postgres://127.0.0.1:1/none');
    const answer = await asking({ db: { ...world.db, pool } }, (url) => call('GET', `${url}/metrics`));
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('process_cpu_seconds_total');
    expect(answer.body).not.toContain('consentry_declarations{');
  });
});
