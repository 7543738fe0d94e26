import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import webPush from 'web-push';
import { isPublicAddress, publicLookup } from '../../gateways/public-address.ts';
import { createPushGateway } from '../../gateways/push.ts';
import { createSmsGateway } from '../../gateways/sms.ts';
import type { Listening } from '../../sandbox/listen.ts';
import { createPush } from '../../sandbox/push/push.ts';
import { call } from '../support/stand-in.ts';

const NOTIFICATION = '01900000-0000-7000-8000-000000000001';
const vapid = { ...webPush.generateVAPIDKeys(), subject: 'mailto:test@consentry.example' };
const gateway = createPushGateway({ ...vapid, allowInsecure: true });
const payload = { notificationId: NOTIFICATION, kind: 'ask' as const };
const options = { topic: NOTIFICATION, ttlSeconds: 60, urgency: 'high' as const, timeoutMs: 1_000 };

let push: Listening;
beforeAll(async () => {
  push = await createPush({ smsToken: 'token-of-sms' }).listen(0);
});
afterAll(() => push.close());

const subscribe = async () => (await call('POST', `${push.url}/_control/subscriptions`)).body;

test('a push reaches its device, under a topic that fits', async () => {
  const subscription = await subscribe();
  expect(await gateway.send(subscription, payload, options)).toBe('accepted');
  const url = `${push.url}/_control/messages?subscription=${encodeURIComponent(subscription.endpoint)}`;
  const [message] = (await call('GET', url)).body;
  expect(message.headers).toMatchObject({
    topic: NOTIFICATION.replaceAll('-', ''),
    urgency: 'high',
    ttl: '60',
  });
});

test('a subscription that ended, or is none, is gone', async () => {
  const subscription = await subscribe();
  await call('DELETE', `${push.url}/_control/subscriptions/${subscription.id}`);
  expect(await gateway.send(subscription, payload, options)).toBe('gone');
  expect(await gateway.send({ endpoint: 'x' }, payload, options)).toBe('gone');
  expect(await gateway.send({ ...subscription, keys: { p256dh: 'x', auth: 'y' } }, payload, options)).toBe(
    'gone',
  );
});

test('a push service that fails, or answers late, is an outage', async () => {
  const subscription = await subscribe();
  const fault = (body: object) => call('POST', `${push.url}/_control/faults`, { body });
  await fault({ route: '/push', status: 503, times: 1 });
  await expect(gateway.send(subscription, payload, options)).rejects.toMatchObject({ status: 503 });
  await fault({ route: '/push', delayMs: 400, times: 1 });
  await expect(gateway.send(subscription, payload, { ...options, timeoutMs: 50 })).rejects.toMatchObject({
    kind: 'time-out',
  });
});

describe('an endpoint must not lead inside', () => {
  const guarded = createPushGateway({ ...vapid, allowInsecure: false });

  test('nothing is sent to the loopback, to private addresses or over plain HTTP', async () => {
    const subscription = await subscribe();
    let asked = 0;
    const inside = createServer((_req, res) => {
      asked += 1;
      res.end();
    });
    await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
    const { port } = inside.address() as { port: number };
    const endpoints = [
      subscription.endpoint,
      `http://127.0.0.1:${port}/`,
      `https://127.0.0.1:${port}/`,
      `https://[::1]:${port}/`,
      `https://localhost:${port}/`,
      `https://2130706433:${port}/`,
      `https://user:password@127.0.0.1:${port}/`,
      'https://10.1.2.3/',
      'https://169.254.169.254/latest/meta-data/',
      'https://[::ffff:127.0.0.1]/',
    ];
    for (const endpoint of endpoints) {
      expect(await guarded.send({ ...subscription, endpoint }, payload, options), endpoint).toBe('gone');
    }
    expect(asked).toBe(0);
    inside.close();
  });

  test.each([
    ['8.8.8.8', true],
    ['2606:4700::1111', true],
    ['0.0.0.0', false],
    ['100.64.0.1', false],
    ['172.31.255.255', false],
    ['192.168.1.1', false],
    ['224.0.0.1', false],
    ['::', false],
    ['::1', false],
    ['fe80::1', false],
    ['fc00::1', false],
    ['::ffff:8.8.8.8', false],
    ['64:ff9b::7f00:1', false],
    ['2002:7f00:1::', false],
  ])('%s is public: %s', (address, expected) => {
    expect(isPublicAddress(address)).toBe(expected);
  });

  test('the connection is made to the addresses that were checked', async () => {
    const lookup = await publicLookup(new URL('https://8.8.8.8/'));
    const found = await new Promise((resolve) =>
      lookup('rebound.example', { all: true }, (_error, addresses) => resolve(addresses)),
    );
    expect(found).toEqual([{ address: '8.8.8.8', family: 4 }]);
  });
});

test('an SMS goes out once per key; a service that refuses it is an outage', async () => {
  const sms = createSmsGateway({ url: push.url, token: 'token-of-sms' });
  const once = { idempotencyKey: NOTIFICATION, timeoutMs: 1_000 };
  await sms.send('+886912345678', 'hello', once);
  await sms.send('+886912345678', 'hello', once);
  expect((await call('GET', `${push.url}/_control/sms`)).body).toHaveLength(1);
  await expect(sms.send('none', 'hello', { ...once, idempotencyKey: 'other' })).rejects.toThrow(
    'unavailable',
  );
});
