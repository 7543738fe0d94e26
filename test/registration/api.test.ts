import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../../api/app.ts';
import type { ApiDeps } from '../../api/deps.ts';
import { hashSecret } from '../../db/seal.ts';
import { currentNotice } from '../../domain/notice.ts';
import { createTelecomGateways } from '../../gateways/camara.ts';
import { LOG_OF_NOBODY } from '../support/api-world.ts';
import {
  CHEN,
  createRegistrationWorld,
  PUBLIC_URL,
  type RegistrationWorld,
  stateOf,
  until,
  WANG,
} from '../support/registration-world.ts';
import { type Answer, call } from '../support/stand-in.ts';

const { idType: _, ...person } = WANG;
const FORM = {
  ...person,
  operator: 'sandbox',
  locale: 'zh-TW',
  noticeVersion: currentNotice('zh-TW').version,
};

let world: RegistrationWorld;
let api: { url: string; server: Server };
const logged: string[] = [];
beforeAll(async () => {
  world = await createRegistrationWorld();
  api = await serve({});
});
afterAll(async () => {
  api?.server.closeAllConnections();
  api?.server.close();
  await world?.close();
});
beforeEach(async () => {
  for (const url of Object.values(world.urls)) await call('POST', `${url}/_control/reset`);
  await world.db.pool.query('UPDATE identities SET ended_at = now() WHERE ended_at IS NULL');
});

async function serve(changes: { publicUrl?: string; deps?: Partial<ApiDeps> }) {
  const app = createApp({
    db: world.db,
    processes: world.processes,
    telecoms: world.telecoms,
    temporalReady: async () => ({ temporal: true, namespace: true, worker: true }),
    stopping: new AbortController().signal,
    settings: {
      publicUrl: changes.publicUrl ?? PUBLIC_URL,
      rpId: 'localhost',
      tokenKey: Buffer.alloc(32),
      customsInboundToken: 'token',
      operatorToken: 'token',
      brokerRateLimit: 1_000,
      importerRateLimit: 1_000,
      importerAddressRateLimit: 1_000,
      vapidPublicKey: '',
      pushAllowInsecure: true,
      webhookNetworks: [],
      defaultOrder: 'declare-first',
      exchangeRates: {},
      build: 'test',
      log: { verifierKey: LOG_OF_NOBODY, witnesses: [] },
    },
    log: pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) }),
    ...changes.deps,
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** A browser on the page of the app. */
function browser(at = api.url, origin = PUBLIC_URL) {
  let cookie = '';
  const send = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const headers = { origin, ...(cookie && { cookie }) };
    const answer = await call(method, at + path, { headers, ...(body !== undefined && { body }) });
    const set = answer.headers.get('set-cookie');
    if (set) cookie = set.split(';')[0] ?? '';
    return answer;
  };
  /** Opens the operator's page; the path and query that it redirects to. */
  const operator = async (url: string, msisdn: string | null): Promise<string> => {
    const headers: Record<string, string> = msisdn ? { 'x-sandbox-msisdn': msisdn } : {};
    const { pathname, search } = new URL((await call('GET', url, { headers })).headers.get('location') ?? '');
    return pathname + search;
  };
  return { send, operator };
}

const begin = async (form: object = FORM) => {
  const here = browser();
  const { body, status, headers } = await here.send('POST', '/app/registrations', form);
  return { ...here, ...body, body, status, headers, path: `/app/registrations/${body.registrationId}` };
};

test('a registration, as the browser sees it', async () => {
  const { send, operator, path, registrationId, authorizationUrl, status, headers } = await begin();
  expect(status).toBe(201);
  expect(headers.get('location')).toBe(path);
  expect(headers.get('set-cookie')).toMatch(/^registration=.*HttpOnly; SameSite=Lax$/);
  expect((await send('GET', path)).body).toEqual({ status: 'awaiting_telecom' });
  const back = await send('GET', await operator(authorizationUrl, WANG.phone));
  expect([back.status, back.headers.get('location')]).toEqual([303, `/r/${registrationId}`]);
  await until(world, { registrationId }, { status: 'bound' });
  const unread = await world.db.pool.query(
    'SELECT first_read_bound_at FROM registrations WHERE registration_id = $1',
    [registrationId],
  );
  expect(unread.rows).toEqual([{ first_read_bound_at: null }]);
  expect((await send('GET', path)).body).toEqual({ status: 'bound' });
  const first = await world.db.pool.query(
    'SELECT first_read_bound_at FROM registrations WHERE registration_id = $1',
    [registrationId],
  );
  expect(first.rows).toEqual([{ first_read_bound_at: expect.any(Date) }]);
  expect((await send('POST', `${path}/authorization`)).status).toBe(409);
});

test('over https the cookie is Secure and __Host-', async () => {
  const publicUrl = 'https://consentry.example';
  const secure = await serve({ publicUrl });
  const { headers } = await browser(secure.url, publicUrl).send('POST', '/app/registrations', FORM);
  expect(headers.get('set-cookie')).toMatch(
    /^__Host-registration=.*; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
  );
  secure.server.close();
});

test('over Wi-Fi: the reason is shown, and a fresh address given', async () => {
  const { send, operator, path, registrationId, authorizationUrl } = await begin();
  await send('GET', await operator(authorizationUrl, null));
  await until(world, { registrationId }, { reason: 'not-on-mobile-network' });
  expect((await send('GET', path)).body).toEqual({
    status: 'awaiting_telecom',
    reason: 'not-on-mobile-network',
  });
  const again = await send('POST', `${path}/authorization`);
  expect(again.status).toBe(201);
  await send('GET', await operator(again.body.authorizationUrl, WANG.phone));
  await until(world, { registrationId }, { status: 'bound' });
});

describe('the redirect is of this browser and this try, once (attack 12)', () => {
  test('without the cookie, with another browser’s, with another state, or again: 403', async () => {
    const { send, operator, authorizationUrl } = await begin();
    const redirect = await operator(authorizationUrl, null);
    expect((await browser().send('GET', redirect)).status).toBe(403);
    expect((await (await begin()).send('GET', redirect)).status).toBe(403);
    const otherState = redirect.replace(/state=[^&]+/, 'state=guessed');
    expect((await send('GET', otherState)).status).toBe(403);
    expect((await send('GET', redirect.replace(/state=[^&]+/, ''))).status).toBe(403);
    expect((await send('GET', redirect)).status).toBe(303);
    expect((await send('GET', redirect)).status).toBe(403);
  });

  test('a code together with an error is no code', async () => {
    const { send, operator, authorizationUrl, registrationId } = await begin();
    const redirect = `${await operator(authorizationUrl, WANG.phone)}&error=access_denied`;
    await send('GET', redirect);
    await until(world, { registrationId }, { status: 'awaiting_telecom', reason: 'authorization-expired' });
  });

  test('a try that is over brings nothing', async () => {
    const { send, operator, authorizationUrl, registrationId } = await begin();
    const redirect = await operator(authorizationUrl, WANG.phone);
    await world.db.pool.query('UPDATE authorizations SET expires_at = now() WHERE registration_id = $1', [
      registrationId,
    ]);
    expect((await send('GET', redirect)).status).toBe(303);
    await until(world, { registrationId }, { status: 'awaiting_telecom', reason: 'authorization-expired' });
  });
});

describe('what is filled in is checked', () => {
  test.each<[string, object, string]>([
    ['an ID number with a wrong checksum', { idNumber: 'A123456788' }, '/idNumber'],
    ['a landline', { phone: '02-2345-6789' }, '/phone'],
    ['a date that is none', { birthDate: '1990-02-30' }, '/birthDate'],
    ['a date to come', { birthDate: '2999-01-01' }, '/birthDate'],
    ['a name that shows nothing', { name: ' \u200b' }, '/name'],
    ['an operator that is none', { operator: 'constructor' }, '/operator'],
    ['a notice that is not in force', { noticeVersion: '2020-01' }, '/noticeVersion'],
    ['a locale without a notice', { locale: 'tlh' }, '/locale'],
    ['a member that does not exist', { isAdmin: true }, '/isAdmin'],
  ])('%s', async (_what, change, pointer) => {
    const { status, body } = await begin({ ...FORM, ...change });
    expect(status).toBe(422);
    expect(body.errors).toContainEqual(expect.objectContaining({ pointer }));
  });

  test('one phone and one ID number, however they are written (attack 8)', async () => {
    const written = { phone: '０９１２-345-678', idNumber: ' a123456789 ' };
    const ids = [(await begin()).registrationId, (await begin({ ...FORM, ...written })).registrationId];
    const { rows } = await world.db.pool.query(
      'SELECT DISTINCT id_index, phone_index FROM registrations WHERE registration_id = ANY($1)',
      [ids],
    );
    expect(rows).toHaveLength(1);
  });
});

describe('nothing tells whether an ID number or a phone is known (attack 7)', () => {
  test('the answer for a bound person is like that for anybody', async () => {
    const bound = await begin();
    await bound.send('GET', await bound.operator(bound.authorizationUrl, WANG.phone));
    await until(world, bound, { status: 'bound' });
    const shapes = await Promise.all(
      [FORM, { ...FORM, phone: CHEN.phone }, { ...FORM, idNumber: CHEN.idNumber }].map(async (form) => {
        const { status, body, send, path } = await begin(form);
        return { status, members: Object.keys(body), reads: (await send('GET', path)).body };
      }),
    );
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
  });

  test('another browser, or none, finds no registration', async () => {
    const { path } = await begin();
    const other = await begin();
    for (const send of [browser().send, other.send]) {
      expect((await send('GET', path)).status).toBe(404);
      expect((await send('POST', `${path}/authorization`)).status).toBe(404);
    }
    expect((await other.send('GET', '/app/registrations/none')).status).toBe(404);
  });
});

test('whose passkey login of a moment ago began it is kept; an older login, or one that has ended, says nothing', async () => {
  const first = await begin();
  await first.send('GET', await first.operator(first.authorizationUrl, WANG.phone));
  const { subject_id } = await until(world, { registrationId: first.registrationId }, { status: 'bound' });
  const begunBy = async (age: string, subjectId = subject_id) => {
    const secret = randomBytes(32).toString('base64url');
    await world.db.pool.query(
      `INSERT INTO sessions (session_hash, subject_id, registration_id, login_at, expires_at)
       VALUES ($1, $2, $3, now() - $4::interval, now() + interval '1 hour')`,
      [hashSecret(secret), subjectId, first.registrationId, age],
    );
    const answer = await call('POST', `${api.url}/app/registrations`, {
      body: FORM,
      headers: { origin: PUBLIC_URL, cookie: `session=${secret}` },
    });
    const { rows } = await world.db.pool.query(
      'SELECT begun_by FROM registrations WHERE registration_id = $1',
      [answer.body.registrationId],
    );
    return [answer.status, rows[0]?.begun_by];
  };
  expect(await begunBy('4 minutes 50 seconds')).toEqual([201, subject_id]);
  expect(await begunBy('5 minutes 1 second')).toEqual([201, null]);
  await world.db.pool.query('UPDATE identities SET ended_at = now() WHERE subject_id = $1', [subject_id]);
  expect(await begunBy('1 second')).toEqual([201, null]);
});

test('a call from another page, or without an Origin, is refused', async () => {
  const elsewhere = browser(api.url, 'https://elsewhere.example');
  expect((await elsewhere.send('POST', '/app/registrations', FORM)).status).toBe(403);
  expect((await call('POST', `${api.url}/app/registrations`, { body: FORM })).status).toBe(403);
});

test('an operator that is away: 503, and nothing is kept', async () => {
  const operators = [{ name: 'sandbox', issuer: 'http://127.0.0.1:1', clientId: 'c', clientSecret: 's' }];
  const server = await serve({ deps: { telecoms: createTelecomGateways(operators, PUBLIC_URL) } });
  const before = await world.db.pool.query('SELECT count(*) FROM registrations');
  const { status, headers } = await browser(server.url).send('POST', '/app/registrations', FORM);
  expect([status, headers.get('retry-after')]).toEqual([503, expect.any(String)]);
  expect((await world.db.pool.query('SELECT count(*) FROM registrations')).rows).toEqual(before.rows);
  server.server.close();
});

test('Temporal away: the registration is kept all the same', async () => {
  const processes = {
    ...world.processes,
    startRegistration: () => Promise.reject(new Error('unavailable')),
    authorizationReceived: () => Promise.reject(new Error('unavailable')),
  };
  const server = await serve({ deps: { processes } });
  const here = browser(server.url);
  const { status, body } = await here.send('POST', '/app/registrations', FORM);
  expect(status).toBe(201);
  const back = await here.send('GET', await here.operator(body.authorizationUrl, WANG.phone));
  expect(back.status).toBe(303);
  // As the reconciliation does.
  await world.processes.startRegistration(body.registrationId);
  await until(world, body, { status: 'bound' });
  server.server.close();
});

test('no personal data in the log', async () => {
  const { send, operator, authorizationUrl, path } = await begin();
  const redirect = await operator(authorizationUrl, WANG.phone);
  await send('GET', redirect);
  await send('GET', path);
  const text = logged.join('');
  expect(text).toContain('/app/registrations');
  const { code } = Object.fromEntries(new URLSearchParams(redirect.split('?')[1]));
  for (const secret of [WANG.idNumber, WANG.name, WANG.birthDate, '12345678', code]) {
    expect(text).not.toContain(secret);
  }
});

test('a registration is refused for good only with the reason', async () => {
  const { send, operator, authorizationUrl, path, registrationId } = await begin();
  await send('GET', await operator(authorizationUrl, CHEN.phone));
  await until(world, { registrationId }, { status: 'refused' });
  expect((await send('GET', path)).body).toEqual({ status: 'refused', reason: 'number-not-verified' });
  expect((await stateOf(world, registrationId)).subject_id).toBeNull();
});
