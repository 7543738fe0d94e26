import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deviceLabel } from '../../api/device-label.ts';
import { createHandset, type Handset } from '../../sandbox/handset/handset.ts';
import { createImporterWorld, deviceOf, enrol, type ImporterWorld } from '../support/importer-world.ts';

interface Devices {
  passkeys: {
    credentialId: string;
    label: string | null;
    createdAt: string;
    lastUsedAt?: string;
    synced: boolean;
    current: boolean;
  }[];
  sessions: { sessionId: string; label: string | null; createdAt: string; current: boolean }[];
  pushSubscriptions: number;
}

let world: ImporterWorld;
beforeAll(async () => {
  world = await createImporterWorld();
});
afterAll(() => world?.close());

const ANDROID =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';

const devices = (handset: Handset) => handset.call<Devices>('GET', '/app/devices');
const cookieOf = (handset: Handset) => handset.browser.cookie(world.api.url, 'session') ?? '';

/** Another phone of the same person, logged in with the same passkey. */
async function another(handset: Handset, userAgent: string): Promise<Handset> {
  const device = createHandset({
    apiUrl: world.api.url,
    phone: handset.phone,
    state: { ...handset.state(), cookies: {} },
  });
  const options = await device.call<Parameters<Handset['sign']>[0]>('POST', '/app/session/options', {});
  const headers = { 'user-agent': userAgent };
  const { status } = await device.ask('POST', '/app/session', { body: device.sign(options), headers });
  expect(status).toBe(204);
  return device;
}

/** A second passkey of the same person, on a device of its own that is logged in with it. */
async function withOwnPasskey(handset: Handset): Promise<Handset> {
  const state = { cookies: { [world.api.url]: { session: cookieOf(handset) } }, credentials: [] };
  const device = createHandset({
    apiUrl: world.api.url,
    phone: handset.phone,
    state: { ...state, registrationId: null },
  });
  await device.createPasskey();
  // The cookie was the other device's: a login of its own takes another place.
  const alone = createHandset({
    apiUrl: world.api.url,
    phone: handset.phone,
    state: { ...device.state(), cookies: {} },
  });
  await alone.login();
  return alone;
}

const notRecent = (subjectId: string) =>
  world.db.pool.query(`UPDATE sessions SET login_at = now() - interval '5 minutes' WHERE subject_id = $1`, [
    subjectId,
  ]);

describe('the name of a device', () => {
  const label = (headers: Record<string, string>) =>
    deviceLabel({ get: (name: string) => headers[name] } as Parameters<typeof deviceLabel>[0]);

  test.each([
    [ANDROID, 'Chrome, Android'],
    [IPHONE, 'Safari, iPhone'],
    [`${IPHONE} Line/14.0`, 'LINE, iPhone'],
    [IPHONE.replace('Version/18.0', 'CriOS/141.0'), 'Chrome, iPhone'],
    [ANDROID.replace('Chrome/', 'SamsungBrowser/28.0 Chrome/'), 'Samsung Internet, Android'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36 Edg/141.0',
      'Edge, Windows',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0', 'Firefox, Linux'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15', 'Safari, macOS'],
    ['Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/141.0.0.0 Safari/537.36', 'Chrome, ChromeOS'],
    ['curl/8.0', null],
  ])('of %s is %s', (userAgent, expected) => {
    expect(label({ 'user-agent': userAgent })).toBe(expected);
  });

  test('believes the client hints where the User-Agent hides the browser', () => {
    const hints = { 'sec-ch-ua': '"Brave";v="141", "Chromium";v="141"', 'sec-ch-ua-platform': '"Android"' };
    expect(label({ 'user-agent': ANDROID, ...hints })).toBe('Brave, Android');
  });

  test('holds nothing that the table does not: no version, no model, no words of the caller', () => {
    expect(label({ 'user-agent': 'A123456789 王小明 SM-S931 Chrome/141.0.7 (Android 16)' })).toBe(
      'Chrome, Android',
    );
    expect(label({})).toBeNull();
  });
});

describe('the devices', () => {
  test('are the passkeys and sessions of the person, and which of them asks', async () => {
    const { handset } = await world.importer();
    await world.importer();
    const phone = await another(handset, ANDROID);
    const { passkeys, sessions, pushSubscriptions } = await devices(phone);
    expect(passkeys).toEqual([
      {
        credentialId: expect.stringMatching(/^[A-Za-z0-9_-]+$/),
        label: null,
        createdAt: expect.any(String),
        lastUsedAt: expect.any(String),
        synced: expect.any(Boolean),
        current: true,
      },
    ]);
    expect(sessions).toEqual([
      {
        sessionId: expect.any(String),
        label: 'Chrome, Android',
        createdAt: expect.any(String),
        current: true,
      },
      { sessionId: expect.any(String), label: null, createdAt: expect.any(String), current: false },
    ]);
    expect(pushSubscriptions).toBe(0);
    expect(JSON.stringify(await devices(phone))).not.toContain(cookieOf(phone));
  });

  test('name a passkey after the browser that made it', async () => {
    const handset = deviceOf(world.api, await enrol(world.db));
    const options = await handset.call<Parameters<typeof handset.authenticator.create>[0]>(
      'POST',
      '/app/passkeys/options',
    );
    const headers = { 'user-agent': IPHONE };
    await handset.ask('POST', '/app/passkeys', { body: handset.authenticator.create(options), headers });
    expect(await devices(handset)).toMatchObject({
      passkeys: [{ label: 'Safari, iPhone', current: true }],
      sessions: [{ label: 'Safari, iPhone', current: true }],
    });
  });

  test('are one for a browser that logs in again: the new session takes the place of the earlier', async () => {
    const { handset } = await world.importer();
    const earlier = cookieOf(handset);
    await handset.login();
    expect((await devices(handset)).sessions).toHaveLength(1);
    const { status } = await fetch(`${world.api.url}/app/inbox`, {
      headers: { cookie: `session=${earlier}` },
    });
    expect(status).toBe(401);
  });
});

describe('revoking a passkey', () => {
  test('ends its sessions and its push subscriptions; others stay', async () => {
    const { handset } = await world.importer();
    const other = await withOwnPasskey(handset);
    const subscription = (name: string) => ({
      endpoint: `https://push.example/${name}-${uuidv7()}`,
      keys: {
        p256dh: Buffer.concat([Buffer.of(4), randomBytes(64)]).toString('base64url'),
        auth: randomBytes(16).toString('base64url'),
      },
    });
    await handset.subscribePush(subscription('first'));
    await other.subscribePush(subscription('other'));
    const { passkeys, pushSubscriptions } = await devices(handset);
    expect([passkeys.length, pushSubscriptions]).toEqual([2, 2]);
    const lost = passkeys.find(({ current }) => !current);
    await handset.call('DELETE', `/app/passkeys/${lost?.credentialId}`);

    await expect(other.inbox()).rejects.toMatchObject({ status: 401 });
    await expect(other.login()).rejects.toMatchObject({ status: 403, code: 'assertion-rejected' });
    expect(await devices(handset)).toMatchObject({
      passkeys: [{ current: true }],
      sessions: [{ current: true }],
      pushSubscriptions: 1,
    });
  });

  test('needs a login of a moment ago, and touches nobody else’s (16)', async () => {
    const { handset, subjectId } = await world.importer();
    const stranger = await world.importer();
    const [mine] = (await devices(handset)).passkeys;
    const revoke = (from: Handset) => from.call('DELETE', `/app/passkeys/${mine?.credentialId}`);
    await expect(revoke(stranger.handset)).rejects.toMatchObject({ status: 404, code: 'not-found' });
    await notRecent(subjectId);
    await expect(revoke(handset)).rejects.toMatchObject({ status: 403, code: 'forbidden' });
    expect((await devices(handset)).passkeys).toHaveLength(1);
    await handset.login();
    await revoke(handset);
    // It was the one that this session was logged in with.
    expect(cookieOf(handset)).toBe('');
    await expect(handset.inbox()).rejects.toMatchObject({ status: 401 });
  });

  test('while it logs in leaves no session behind', async () => {
    const { handset, subjectId } = await world.importer();
    const other = await withOwnPasskey(handset);
    const lost = (await devices(handset)).passkeys.find(({ current }) => !current);
    await Promise.allSettled([
      other.login(),
      handset.call('DELETE', `/app/passkeys/${lost?.credentialId}`),
      other.login(),
    ]);
    const { rows } = await world.db.pool.query('SELECT credential_id FROM sessions WHERE subject_id = $1', [
      subjectId,
    ]);
    expect(rows.map(({ credential_id }) => credential_id.toString('base64url'))).not.toContain(
      lost?.credentialId,
    );
  });

  test.each(['nothing', '%00', 'a'.repeat(2000)])('that is none (%s) is not found', async (id) => {
    const { handset } = await world.importer();
    await expect(handset.call('DELETE', `/app/passkeys/${id}`)).rejects.toMatchObject({ status: 404 });
  });
});

describe('ending sessions', () => {
  test('one by its public id, the person’s own only', async () => {
    const { handset } = await world.importer();
    const stranger = await world.importer();
    const phone = await another(handset, ANDROID);
    const session = (await devices(handset)).sessions.find(({ current }) => !current);
    const path = `/app/sessions/${session?.sessionId}`;
    await expect(stranger.handset.call('DELETE', path)).rejects.toMatchObject({ status: 404 });
    expect(await phone.inbox()).toEqual([]);
    await handset.call('DELETE', path);
    await expect(phone.inbox()).rejects.toMatchObject({ status: 401 });
    await expect(handset.call('DELETE', path)).rejects.toMatchObject({ status: 404 });
    expect(await handset.inbox()).toEqual([]);
  });

  test('all others at once', async () => {
    const { handset } = await world.importer();
    const stranger = await world.importer();
    const others = [await another(handset, ANDROID), await another(handset, IPHONE)];
    await handset.call('DELETE', '/app/sessions');
    for (const other of others) await expect(other.inbox()).rejects.toMatchObject({ status: 401 });
    expect((await devices(handset)).sessions).toMatchObject([{ current: true }]);
    expect(await stranger.handset.inbox()).toEqual([]);
  });
});
