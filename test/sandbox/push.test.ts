import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import webPush from 'web-push';
import type { Listening } from '../../sandbox/listen.ts';
import { createPush } from '../../sandbox/push/push.ts';
import { type Answer, call, spawnStandIn } from '../support/stand-in.ts';

const SMS_TOKEN = 'sms-token-of-the-test';
const vapid = { ...webPush.generateVAPIDKeys(), subject: 'mailto:test@consentry.example' };
const ask = { notificationId: 'n-1', declarationId: 'd-1', kind: 'ask' };

interface Subscription extends webPush.PushSubscription {
  id: string;
}

let url: string;
const control = (method: string, path: string, body?: unknown): Promise<Answer> =>
  call(method, `${url}/_control${path}`, { body });
const subscribe = async (body?: unknown): Promise<Subscription> =>
  (await control('POST', '/subscriptions', body)).body;
const messages = async ({ endpoint }: Subscription) =>
  (await control('GET', `/messages?subscription=${encodeURIComponent(endpoint)}`)).body;

/** Sends what web-push makes, with headers replaced (undefined: left out). */
function push(
  subscription: Subscription,
  payload: unknown = ask,
  options: {
    topic?: string;
    ttl?: number;
    headers?: Record<string, string | undefined>;
    keys?: typeof vapid;
  } = {},
): Promise<Answer> {
  const details = webPush.generateRequestDetails(subscription, JSON.stringify(payload), {
    vapidDetails: options.keys ?? vapid,
    TTL: options.ttl ?? 60,
    ...(options.topic && { topic: options.topic }),
  });
  const headers = Object.entries({ ...details.headers, ...options.headers }).flatMap(([name, value]) =>
    value === undefined || name === 'Content-Length' ? [] : [[name, String(value)]],
  );
  return call('POST', details.endpoint, {
    body: new Uint8Array(details.body ?? []),
    headers: Object.fromEntries(headers),
  });
}

const sms = (body: unknown, headers: Record<string, string> = {}) =>
  call('POST', `${url}/sms`, {
    body,
    headers: { authorization: `Bearer ${SMS_TOKEN}`, 'idempotency-key': randomUUID(), ...headers },
  });

describe('the push service', () => {
  let service: Listening;
  beforeAll(async () => {
    service = await createPush({ smsToken: SMS_TOKEN }).listen(0);
    url = service.url;
  });
  beforeEach(() => control('POST', '/reset'));
  afterAll(() => service.close());

  test('takes an encrypted message, which the subscription’s keys can read', async () => {
    const subscription = await subscribe();
    const answer = await push(subscription);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toMatch(/^http:\/\/localhost:\d+\/message\/.+/);
    const [message, ...others] = await messages(subscription);
    expect(others).toEqual([]);
    expect(message).toMatchObject({
      decrypted: ask,
      headers: { ttl: '60', 'content-encoding': 'aes128gcm' },
    });
    expect(Buffer.from(message.body, 'base64').includes('n-1')).toBe(false);
    expect(await messages(await subscribe())).toEqual([]);
  });

  test('a message encrypted for other keys stays unreadable', async () => {
    const subscription = await subscribe();
    const { keys } = await subscribe();
    await push({ ...subscription, keys });
    expect((await messages(subscription))[0].decrypted).toBeNull();
  });

  test('a topic replaces the message that was not fetched yet, and no other', async () => {
    const subscription = await subscribe();
    const other = await subscribe();
    for (const [kind, topic] of [
      ['ask', 't1'],
      ['ask', 't2'],
      ['reminder', 't1'],
    ] as const)
      await push(subscription, { ...ask, kind }, { topic });
    await push(other, ask, { topic: 't1' });
    const kinds = async () =>
      (await messages(subscription)).map(({ decrypted }: { decrypted: { kind: string } }) => decrypted.kind);
    expect(await kinds()).toEqual(['ask', 'reminder']);
    await push(subscription, { ...ask, kind: 'withdrawn' }, { topic: 't1' });
    expect(await kinds()).toEqual(['ask', 'reminder', 'withdrawn']);
    expect(await messages(other)).toHaveLength(1);
  });

  test('a message whose time ran out before it was fetched is gone', async () => {
    const subscription = await subscribe();
    await push(subscription, ask, { ttl: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await messages(subscription)).toEqual([]);
    await push(subscription, ask, { ttl: 0 });
    expect(await messages(subscription)).toHaveLength(1);
  });

  test('an ended subscription is gone, an unknown one not found', async () => {
    const subscription = await subscribe();
    await push(subscription);
    expect((await control('DELETE', `/subscriptions/${subscription.id}`)).status).toBe(204);
    expect((await push(subscription)).status).toBe(410);
    expect((await messages(subscription))[0].decrypted).toEqual(ask);
    expect((await push({ ...subscription, endpoint: `${url}/push/nobody` })).status).toBe(404);
  });

  test.each([
    ['TTL is needed', { TTL: undefined }, 400],
    ['TTL counts seconds', { TTL: 'soon' }, 400],
    ['a topic is base64url of at most 32 characters', { Topic: randomUUID() }, 400],
    ['urgency is one of four', { Urgency: 'urgent' }, 400],
    ['the encoding is aes128gcm', { 'Content-Encoding': 'aesgcm' }, 400],
    ['VAPID is needed', { Authorization: undefined }, 401],
    ['VAPID has two parts', { Authorization: 'vapid t=a.b.c' }, 401],
    ['VAPID is a JWT', { Authorization: 'vapid t=a.b.c, k=BAAA' }, 403],
  ])('%s', async (_rule, headers, status) => {
    const subscription = await subscribe();
    expect((await push(subscription, ask, { headers })).status).toBe(status);
    expect(await messages(subscription)).toEqual([]);
  });

  test('a statement for another service, past its time or signed by another key is refused', async () => {
    const subscription = await subscribe();
    const header = (audience: string, expiration: number, keys = vapid) =>
      webPush.getVapidHeaders(
        audience,
        vapid.subject,
        keys.publicKey,
        keys.privateKey,
        'aes128gcm',
        expiration,
      ).Authorization;
    const now = Math.floor(Date.now() / 1000);
    const authorised = (Authorization: string) => push(subscription, ask, { headers: { Authorization } });
    expect((await authorised(header(url, now + 3600))).status).toBe(201);
    expect((await authorised(header('http://localhost:1', now + 3600))).status).toBe(403);
    expect((await authorised(header(url, now - 1))).status).toBe(403);
    const stolen = header(url, now + 3600).replace(/k=.*/, `k=${webPush.generateVAPIDKeys().publicKey}`);
    expect((await authorised(stolen)).status).toBe(403);
  });

  test('a subscription made for one sender takes no other', async () => {
    const subscription = await subscribe({ applicationServerKey: vapid.publicKey });
    expect((await push(subscription)).status).toBe(201);
    const keys = { ...webPush.generateVAPIDKeys(), subject: vapid.subject };
    expect((await push(subscription, ask, { keys })).status).toBe(403);
  });

  test('more than 4096 bytes are too many', async () => {
    const subscription = await subscribe();
    expect((await push(subscription, 'x'.repeat(3_900))).status).toBe(201);
    expect((await push(subscription, 'x'.repeat(4_096))).status).toBe(413);
  });
});

describe('the SMS gateway', () => {
  let service: Listening;
  beforeAll(async () => {
    service = await createPush({ smsToken: SMS_TOKEN }).listen(0);
    url = service.url;
  });
  beforeEach(() => control('POST', '/reset'));
  afterAll(() => service.close());
  const body = { to: '+886912345678', text: '請確認 please confirm' };

  test('sends once per key', async () => {
    const first = await sms(body, { 'idempotency-key': 'k1' });
    expect([first.status, first.body]).toEqual([202, { messageId: expect.any(String) }]);
    expect((await sms(body, { 'idempotency-key': 'k1' })).body).toEqual(first.body);
    const other = await sms({ ...body, text: 'other' }, { 'idempotency-key': 'k1' });
    expect([other.status, other.body.code]).toEqual([409, 'idempotency-key-reused']);
    await sms({ ...body, to: '+886922222222' });
    expect((await control('GET', `/sms?phone=${encodeURIComponent(body.to)}`)).body).toEqual([
      { messageId: first.body.messageId, ...body, at: expect.any(String) },
    ]);
    expect((await control('GET', '/sms')).body).toHaveLength(2);
  });

  test('needs token, key and a number in E.164', async () => {
    expect((await sms(body, { authorization: 'Bearer other' })).status).toBe(401);
    expect((await sms(body, { 'idempotency-key': '' })).status).toBe(400);
    expect((await sms({ ...body, to: '0912345678' })).status).toBe(422);
    expect((await control('GET', '/sms')).body).toEqual([]);
  });
});

test('after a kill the push service still has its subscriptions, messages and SMS', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'push-'));
  const env = { SMS_TOKEN, STATE_FILE: join(directory, 'push.jsonl') };
  let service = await spawnStandIn('push', env);
  url = service.url;
  const subscription = await subscribe();
  const gone = await subscribe();
  await push(subscription, ask, { topic: 't1' });
  await control('DELETE', `/subscriptions/${gone.id}`);
  const sent = await sms({ to: '+886912345678', text: 'hello' }, { 'idempotency-key': 'k1' });
  const port = new URL(url).port;
  await service.kill();
  service = await spawnStandIn('push', { ...env, PORT: port });
  expect(service.url).toBe(url);
  await push(subscription, { ...ask, kind: 'reminder' }, { topic: 't1' });
  expect(await messages(subscription)).toMatchObject([{ decrypted: { kind: 'reminder' } }]);
  expect((await push(gone)).status).toBe(410);
  const again = await sms({ to: '+886912345678', text: 'hello' }, { 'idempotency-key': 'k1' });
  expect(again.body).toEqual(sent.body);
  expect((await control('GET', '/sms')).body).toHaveLength(1);
  await service.kill();
  rmSync(directory, { recursive: true, force: true });
});
