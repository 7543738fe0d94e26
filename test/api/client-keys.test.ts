/** `private_key_jwt` (RFC 7523): what a signed assertion opens, what is none, and how its keys come and go. */
import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint, type JWK, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../clients/typescript/index.ts';
import { createBroker } from '../../db/brokers.ts';
import { useAssertion } from '../../db/client-keys.ts';
import { deleteExpired } from '../../db/tidy.ts';
import { admin as runAdmin } from '../support/admin.ts';
import { type ApiWorld, createApiWorld } from '../support/api-world.ts';
import { basic, requestToken } from '../support/broker-client.ts';
import { eventually } from '../support/poa-acts.ts';

const OURS = 'http://localhost';
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

let world: ApiWorld;
let clientId: string;
let clientSecret: string;
let other: string;
const directory = mkdtempSync(join(tmpdir(), 'consentry-keys-'));
beforeAll(async () => {
  world = await createApiWorld();
  ({ clientId, clientSecret } = await createBroker(world.pool, { name: '甲', boxNumber: 'K1' }));
  other = (await createBroker(world.pool, { name: '乙', boxNumber: 'K2' })).clientId;
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await world?.close();
});

const admin = (...args: string[]) => runAdmin({ DATABASE_URL: world.databaseUrl }, ...args);
const file = (text: string): string => {
  const path = join(directory, randomUUID());
  writeFileSync(path, text);
  return path;
};

interface Key {
  kid: string;
  alg: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}
const newKey = async (alg = 'ES256'): Promise<Key> => {
  const { privateKey, publicKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : alg === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = publicKey.export({ format: 'jwk' }) as JWK;
  return { kid: await calculateJwkThumbprint(jwk), alg, privateKey, publicKey };
};
const pem = ({ publicKey }: Key) => publicKey.export({ type: 'spki', format: 'pem' }).toString();
const taken = async (alg?: string, who = clientId): Promise<Key> => {
  const key = await newKey(alg);
  const { code, err } = await admin('broker', 'add-key', who, file(pem(key)));
  expect([code, err]).toEqual([0, '']);
  return key;
};

const now = () => Math.floor(Date.now() / 1000);
type Claims = { [K in keyof JWTPayload]: JWTPayload[K] | undefined };
const claims = (changes: Claims = {}): JWTPayload =>
  JSON.parse(
    JSON.stringify({
      iss: clientId,
      sub: clientId,
      aud: `${OURS}/oauth/token`,
      jti: randomUUID(),
      exp: now() + 60,
      ...changes,
    }),
  );
const sign = (key: Key, payload: JWTPayload = claims(), header: object = {}) =>
  new SignJWT(payload).setProtectedHeader({ alg: key.alg, kid: key.kid, ...header }).sign(key.privateKey);

const ask = (assertion: string, form: Record<string, string> = {}, authorization: string | null = null) =>
  requestToken(
    world.url,
    authorization,
    new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: JWT_BEARER,
      client_assertion: assertion,
      ...form,
    }).toString(),
  );
const opens = async (token: string) =>
  (await world.request('GET', '/v1/declarations', { headers: { authorization: `Bearer ${token}` } })).status;

describe('an assertion', () => {
  test.each(['ES256', 'EdDSA', 'PS256', 'RS256'])(
    'signed with %s gives a token that opens /v1',
    async (alg) => {
      const key = await taken(alg);
      const { status, body } = await ask(await sign(key), { client_id: clientId });
      expect([status, body.token_type]).toEqual([200, 'Bearer']);
      expect(await opens(body.access_token)).toBe(200);
    },
  );

  test('for the issuer, and one that the client for Node makes, are taken', async () => {
    const key = await taken();
    expect((await ask(await sign(key, claims({ aud: OURS })))).status).toBe(200);
    // The world calls itself otherwise than it listens: its audience is that.
    const send: typeof fetch = (url, init) => fetch(String(url).replace(OURS, world.url), init);
    const authentication = { clientId, privateKey: key.privateKey, kid: key.kid };
    const client = createClient({ url: OURS, authentication, fetch: (url, init) => send(url, init) });
    expect(await client.webhooks.list()).toEqual([]);
  });

  test('counts once, also of several at once', async () => {
    const key = await taken();
    const assertion = await sign(key);
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(assertion)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401]);
    expect((await ask(assertion)).status).toBe(401);
    await deleteExpired(world.pool);
    expect((await ask(assertion)).status).toBe(401);
  });

  test('counts once, also where the database, which forgets it, has a clock ahead of ours', async () => {
    const key = await taken();
    const assertion = await sign(key, claims({ exp: now() + 60 }));
    expect((await ask(assertion)).status).toBe(200);
    await world.pool.query(`UPDATE client_assertions SET expires_at = expires_at - interval '30 minutes'`);
    await deleteExpired(world.pool);
    expect((await ask(assertion)).status).toBe(401);
  });

  test('that would be forgotten at once is used up by nobody', async () => {
    expect(await useAssertion(world.pool, world.brokerId, 'late', new Date(Date.now() - 1_000))).toBe(false);
  });

  const refused: [string, (key: Key) => Promise<string>][] = [
    ['another audience', (key) => sign(key, claims({ aud: 'https://elsewhere.example' }))],
    [
      'an audience among others',
      (key) => sign(key, claims({ aud: [`${OURS}/oauth/token`, 'https://b.example'] })),
    ],
    ['an audience in a list', (key) => sign(key, claims({ aud: [OURS] }))],
    ['no audience', (key) => sign(key, claims({ aud: undefined }))],
    ['another subject', (key) => sign(key, claims({ sub: other }))],
    ["another client's name", (key) => sign(key, claims({ iss: other, sub: other }))],
    ['an unknown client', (key) => sign(key, claims({ iss: 'nobody', sub: 'nobody' }))],
    ['a null character', (key) => sign(key, claims({ iss: '\0', sub: '\0' }))],
    ['no end', (key) => sign(key, claims({ exp: undefined }))],
    ['an end in the past', (key) => sign(key, claims({ exp: now() - 60 }))],
    ['an end too far ahead', (key) => sign(key, claims({ exp: now() + 3600 }))],
    ['a beginning ahead', (key) => sign(key, claims({ nbf: now() + 60 }))],
    ['no jti', (key) => sign(key, claims({ jti: undefined }))],
    ['an empty jti', (key) => sign(key, claims({ jti: '' }))],
    ['an endless jti', (key) => sign(key, claims({ jti: 'x'.repeat(256) }))],
    ['no kid', (key) => sign(key, claims(), { kid: undefined })],
    ['an unknown kid', (key) => sign(key, claims(), { kid: 'other' })],
    ['a key that nobody took in', async (key) => sign({ ...(await newKey()), kid: key.kid })],
    [
      'a symmetric algorithm over the public key',
      (key) =>
        new SignJWT(claims())
          .setProtectedHeader({ alg: 'HS256', kid: key.kid })
          .sign(new TextEncoder().encode(pem(key))),
    ],
    [
      'no signature',
      async (key) => {
        const part = (of: object) => Buffer.from(JSON.stringify(of)).toString('base64url');
        return `${part({ alg: 'none', kid: key.kid })}.${part(claims())}.`;
      },
    ],
    ['bytes', async () => 'a.b.c'],
    ['nothing', async () => ''],
  ];
  test.each(refused)('with %s is invalid_client', async (_what, make) => {
    const { status, body } = await ask(await make(await taken()));
    expect([status, body.error]).toEqual([401, 'invalid_client']);
    expect(body).not.toHaveProperty('access_token');
  });

  test("of another client's key is nobody's", async () => {
    const key = await taken('ES256', other);
    expect((await ask(await sign(key))).status).toBe(401);
    expect((await ask(await sign(key, claims({ iss: other, sub: other })))).status).toBe(200);
  });

  test('beside a secret, of another type, or without one is an invalid request', async () => {
    const key = await taken();
    const both = await ask(await sign(key), {}, basic(clientId, clientSecret));
    const otherType = await ask(await sign(key), { client_assertion_type: 'urn:x' });
    const none = await requestToken(
      world.url,
      null,
      new URLSearchParams({ grant_type: 'client_credentials', client_assertion_type: JWT_BEARER }).toString(),
    );
    for (const { status, body } of [both, otherType, none])
      expect([status, body.error]).toEqual([400, 'invalid_request']);
  });

  test('whose client_id names another client is refused', async () => {
    expect((await ask(await sign(await taken()), { client_id: other })).body.error).toBe('invalid_client');
  });
});

describe('keys', () => {
  test('are rotated: the new one beside the old one, then the old one ends, and what it opened within 5 s', async () => {
    const [old, fresh] = [await taken(), await taken()];
    const tokenOf = async (key: Key): Promise<string> => (await ask(await sign(key))).body.access_token;
    const [before, after] = [await tokenOf(old), await tokenOf(fresh)];
    expect([await opens(before), await opens(after)]).toEqual([200, 200]);
    const began = Date.now();
    expect((await admin('broker', 'revoke-key', clientId, old.kid)).code).toBe(0);
    expect((await ask(await sign(old))).status).toBe(401);
    await eventually(
      () => opens(before),
      (status) => status === 401,
    );
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(await opens(after)).toBe(200);
    const { out } = await admin('broker', 'keys', clientId);
    expect(out).toMatch(new RegExp(`${old.kid}\\s+P-256\\s+\\S+\\s+\\S+Z`));
    expect(out).toMatch(new RegExp(`${fresh.kid}\\s+P-256\\s+\\S+\\n`));
    expect((await admin('broker', 'add-key', clientId, file(pem(old)))).err).toContain('has, or had');
  });

  test('are public ones of three kinds, and nothing else', async () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const otherCurve = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const jwk = (key: KeyObject) => JSON.stringify(key.export({ format: 'jwk' }));
    const cases: [string, string][] = [
      [jwk(ec.privateKey), 'private key'],
      [ec.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'private key'],
      [jwk(weak.publicKey), 'neither of P-256'],
      [jwk(otherCurve.publicKey), 'neither of P-256'],
      ['{"kty":"oct","k":"AAAA"}', 'private key'],
      ['{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}', 'no public key'],
      ['not a key', 'neither a JWK'],
    ];
    for (const [text, words] of cases) {
      const { code, err } = await admin('broker', 'add-key', clientId, file(text));
      expect([code, err]).toEqual([1, expect.stringContaining(words)]);
    }
    const named = JSON.stringify({ ...ec.publicKey.export({ format: 'jwk' }), kid: 'mine-2026' });
    expect((await admin('broker', 'add-key', clientId, file(named))).out).toContain('mine-2026');
    expect((await admin('broker', 'add-key', 'nobody', file(named))).code).toBe(1);
  });
});

test('where and how tokens are given is published (RFC 8414)', async () => {
  const { status, body } = await world.request('GET', '/.well-known/oauth-authorization-server');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    issuer: OURS,
    token_endpoint: `${OURS}/oauth/token`,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
  });
});
