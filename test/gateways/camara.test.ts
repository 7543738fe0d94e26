import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { authorizationError, createTelecomGateway, type TelecomGateway } from '../../gateways/camara.ts';
import type { Listening } from '../../sandbox/listen.ts';
import { createTelecom } from '../../sandbox/telecom/telecom.ts';
import { call } from '../support/stand-in.ts';

const REDIRECT = 'http://localhost:9/app/registrations/callback';
const CLIENT = { clientId: 'consentry', clientSecret: 'secret with spaces & signs' };
const PHONE = '+886912345678';
const WANG = {
  idNumber: 'A123456789',
  idType: 'national_id_card' as const,
  name: '王小明',
  birthDate: '1990-01-01',
  phone: PHONE,
};
const limits = { timeoutMs: 2_000 };

let telecom: Listening;
let gateway: TelecomGateway;
beforeAll(async () => {
  telecom = await createTelecom({ ...CLIENT, redirectUris: [REDIRECT] }).listen(0);
  gateway = createTelecomGateway({ ...CLIENT, name: 'sandbox', issuer: telecom.url }, REDIRECT);
});
afterAll(() => telecom.close());
beforeEach(() => control('POST', '/reset'));

const control = (method: string, path: string, body?: unknown) =>
  call(method, `${telecom.url}/_control${path}`, body === undefined ? {} : { body });
const fault = (body: object) => control('POST', '/faults', { times: 1, ...body });

/** What the handset's browser does: opens the authorization page over mobile data, and is redirected. */
async function authorize(msisdn: string | null) {
  const [state, nonce, verifier] = [0, 0, 0].map(() => randomBytes(32).toString('base64url')) as [
    string,
    string,
    string,
  ];
  const codeChallenge = createHash('sha256').update(verifier).digest('base64url');
  const url = await gateway.authorizationUrl({ state, nonce, codeChallenge }, limits);
  const answer = await call('GET', url, msisdn ? { headers: { 'x-sandbox-msisdn': msisdn } } : {});
  const { searchParams } = new URL(answer.headers.get('location') ?? '');
  expect(searchParams.get('state')).toBe(state);
  return { searchParams, code: searchParams.get('code') ?? '', nonce, verifier };
}

async function token(msisdn = PHONE): Promise<string> {
  const exchange = await gateway.exchange(await authorize(msisdn), limits);
  if (exchange.kind !== 'token') throw new Error('no token');
  return exchange.accessToken;
}

describe('Number Verification', () => {
  test('verifies the phone whose data session it was, and no other (attack 2)', async () => {
    expect(await gateway.verifyNumber(await token(), PHONE, limits)).toMatchObject({ kind: 'verified' });
    const other = await gateway.verifyNumber(await token('+886922222222'), PHONE, limits);
    expect(other).toMatchObject({ kind: 'not-verified', correlator: expect.any(String) });
  });

  test('over Wi-Fi the operator recognises nobody (attack 1)', async () => {
    const { searchParams } = await authorize(null);
    const [error, description] = [
      searchParams.get('error') ?? '',
      searchParams.get('error_description') ?? '',
    ];
    expect(authorizationError(error, description)).toBe('not-on-mobile-network');
  });

  test('a token works once and for 300 s (attack 3)', async () => {
    const spent = await token();
    await gateway.verifyNumber(spent, PHONE, limits);
    expect(await gateway.verifyNumber(spent, PHONE, limits)).toMatchObject({ kind: 'token-rejected' });
    const old = await token();
    await control('POST', '/tokens/expire');
    expect(await gateway.verifyNumber(old, PHONE, limits)).toMatchObject({ kind: 'token-rejected' });
  });

  test('a code works once, with its own verifier and nonce alone (attack 12)', async () => {
    const used = await authorize(PHONE);
    await gateway.exchange(used, limits);
    expect(await gateway.exchange(used, limits)).toEqual({ kind: 'rejected' });
    const [mine, theirs] = [await authorize(PHONE), await authorize('+886922222222')];
    expect(await gateway.exchange({ ...mine, code: theirs.code }, limits)).toEqual({ kind: 'rejected' });
    const swapped = await authorize(PHONE);
    expect(await gateway.exchange({ ...swapped, nonce: 'another' }, limits)).toEqual({ kind: 'rejected' });
  });

  test.each([400, 500, 503, 429])('%i tells nothing about the person', async (status) => {
    const held = await token();
    await fault({ route: '/number-verification', status });
    await expect(gateway.verifyNumber(held, PHONE, limits)).rejects.toMatchObject({ status });
  });
});

describe('KYC Match', () => {
  const subscriber = (changes: object = {}) => {
    const { phone: _, ...held } = WANG;
    return control('PUT', `/subscribers/${PHONE}`, { ...held, contract: 'PAYM', ...changes });
  };
  const matched = async (changes: object = {}) =>
    (await gateway.matchIdentity({ ...WANG, ...changes }, limits)).kind;

  test("is a match when ID number and name are 'true'", async () => {
    expect(await matched()).toBe('match');
    expect(await matched({ name: '王 小明' })).toBe('match');
  });

  test.each(['403', '200'])(
    'tells an ID mismatch, whichever way the operator does: %s (attack 6)',
    async (kycMode) => {
      await subscriber({ kycMode });
      expect(await matched({ idNumber: 'C223344555' })).toBe('id-mismatch');
      expect(await matched({ name: '陳怡君' })).toBe('name-mismatch');
    },
  );

  test("'not_available' is never a match (attack 5)", async () => {
    await subscriber({ idNumber: undefined });
    expect(await matched()).toBe('id-mismatch');
    await subscriber({ name: undefined });
    expect(await matched()).toBe('name-mismatch');
  });

  test('a birth date that the operator contradicts is a mismatch; one that it does not hold is none', async () => {
    expect(await matched({ birthDate: '1990-01-02' })).toBe('id-mismatch');
    await subscriber({ birthDate: undefined });
    expect(await matched()).toBe('match');
  });

  test('a number that the operator does not know, or does not answer for', async () => {
    expect(await matched({ phone: '+886987654321' })).toBe('identifier-not-found');
    await subscriber({ notApplicable: true });
    expect(await matched()).toBe('identifier-not-found');
  });

  test.each([401, 403, 404, 500, 503])('%i of its own is an outage', async (status) => {
    await fault({ route: '/kyc-match', status });
    await expect(matched()).rejects.toMatchObject({ status });
  });

  test('without a token of our own it is an outage', async () => {
    await fault({ route: '/token', status: 401 });
    await expect(matched()).rejects.toMatchObject({ status: 401 });
  });
});

describe('KYC Tenure', () => {
  const contract = async (phone: string) => (await gateway.contractType(phone, '2026-11-24', limits)).kind;

  test('tells a prepaid SIM from others (attack 11)', async () => {
    expect(await contract(PHONE)).toBe('postpaid');
    expect(await contract('+886933333333')).toBe('not-postpaid');
    expect(await contract('+886987654321')).toBe('identifier-not-found');
  });
});

describe('a forged ID token proves nothing (attack 13)', () => {
  let operator: Server;
  let issuer: string;
  let idToken: () => Promise<string>;
  let forged: TelecomGateway;
  const claims = (changes: JWTPayload = {}): JWTPayload => ({
    iss: issuer,
    aud: CLIENT.clientId,
    sub: 'subscriber',
    nonce: 'nonce',
    ...changes,
  });

  beforeAll(async () => {
    const { publicKey } = genuine;
    operator = createServer(async (req, res) => {
      const answers: Record<string, () => unknown> = {
        '/.well-known/openid-configuration': () => ({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
        }),
        '/jwks': async () => ({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'k' }] }),
        '/token': async () => ({ access_token: 'token', id_token: await idToken() }),
      };
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify(await answers[req.url ?? '']?.()));
    });
    await new Promise<void>((resolve) => operator.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(operator.address() as AddressInfo).port}`;
    forged = createTelecomGateway({ ...CLIENT, name: 'forged', issuer }, REDIRECT);
  });
  afterAll(() => {
    operator.closeAllConnections();
    operator.close();
  });

  const sign = (payload: JWTPayload, key: CryptoKey = genuine.privateKey, exp = '5m') =>
    new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuedAt()
      .setExpirationTime(exp)
      .sign(key);
  const exchange = () => forged.exchange({ code: 'code', verifier: 'verifier', nonce: 'nonce' }, limits);

  test("the operator's own is taken", async () => {
    idToken = () => sign(claims());
    expect(await exchange()).toEqual({ kind: 'token', accessToken: 'token' });
  });

  test.each<[string, () => Promise<string>]>([
    ['another issuer', () => sign(claims({ iss: 'https://elsewhere.example' }))],
    ['another audience', () => sign(claims({ aud: 'another' }))],
    ['another nonce', () => sign(claims({ nonce: 'another' }))],
    ['no nonce', () => sign({ iss: issuer, aud: CLIENT.clientId, sub: 'subscriber' })],
    ['an expired one', () => sign(claims(), genuine.privateKey, '-1m')],
    ["another's key", () => sign(claims(), stranger.privateKey)],
    ['alg none', async () => unsigned({ alg: 'none' }, claims({ exp: 4_102_444_800, iat: 1 }))],
    ['our own secret as key', () => symmetric(claims())],
    ['no token at all', async () => ''],
  ])('%s', async (_what, make) => {
    idToken = make;
    expect(await exchange()).toEqual({ kind: 'rejected' });
  });

  test('a discovery document of another issuer is not believed', async () => {
    const misled = createTelecomGateway(
      { ...CLIENT, name: 'misled', issuer: issuer.replace('127.0.0.1', 'localhost') },
      REDIRECT,
    );
    const request = { state: 's', nonce: 'n', codeChallenge: 'c' };
    await expect(misled.authorizationUrl(request, limits)).rejects.toMatchObject({ kind: 'answer' });
  });
});

const genuine = await generateKeyPair('ES256', { extractable: true });
const stranger = await generateKeyPair('ES256');

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsigned = (header: object, payload: object) => `${part(header)}.${part(payload)}.`;
const symmetric = (payload: JWTPayload) =>
  new SignJWT(payload)
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(Buffer.from(CLIENT.clientSecret.padEnd(32)));
