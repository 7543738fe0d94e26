import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../db/database.ts';
import { createKeyStore } from '../../db/keys.ts';
import { createPool } from '../../db/pool.ts';
import { createBlindIndex } from '../../db/seal.ts';
import type { Processes } from '../../gateways/temporal.ts';
import { createHandset } from '../../sandbox/handset/handset.ts';
import { deviceOf, enrol, importer, type RunningApi, startApi } from '../support/importer-world.ts';
import { cloneDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let db: Database;
let api: RunningApi;
const pools: ReturnType<typeof createPool>[] = [];
beforeAll(async () => {
  database = await cloneDatabase();
  const [pool, keysPool] = [createPool(database.databaseUrl), createPool(database.keysUrl)];
  pools.push(pool, keysPool);
  db = {
    pool,
    keys: createKeyStore(keysPool, Buffer.alloc(32, 1)),
    index: createBlindIndex(Buffer.alloc(32, 2)),
  };
  api = await startApi({ db, processes: {} as Processes });
});
afterAll(async () => {
  await api?.close();
  await Promise.all(pools.map((pool) => pool.end()));
  await database?.drop();
});

const PASSKEY_OPTIONS = '/app/passkeys/options';

describe('a passkey', () => {
  test('is made by the browser that registered, which logs in with it', async () => {
    const person = await enrol(db);
    const handset = deviceOf(api, person);
    const { body } = await handset.ask('POST', PASSKEY_OPTIONS, { body: {} });
    expect(body).toMatchObject({
      rp: { id: 'localhost' },
      user: { id: Buffer.from(person.subjectId).toString('base64url') },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [],
    });
    await handset.createPasskey();
    expect(await handset.identity()).toMatchObject({ name: '王小明', phone: person.phone, passkeys: 1 });
  });

  test('is made while the registration is still binding', async () => {
    const person = await enrol(db);
    await db.pool.query(
      `UPDATE registrations SET status = 'binding', first_read_bound_at = NULL WHERE registration_id = $1`,
      [person.registrationId],
    );
    await db.pool.query('UPDATE identities SET bound_at = NULL WHERE subject_id = $1', [person.subjectId]);
    const handset = deviceOf(api, person);
    await handset.createPasskey();
    expect(await handset.inbox()).toEqual([]);
  });

  test.each([
    ['before the operator has answered', `status = 'verifying'`],
    ['of a refused registration', `status = 'refused'`],
    ['later than ten minutes after it was read', `first_read_bound_at = now() - interval '10 minutes'`],
  ])('is not made %s', async (_, change) => {
    const person = await enrol(db);
    await db.pool.query(`UPDATE registrations SET ${change} WHERE registration_id = $1`, [
      person.registrationId,
    ]);
    await expect(deviceOf(api, person).createPasskey()).rejects.toMatchObject({
      status: 403,
      code: 'forbidden',
    });
  });

  test('is not made with another secret of the same registration', async () => {
    const person = await enrol(db);
    const other = await enrol(db);
    const [, secret] = other.registrationCookie.split('.');
    const thief = deviceOf(api, { ...person, registrationCookie: `${person.registrationId}.${secret}` });
    await expect(thief.createPasskey()).rejects.toMatchObject({ status: 403, code: 'forbidden' });
  });

  test('is added in a session whose login was less than five minutes ago, and not in an older one (16)', async () => {
    const { handset, subjectId, registrationCookie } = await importer(api, db);
    const stolen = handset.browser.cookie(api.url, 'session') ?? '';
    const device = createHandset({
      apiUrl: api.url,
      phone: handset.phone,
      state: { cookies: { [api.url]: { session: stolen } }, credentials: [], registrationId: null },
    });
    expect(registrationCookie).not.toContain(stolen);
    await device.createPasskey();
    const options = await device.call<{ excludeCredentials: unknown[] }>('POST', PASSKEY_OPTIONS, {});
    expect(options.excludeCredentials).toHaveLength(2);

    await db.pool.query(`UPDATE sessions SET login_at = now() - interval '5 minutes' WHERE subject_id = $1`, [
      subjectId,
    ]);
    expect(await device.inbox()).toEqual([]);
    await expect(device.call('POST', PASSKEY_OPTIONS, {})).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('that is not verified by its user, or comes from another origin, is refused', async () => {
    const unverified = deviceOf(api, await enrol(db));
    unverified.authenticator.userVerified = false;
    await expect(unverified.createPasskey()).rejects.toMatchObject({
      status: 403,
      code: 'assertion-rejected',
    });
    const phished = deviceOf(api, await enrol(db));
    phished.authenticator.origin = 'https://consentry.example.net';
    await expect(phished.createPasskey()).rejects.toMatchObject({ status: 403, code: 'assertion-rejected' });
  });

  test("answers its challenge once, and nobody else's", async () => {
    const handset = deviceOf(api, await enrol(db));
    const options = await handset.call<Parameters<typeof handset.authenticator.create>[0]>(
      'POST',
      PASSKEY_OPTIONS,
    );
    const response = handset.authenticator.create(options);
    const other = deviceOf(api, await enrol(db));
    await expect(other.call('POST', '/app/passkeys', response)).rejects.toMatchObject({
      code: 'assertion-rejected',
    });
    await handset.call('POST', '/app/passkeys', response);
    await expect(handset.call('POST', '/app/passkeys', response)).rejects.toMatchObject({
      status: 409,
      code: 'challenge-expired',
    });
  });

  test('with a transport that is no word is refused', async () => {
    const handset = deviceOf(api, await enrol(db));
    const options = await handset.call<Parameters<typeof handset.authenticator.create>[0]>(
      'POST',
      PASSKEY_OPTIONS,
    );
    const { response, ...rest } = handset.authenticator.create(options);
    const odd = { ...rest, response: { ...response, transports: ['a\0b'] } };
    await expect(handset.call('POST', '/app/passkeys', odd)).rejects.toMatchObject({ status: 422 });
  });

  test('goes when its registration is undone meanwhile', async () => {
    const person = await enrol(db);
    const handset = deviceOf(api, person);
    const options = await handset.call<Parameters<typeof handset.authenticator.create>[0]>(
      'POST',
      PASSKEY_OPTIONS,
    );
    await db.pool.query(`UPDATE registrations SET status = 'refused' WHERE registration_id = $1`, [
      person.registrationId,
    ]);
    const response = handset.authenticator.create(options);
    await expect(handset.call('POST', '/app/passkeys', response)).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('a session', () => {
  test('begins with the passkey alone, and ends with the logout', async () => {
    const { handset } = await importer(api, db);
    await handset.logout();
    await expect(handset.inbox()).rejects.toMatchObject({ status: 401, code: 'unauthenticated' });
    await handset.login();
    expect(await handset.inbox()).toEqual([]);
    const session = handset.browser.cookie(api.url, 'session') ?? '';
    await handset.logout();
    const replayed = createHandset({
      apiUrl: api.url,
      phone: handset.phone,
      state: { cookies: { [api.url]: { session } }, credentials: [], registrationId: null },
    });
    await expect(replayed.inbox()).rejects.toMatchObject({ status: 401 });
  });

  test('has a cookie that scripts and other sites cannot use', async () => {
    const { handset } = await importer(api, db);
    const options = await handset.call<Parameters<typeof handset.sign>[0]>(
      'POST',
      '/app/session/options',
      {},
    );
    const { headers, status } = await handset.ask('POST', '/app/session', { body: handset.sign(options) });
    expect(status).toBe(204);
    const [cookie = ''] = headers.getSetCookie();
    expect(cookie).toMatch(
      /^session=[A-Za-z0-9_-]{43}; Max-Age=43200; Path=\/; Expires=.*; HttpOnly; SameSite=Strict$/,
    );
  });

  test('ends after twelve hours, and when its person leaves', async () => {
    const { handset, subjectId } = await importer(api, db);
    await db.pool.query('UPDATE sessions SET expires_at = now() WHERE subject_id = $1', [subjectId]);
    await expect(handset.inbox()).rejects.toMatchObject({ status: 401 });
    await handset.login();
    await db.pool.query('UPDATE identities SET ended_at = now() WHERE subject_id = $1', [subjectId]);
    await expect(handset.inbox()).rejects.toMatchObject({ status: 401 });
    await expect(handset.login()).rejects.toMatchObject({ status: 403, code: 'assertion-rejected' });
  });

  test.each([
    ['without user verification', { userVerified: false }],
    ['from another origin', { origin: 'http://localhost:1' }],
  ])('does not begin %s (19, 20)', async (_, change) => {
    const { handset } = await importer(api, db);
    Object.assign(handset.authenticator, change);
    await expect(handset.login()).rejects.toMatchObject({ status: 403, code: 'assertion-rejected' });
  });

  test('does not begin with the same assertion twice, nor an expired one', async () => {
    const { handset } = await importer(api, db);
    const ask = () => handset.call<Parameters<typeof handset.sign>[0]>('POST', '/app/session/options', {});
    const first = handset.sign(await ask());
    await handset.call('POST', '/app/session', first);
    await expect(handset.call('POST', '/app/session', first)).rejects.toMatchObject({
      code: 'challenge-expired',
    });
    const second = handset.sign(await ask());
    await db.pool.query(`UPDATE challenges SET expires_at = now() WHERE kind = 'login'`);
    await expect(handset.call('POST', '/app/session', second)).rejects.toMatchObject({
      code: 'challenge-expired',
    });
  });

  test('does not begin for somebody else than the passkey names', async () => {
    const { handset } = await importer(api, db);
    const other = await importer(api, db);
    const options = await handset.call<Parameters<typeof handset.sign>[0]>(
      'POST',
      '/app/session/options',
      {},
    );
    const assertion = handset.sign(options);
    assertion.response.userHandle = Buffer.from(other.subjectId).toString('base64url');
    await expect(handset.call('POST', '/app/session', assertion)).rejects.toMatchObject({
      code: 'assertion-rejected',
    });
  });

  test('does not begin with a copied passkey whose count fell behind', async () => {
    const { handset } = await importer(api, db);
    handset.authenticator.counting = true;
    const copy = createHandset({ apiUrl: api.url, phone: handset.phone, state: handset.state() });
    copy.authenticator.counting = true;
    await handset.login();
    await handset.login();
    await expect(copy.login()).rejects.toMatchObject({ status: 403, code: 'assertion-rejected' });
  });
});

describe('calls that change something', () => {
  test.each([{ origin: 'https://evil.example' }, { origin: 'null' }, { origin: '' }])(
    'are refused from $origin',
    async (headers) => {
      const { handset } = await importer(api, db);
      const { status } = await handset.ask('POST', '/app/identity/freeze', { headers });
      expect(status).toBe(403);
      expect(await handset.identity()).not.toHaveProperty('frozenAt');
    },
  );
});
