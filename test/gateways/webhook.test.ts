/** Where webhooks are sent is a stranger's word: nothing of ours is reached by it, whatever names and redirects say. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { networksOf } from '../../gateways/public-address.ts';
import { createWebhookGateway, type Resolve } from '../../gateways/webhook.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const message = (url: string) => ({ url, secrets: [secret], id: 'id-1', body: '{"type":"x"}' });
const REFUSED = { taken: false, failure: 'address-refused', httpStatus: null };
const LOOPBACK = networksOf(['127.0.0.0/8']);

let inside: Server;
let port: number;
let asked: { url: string; headers: Record<string, unknown>; body: string }[] = [];
beforeAll(async () => {
  inside = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    asked.push({ url: req.url ?? '', headers: req.headers, body: Buffer.concat(chunks).toString() });
    res.writeHead(200).end();
  }).listen(0, '127.0.0.1');
  await once(inside, 'listening');
  port = (inside.address() as AddressInfo).port;
});
afterAll(() => {
  inside.closeAllConnections();
  inside.close();
});

/** Answers each look-up with the next addresses; the last for good. */
function names(...answers: string[][]): Resolve {
  return (_name, callback) => {
    const addresses = answers.length > 1 ? answers.shift() : answers[0];
    callback(
      null,
      (addresses ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

describe('without networks of our own', () => {
  const gateway = createWebhookGateway({ networks: networksOf([]), timeoutMs: 500 });

  test.each([
    'http://8.8.8.8/',
    'http://127.0.0.1:PORT/',
    'https://127.0.0.1:PORT/',
    'https://127.1:PORT/',
    'https://2130706433:PORT/',
    'https://0x7f000001:PORT/',
    'https://localhost:PORT/',
    'https://[::1]:PORT/',
    'https://[::ffff:127.0.0.1]:PORT/',
    'https://[::ffff:7f00:1]:PORT/',
    'https://[64:ff9b::7f00:1]:PORT/',
    'https://0.0.0.0:PORT/',
    'https://10.1.2.3/',
    'https://100.64.1.1/',
    'https://172.16.0.1/',
    'https://192.168.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fe80::1]/',
    'https://[fd00::1]/',
    'https://user:password@8.8.8.8/',
    'https://8.8.8.8:22/',
    'file:///etc/passwd',
    'nothing',
  ])('%s is refused, when it is set up and when it is sent to', async (template) => {
    asked = [];
    const url = template.replace('PORT', String(port));
    expect(await gateway.check(url)).toEqual(expect.any(String));
    expect(await gateway.send(message(url))).toEqual(REFUSED);
    expect(asked).toEqual([]);
  });

  test('a name that was public when it was set up, and leads inside now, is refused', async () => {
    asked = [];
    const rebound = createWebhookGateway({
      networks: networksOf([]),
      timeoutMs: 500,
      resolve: names(['8.8.8.8'], ['127.0.0.1']),
    });
    const url = `https://rebound.example:${port}/`;
    expect(await rebound.check(url)).toBe(null);
    expect(await rebound.send(message(url))).toEqual(REFUSED);
    expect(asked).toEqual([]);
  });

  test('a name with one address inside among public ones is refused', async () => {
    const mixed = createWebhookGateway({
      networks: networksOf([]),
      timeoutMs: 500,
      resolve: names(['8.8.8.8', '10.0.0.1']),
    });
    expect(await mixed.send(message('https://mixed.example/'))).toEqual(REFUSED);
  });

  test('a name that is not found is no address, and fails when it is sent to', async () => {
    const unknown = createWebhookGateway({ networks: networksOf([]), timeoutMs: 500, resolve: names([]) });
    expect(await unknown.check('https://unknown.example/')).toEqual(expect.any(String));
    expect(await unknown.send(message('https://unknown.example/'))).toMatchObject({ failure: 'connection' });
  });
});

describe('with networks of our own', () => {
  test('they are reached, also over plain http; others inside are not', async () => {
    asked = [];
    const gateway = createWebhookGateway({ networks: LOOPBACK, timeoutMs: 500 });
    expect(await gateway.check(`http://127.0.0.1:${port}/`)).toBe(null);
    expect(await gateway.send(message(`http://127.0.0.1:${port}/in`))).toEqual({
      taken: true,
      httpStatus: 200,
    });
    expect(await gateway.send(message('http://10.0.0.1/'))).toEqual(REFUSED);
    expect(asked.map(({ url }) => url)).toEqual(['/in']);
  });

  test('the connection is made to the very addresses that were checked: one look-up for each', async () => {
    const gateway = createWebhookGateway({
      networks: networksOf(['127.0.0.1/32']),
      timeoutMs: 500,
      // A second look-up for the same connection would lead elsewhere.
      resolve: names(['127.0.0.1'], ['127.0.0.2']),
    });
    const url = `http://once.example:${port}/`;
    expect(await gateway.send(message(url))).toEqual({ taken: true, httpStatus: 200 });
  });

  test('what is sent is what Standard Webhooks names', async () => {
    asked = [];
    const gateway = createWebhookGateway({ networks: LOOPBACK, timeoutMs: 500 });
    await gateway.send({
      ...message(`http://127.0.0.1:${port}/`),
      secrets: [secret, `${secret.slice(0, -4)}AAAA`],
    });
    const { headers, body } = asked[0] ?? { headers: {} as Record<string, unknown>, body: '' };
    expect(String(headers['webhook-signature'])).toMatch(/^v1,\S{44} v1,\S{44}$/);
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual({ type: 'x' });
    expect(() => new Webhook(secret).verify(`${body} `, headers as Record<string, string>)).toThrow();
  });
});

describe('a receiver that breaks off', () => {
  let raw: ReturnType<typeof createRaw>;
  let answer = '';
  const createRaw = () =>
    createNetServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => (answer === '' ? socket.destroy() : socket.write(answer)));
    }).listen(0, '127.0.0.1');
  beforeAll(async () => {
    raw = createRaw();
    await once(raw, 'listening');
  });
  afterAll(() => {
    raw.close();
  });

  test.each([
    [
      'speaking another protocol',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
      'status',
    ],
    ['with interim answers and no other', 'HTTP/1.1 102 Processing\r\n\r\n', 'time-out'],
    ['with no HTTP', 'hello\r\n\r\n', 'connection'],
    ['without a word', '', 'connection'],
  ])('%s has failed, in time', async (_how, bytes, failure) => {
    answer = bytes;
    const gateway = createWebhookGateway({ networks: LOOPBACK, timeoutMs: 500 });
    const { port: rawPort } = raw.address() as AddressInfo;
    expect(await gateway.send(message(`http://127.0.0.1:${rawPort}/`))).toMatchObject({
      taken: false,
      failure,
    });
  });
});

test.each(['10.0.0.0', '10.0.0.0/x', 'x/8', '10.0.0.0/33', ''])('%j is no network', (network) => {
  expect(() => networksOf([network])).toThrow();
});
