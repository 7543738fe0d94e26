/** What the tests of the app stand on: the browser, the phone's parts, and that faults of a screen are found. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPush } from '../../sandbox/push/push.ts';
import { chromiumPath, launchBrowser } from './support/browser.ts';
import { look } from './support/look.ts';
import { openPhone, type Phone } from './support/phone.ts';

const PAGE =
  '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>x</title>';
const GOOD = `${PAGE}<main><h1>Hello</h1></main>`;
const BAD = `${PAGE}<main><h1 class="pale">Hello</h1><div class="wide">x</div><img src="/x.png"></main>
<link rel="stylesheet" href="/style.css">`;
const STYLE =
  '.pale { color: #bbb; animation: move 9s infinite } .wide { width: 500px } @keyframes move { to { margin-left: 1px } }';
const WORKER = `self.addEventListener('push', (event) => event.waitUntil(
  self.registration.showNotification('shown', { body: event.data.text(), tag: 'a' })));
self.addEventListener('notificationclick', (event) => event.waitUntil((async () => {
  event.notification.close();
  await clients.openWindow('/' + event.notification.body);
})()));`;
const CSP = "default-src 'self'";

const pictures = mkdtempSync(join(tmpdir(), 'consentry-pictures-'));
process.env.SCREENSHOTS_DIR = pictures;

let browser: Browser;
let server: Server;
let app: string;
let push: Awaited<ReturnType<ReturnType<typeof createPush>['listen']>>;
let phone: Phone;
beforeAll(async () => {
  browser = await launchBrowser();
  push = await createPush({ smsToken: 'x' }).listen(0);
  server = createServer((request, response) => {
    const [type, body] = {
      '/bad': ['text/html', BAD],
      '/style.css': ['text/css', STYLE],
      '/worker.js': ['text/javascript', WORKER],
    }[request.url ?? ''] ?? ['text/html', GOOD];
    response.writeHead(200, { 'content-type': type, 'content-security-policy': CSP }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, 'localhost', done));
  app = `http://localhost:${(server.address() as AddressInfo).port}`;
  phone = await openPhone({ browser, app, push: push.url }, { locale: 'en' });
});
afterAll(async () => {
  await browser?.close();
  server?.close();
  await push?.close();
  rmSync(pictures, { recursive: true });
});

test('without a browser there is one sentence that says what to install', () => {
  expect(() => chromiumPath({ CHROMIUM_PATH: '/nowhere' })).toThrow(/^These tests need Chromium: install it/);
});

test('a good screen is found good; contrast, missing text, width and motion are found', async () => {
  await phone.open('/');
  await look(phone, 'harness-good');
  await phone.open('/bad');
  const fault = await look(phone, 'harness-bad').catch((error: Error) => error.message);
  expect(fault).toMatch(/color-contrast/);
  expect(fault).toMatch(/image-alt/);
  expect(fault).toMatch(/at 320 px: the page is 508/);
  expect(fault).toMatch(/reduced motion/);
});

test('a passkey is made and used, goes to another phone, and is not used while nobody unlocks', async () => {
  await phone.open('/');
  const made = await phone.page.evaluate(createPasskey);
  const other = await openPhone({ browser, app, push: push.url });
  await other.authenticator.add(await phone.authenticator.passkeys());
  await other.open('/');
  expect(await other.page.evaluate(usePasskey)).toBe(made);
  await other.authenticator.verifyUser(false);
  expect(await other.page.evaluate(usePasskey)).toBe('NotAllowedError');
  await other.close();
});

test('a subscription is the sandbox’s, and a message reaches the real service worker', async () => {
  await phone.open('/');
  const endpoint = await phone.page.evaluate(async () => {
    const { pushManager } = await navigator.serviceWorker.register('/worker.js');
    await navigator.serviceWorker.ready;
    const applicationServerKey =
      'BEl62iUYgUivxIkv69yViEuiBIa-Ib9-SkvMeAtA3LFgDzkrxZJjSgSnfckjBJuBkr3qBUYIHBQFLXYp5Nksh8U';
    const { endpoint } = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
    return endpoint;
  });
  expect(endpoint).toBe(phone.push.subscription()?.endpoint);
  expect(await phone.push.messages()).toEqual([]);
  await phone.push.deliver('{"kind":"ask"}');
  const body = '{"kind":"ask"}';
  await expect.poll(phone.push.shown).toEqual([{ title: 'shown', body, tag: 'a', lang: '' }]);
  expect(await phone.push.tap('a')).toBe(`/${body}`);
  expect(await phone.push.shown()).toEqual([]);
});

test('a connection can be cut', async () => {
  await phone.open('/');
  const reach = () =>
    phone.page.evaluate(() =>
      fetch('/').then(
        ({ ok }) => ok,
        () => 'nothing',
      ),
    );
  await phone.network.offline();
  expect([await reach(), await phone.page.evaluate(() => navigator.onLine)]).toEqual(['nothing', false]);
  await phone.network.online();
  const mend = await phone.network.abort(/\/$/);
  expect(await reach()).toBe('nothing');
  await mend();
  expect(await reach()).toBe(true);
});

async function createPasskey(): Promise<string | undefined> {
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: new Uint8Array(32),
      rp: { id: 'localhost', name: 'test' },
      user: { id: new Uint8Array(8), name: 'test', displayName: 'test' },
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    },
  });
  return made?.id;
}

const usePasskey = (): Promise<string | undefined> =>
  navigator.credentials
    .get({ publicKey: { challenge: new Uint8Array(32), rpId: 'localhost', userVerification: 'required' } })
    .then(
      (found) => found?.id,
      (error: Error) => error.name,
    );
