import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Listening } from '../../sandbox/listen.ts';
import { createWebhooks } from '../../sandbox/webhooks/webhooks.ts';
import { call } from '../support/stand-in.ts';

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;

let receiver: Listening;
beforeAll(async () => {
  receiver = await createWebhooks().listen(0);
});
afterAll(() => receiver.close());
beforeEach(() => control('POST', '/reset'));

const control = (method: string, path: string, body?: object) =>
  call(method, `${receiver.url}/_control${path}`, { body });

const send = (secret: string, body = '{"type":"x"}', hook = 'mine') => {
  const now = new Date();
  return call('POST', `${receiver.url}/hooks/${hook}`, {
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': 'id-1',
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign('id-1', now, body),
    },
  });
};

describe('the receiver', () => {
  test('tells what came, and which of its secrets fit', async () => {
    await control('PUT', '/hooks/mine', { secrets: [OTHER, SECRET] });
    expect((await send(SECRET)).status).toBe(204);
    await send(SECRET, '{}', 'another');
    const { body } = await control('GET', '/messages?hook=mine');
    expect(body).toMatchObject([{ id: 'id-1', verifiedBy: [1], signatures: 1, body: { type: 'x' } }]);
    expect((await control('GET', '/messages')).body).toHaveLength(2);
  });

  test('answers as it was told to', async () => {
    await control('PUT', '/hooks/mine', { answer: { status: 302, location: '/elsewhere', bytes: 3 } });
    const answer = await send(SECRET);
    expect([answer.status, answer.headers.get('location'), answer.body]).toEqual([302, '/elsewhere', 'xxx']);
    await control('POST', '/faults', { route: '/hooks/mine', status: 503 });
    expect((await send(SECRET)).status).toBe(503);
    expect((await send(SECRET)).status).toBe(302);
  });

  test.each([{ answer: { status: 99 } }, { secrets: ['none'] }, { answer: { unheard: true } }])(
    'refuses to be told %j',
    async (hook) => {
      expect((await control('PUT', '/hooks/mine', hook)).status).toBe(422);
    },
  );
});
