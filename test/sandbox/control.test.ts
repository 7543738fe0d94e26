import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Listening } from '../../sandbox/listen.ts';
import { createPush } from '../../sandbox/push/push.ts';
import { type Answer, call } from '../support/stand-in.ts';

/** The push service stands for all: they share history, faults and listening. */
let standIn: Listening;
let sent = 0;
const control = (method: string, path: string, body?: unknown): Promise<Answer> =>
  call(method, `${standIn.url}/_control${path}`, { body });
const sms = (): Promise<Answer> => {
  sent += 1;
  return call('POST', `${standIn.url}/sms`, {
    body: { to: '+886912345678', text: 'hello' },
    headers: { authorization: 'Bearer token', 'idempotency-key': `k${sent}` },
  });
};
const arrived = async (): Promise<number> => (await control('GET', '/sms')).body.length;

beforeAll(async () => {
  standIn = await createPush({ smsToken: 'token' }).listen(0);
});
beforeEach(() => control('POST', '/reset'));
afterAll(() => standIn.close());

test('a fault answers instead of acting, as often as told, in the order given', async () => {
  await control('POST', '/faults', { route: '/sms', status: 503, times: 2 });
  await control('POST', '/faults', { route: '/', status: 500 });
  const statuses = [];
  for (let i = 0; i < 4; i += 1) statuses.push((await sms()).status);
  expect(statuses).toEqual([503, 503, 500, 202]);
  expect(await arrived()).toBe(1);
});

test('a fault for another route, or one that was deleted, does nothing', async () => {
  await control('POST', '/faults', { route: '/push', status: 503, times: 9 });
  expect((await sms()).status).toBe(202);
  await control('POST', '/faults', { route: '/sms', status: 503, times: 9 });
  await control('DELETE', '/faults');
  expect((await sms()).status).toBe(202);
});

test('a delay comes before acting, and more faults can be waiting', async () => {
  await control('POST', '/faults', { route: '/sms', delayMs: 300, times: 1 });
  const from = Date.now();
  const slow = sms();
  expect(await arrived()).toBe(0);
  expect((await slow).status).toBe(202);
  expect(Date.now() - from).toBeGreaterThanOrEqual(290);
});

test('a connection dropped before acting leaves nothing, one dropped after acting leaves the act', async () => {
  await control('POST', '/faults', { route: '/sms', drop: 'before' });
  await expect(sms()).rejects.toThrow();
  expect(await arrived()).toBe(0);
  await control('POST', '/faults', { route: '/sms', drop: 'after' });
  await expect(sms()).rejects.toThrow();
  expect(await arrived()).toBe(1);
  const { body: asked } = await control('GET', '/requests');
  expect(asked.map(({ status }: { status: number | null }) => status)).toEqual([null, null]);
});

test('remembers what was asked and what was answered, by path, but no control calls', async () => {
  await sms();
  await call('POST', `${standIn.url}/push/nobody`, {
    body: new Uint8Array([255]),
    headers: { 'content-type': 'application/octet-stream' },
  });
  const { body: all } = await control('GET', '/requests');
  expect(all.map(({ method, path, status }: Record<string, unknown>) => [method, path, status])).toEqual([
    ['POST', '/sms', 202],
    ['POST', '/push/nobody', 404],
  ]);
  const [one, ...others] = (await control('GET', '/requests?path=/sms')).body;
  expect(others).toEqual([]);
  expect(one).toMatchObject({
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    headers: { authorization: 'Bearer token' },
    body: { to: '+886912345678', text: 'hello' },
  });
  expect((await control('GET', '/requests?path=/push')).body[0].body).toBe('/w==');
});

test('a reset forgets requests, faults and state', async () => {
  await sms();
  await control('POST', '/faults', { route: '/sms', status: 503, times: 9 });
  expect((await control('POST', '/reset')).status).toBe(204);
  expect((await control('GET', '/requests')).body).toEqual([]);
  expect(await arrived()).toBe(0);
  expect((await sms()).status).toBe(202);
});

test('a fault that makes no sense is refused', async () => {
  for (const fault of [{ status: 503 }, { route: '/sms', status: 200 }, { route: '/sms', drop: 'never' }])
    expect((await control('POST', '/faults', fault)).status).toBe(422);
  expect((await control('GET', '/nothing')).status).toBe(404);
});

test('listens on both loopback addresses', async () => {
  const { port } = new URL(standIn.url);
  const status = (host: string) =>
    new Promise((resolve) => {
      request({ host, port, path: '/_control/requests' }, (res) => resolve(res.resume().statusCode))
        .on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
        .end();
    });
  expect(await status('127.0.0.1')).toBe(200);
  expect([200, 'EADDRNOTAVAIL', 'EAFNOSUPPORT']).toContain(await status('::1'));
});
