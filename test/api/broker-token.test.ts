/** `POST /oauth/token` (RFC 6749) and what a token opens. */
import { decodeJwt, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBroker, revokeBroker } from '../../db/brokers.ts';
import { type ApiWorld, apiDeps, createApiWorld, listen } from '../support/api-world.ts';
import { basic, connectBroker, requestToken } from '../support/broker-client.ts';
import { eventually } from '../support/poa-acts.ts';
import { BOX_NUMBER } from '../support/poa-fixtures.ts';

let world: ApiWorld;
let good: string;
let brokers = 0;
const newBroker = () => createBroker(world.pool, { name: '報關行', boxNumber: `N${++brokers}` });

beforeAll(async () => {
  world = await createApiWorld();
  const { clientId, clientSecret } = await newBroker();
  good = basic(clientId, clientSecret);
});
afterAll(() => world?.close());

describe('client credentials', () => {
  test('give a bearer token of ten minutes that opens /v1', async () => {
    const { status, headers, body } = await requestToken(world.url, good);
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'declarations',
    });
    expect(headers.get('cache-control')).toBe('no-store');
    const { exp = 0, iat = 0 } = decodeJwt(body.access_token);
    expect(exp - iat).toBe(600);
    const headersOf = { authorization: `Bearer ${body.access_token}` };
    expect((await world.request('GET', '/v1/declarations', { headers: headersOf })).status).toBe(200);
  });

  test('may be form-encoded inside Basic (RFC 6749 §2.3.1)', async () => {
    const odd = { clientId: 'client: 1', clientSecret: 'a+b%c ü' };
    await createBroker(world.pool, { ...odd, name: 'Odd', boxNumber: 'ODD' });
    const encoded = basic(encodeURIComponent(odd.clientId), encodeURIComponent(odd.clientSecret));
    expect((await requestToken(world.url, encoded)).status).toBe(200);
  });

  test.each([
    ['none', null],
    ['a bearer token', 'Bearer abc'],
    ['no secret', basic('client', '')],
    ['bad percent-encoding', basic('client', '%E0%A4%A')],
    ['an unknown client', basic('nobody', 'secret')],
    ['a client id with a null character', basic('%00', 'secret')],
  ])('%s: 401 invalid_client with a challenge', async (_what, authorization) => {
    const { status, headers, body } = await requestToken(world.url, authorization);
    expect([status, body.error]).toEqual([401, 'invalid_client']);
    expect(headers.get('www-authenticate')).toMatch(/^Basic /);
  });

  test('a wrong secret and a revoked client are told alike', async () => {
    const { clientId, clientSecret } = await newBroker();
    const wrong = await requestToken(world.url, basic(clientId, 'wrong'));
    await revokeBroker(world.pool, clientId);
    const revoked = await requestToken(world.url, basic(clientId, clientSecret));
    expect(wrong.status).toBe(401);
    expect([revoked.status, revoked.body]).toEqual([wrong.status, wrong.body]);
  });

  test.each([
    ['', 'invalid_request'],
    ['grant_type=client_credentials&grant_type=client_credentials', 'invalid_request'],
    ['grant_type=password', 'unsupported_grant_type'],
    ['grant_type=client_credentials&scope=admin', 'invalid_scope'],
  ])('the form "%s": 400 %s', async (form, error) => {
    const { status, headers, body } = await requestToken(world.url, good, form);
    expect([status, body.error]).toEqual([400, error]);
    expect(headers.get('content-type')).toContain('application/json');
  });

  test.each(['', 'declarations'])('the scope "%s" is given', async (scope) => {
    const { body } = await requestToken(world.url, good, `grant_type=client_credentials&scope=${scope}`);
    expect(body.scope).toBe('declarations');
  });

  test('JSON in place of the form: 400 invalid_request', async () => {
    const { status, body } = await world.request('POST', '/oauth/token', {
      body: { grant_type: 'client_credentials' },
      headers: { authorization: good },
    });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  });
});

describe('under /v1', () => {
  const get = (authorization?: string) =>
    world.request('GET', '/v1/declarations', authorization ? { headers: { authorization } } : {});

  test('no token, a foreign one, one of another audience, an expired or unsigned one: 401 with a challenge', async () => {
    const sign = (key: Uint8Array, audience: string, seconds: number) =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
        .setSubject(world.brokerId)
        .setIssuer('http://localhost')
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
        .sign(key);
    const ours = world.tokenKey;
    const v1 = 'http://localhost/v1';
    expect((await get(`Bearer ${await sign(ours, v1, 60)}`)).status).toBe(200);
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    const claims = (await sign(ours, v1, 60)).split('.')[1];
    const bad = [
      undefined,
      'Basic abc',
      `Bearer ${await sign(new Uint8Array(32), v1, 60)}`,
      `Bearer ${await sign(ours, 'http://localhost/customs', 60)}`,
      `Bearer ${await sign(ours, v1, -1)}`,
      `Bearer ${none}.${claims}.`,
    ];
    for (const authorization of bad) {
      const { status, headers, body } = await get(authorization);
      expect([status, body.type]).toEqual([401, '/problems/unauthenticated']);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  });

  test('a revoked broker stops within five seconds, its live token notwithstanding', async () => {
    const { clientId } = await newBroker();
    const broker = await connectBroker(world.url, world.pool, clientId);
    expect((await broker.get('/v1/declarations')).status).toBe(200);
    await revokeBroker(world.pool, clientId);
    const { status } = await eventually(
      () => broker.get('/v1/declarations'),
      (answer) => answer.status !== 200,
      5_000,
    );
    expect(status).toBe(401);
  });

  test('a rotated secret is the only one that works', async () => {
    const broker = await connectBroker(world.url, world.pool, BOX_NUMBER);
    const later = await connectBroker(world.url, world.pool, BOX_NUMBER);
    expect((await requestToken(world.url, basic(BOX_NUMBER, broker.secret))).status).toBe(401);
    expect((await requestToken(world.url, basic(BOX_NUMBER, later.secret))).status).toBe(200);
  });

  test('a broker has a rate of its own: 429 tells when to come back', async () => {
    const deps = await apiDeps(world.db, world.processes);
    const api = await listen({ ...deps, settings: { ...deps.settings, brokerRateLimit: 5 } });
    try {
      const { clientId } = await newBroker();
      const { clientId: anotherId } = await newBroker();
      const broker = await connectBroker(api.url, world.pool, clientId);
      const another = await connectBroker(api.url, world.pool, anotherId);
      const answers = await Promise.all(Array.from({ length: 8 }, () => broker.get('/v1/declarations')));
      const limited = answers.filter(({ status }) => status === 429);
      expect(limited).toHaveLength(3);
      expect(limited[0]?.body.type).toBe('/problems/too-many-requests');
      for (const header of ['retry-after', 'ratelimit', 'ratelimit-policy'])
        expect(limited[0]?.headers.get(header)).toBeTruthy();
      expect((await another.get('/v1/declarations')).status).toBe(200);
    } finally {
      await api.close();
    }
  });
});
