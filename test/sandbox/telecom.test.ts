import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseIdentityNumber } from '../../domain/identity-number.ts';
import { normalisePhone } from '../../domain/phone.ts';
import type { Listening } from '../../sandbox/listen.ts';
import { SEED } from '../../sandbox/telecom/subscribers.ts';
import { createTelecom } from '../../sandbox/telecom/telecom.ts';
import { type Answer, call, spawnStandIn } from '../support/stand-in.ts';

const REDIRECT_URI = 'http://localhost:9999/app/registrations/callback';
const CLIENT = { clientId: 'consentry', clientSecret: 'telecom-secret-of-the-test' };
const basic = {
  authorization: `Basic ${Buffer.from(`${CLIENT.clientId}:${CLIENT.clientSecret}`).toString('base64')}`,
};
const MING = '+886912345678';
const NOT_MOBILE = 'NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK';

let url: string;
const verifier = randomBytes(32).toString('base64url');

function authorizationUrl(more: Record<string, string | undefined> = {}): string {
  const query = {
    response_type: 'code',
    client_id: CLIENT.clientId,
    redirect_uri: REDIRECT_URI,
    scope: 'openid dpv:FraudPreventionAndDetection number-verification:verify',
    state: 'the-state',
    nonce: 'the-nonce',
    prompt: 'none',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  };
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return `${url}/authorize?${new URLSearchParams(given as [string, string][])}`;
}

/** What the handset's browser is redirected to. */
async function authorize(headers: Record<string, string>, more: Record<string, string | undefined> = {}) {
  const answer = await call('GET', authorizationUrl(more), { headers });
  const location = new URL(answer.headers.get('location') ?? 'none:');
  expect(location.origin + location.pathname).toBe(REDIRECT_URI);
  return location.searchParams;
}

const form = (parameters: Record<string, string>, headers: Record<string, string> = basic) =>
  call('POST', `${url}/token`, {
    body: new URLSearchParams(parameters).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
const exchange = (code: string, more: Record<string, string> = {}) =>
  form({
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: verifier,
    ...more,
  });

async function subscriberToken(phone: string, scope?: string): Promise<string> {
  const more = scope === undefined ? {} : { scope };
  const code = (await authorize({ 'x-sandbox-msisdn': phone }, more)).get('code') ?? '';
  return (await exchange(code)).body.access_token;
}
const clientToken = async (scope: string): Promise<string> =>
  (await form({ grant_type: 'client_credentials', scope })).body.access_token;

const api = (path: string, token: string, body: unknown, headers: Record<string, string> = {}) =>
  call('POST', `${url}${path}`, { body, headers: { authorization: `Bearer ${token}`, ...headers } });
const verify = (token: string, body: unknown) => api('/number-verification/v2/verify', token, body);
const control = (method: string, path: string, body?: unknown) =>
  call(method, `${url}/_control${path}`, { body });
const told = ({ status, body }: Answer) => {
  if (status >= 400) expect(body).toEqual({ status, code: expect.any(String), message: expect.any(String) });
  return [status, body.code];
};

describe('the operator', () => {
  let telecom: Listening;
  beforeAll(async () => {
    telecom = await createTelecom({ ...CLIENT, redirectUris: [REDIRECT_URI] }).listen(0);
    url = telecom.url;
  });
  beforeEach(() => control('POST', '/reset'));
  afterAll(() => telecom.close());

  test('its first subscribers have valid numbers', () => {
    for (const [phone, { idNumber, idType }] of Object.entries(SEED)) {
      expect(normalisePhone(phone)).toBe(phone);
      expect(parseIdentityNumber(idNumber ?? '')).toEqual({ value: idNumber, type: idType });
    }
  });

  describe('authorization', () => {
    test('one request of the handset ends at the redirect URI with code and state', async () => {
      const back = await authorize({ 'x-sandbox-msisdn': MING });
      expect(back.get('state')).toBe('the-state');
      const { body } = await exchange(back.get('code') ?? '');
      expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 300 });
      expect(body).not.toHaveProperty('refresh_token');
      const { body: discovery } = await call('GET', `${url}/.well-known/openid-configuration`);
      expect(discovery).toMatchObject({
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        code_challenge_methods_supported: ['S256'],
      });
      const { payload, protectedHeader } = await jwtVerify(
        body.id_token,
        createRemoteJWKSet(new URL(discovery.jwks_uri)),
        { issuer: url, audience: CLIENT.clientId },
      );
      expect(protectedHeader.alg).toBe('ES256');
      expect(payload.nonce).toBe('the-nonce');
      expect(JSON.stringify(payload)).not.toContain('912345678');
    });

    test.each([
      ['without a data session', {}],
      ['with a number that is not its subscriber', { 'x-sandbox-msisdn': '+886900000009' }],
    ])('%s it tells that the phone is not on the mobile network', async (_case, headers) => {
      for (const prompt of ['none', undefined]) {
        const back = await authorize(headers as Record<string, string>, { prompt });
        expect(back.get('error')).toBe('login_required');
        expect(back.get('error_description')).toBe(NOT_MOBILE);
        expect(back.get('state')).toBe('the-state');
      }
    });

    test('a later request is for the subscriber of its own data session, whatever cookies it brings', async () => {
      const first = await call('GET', authorizationUrl(), { headers: { 'x-sandbox-msisdn': MING } });
      const cookie = first.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ');
      const back = await authorize({ 'x-sandbox-msisdn': '+886922222222', cookie });
      const token = (await exchange(back.get('code') ?? '')).body.access_token;
      expect((await verify(token, { phoneNumber: '+886922222222' })).body).toEqual({
        devicePhoneNumberVerified: true,
      });
      expect((await authorize({ cookie })).get('error')).toBe('login_required');
    });

    test.each([
      ['PKCE is required', { code_challenge: undefined, code_challenge_method: undefined }],
      ['only S256', { code_challenge_method: 'plain' }],
      ['only the code flow', { response_type: 'id_token' }],
    ])('%s', async (_case, more) => {
      const answer = await call('GET', authorizationUrl(more), { headers: { 'x-sandbox-msisdn': MING } });
      expect(answer.headers.get('location') ?? '').not.toContain('code=');
      expect(`${answer.headers.get('location')} ${answer.status}`).toMatch(/error=| 400$/);
    });

    test('another redirect URI is not redirected to', async () => {
      const answer = await call('GET', authorizationUrl({ redirect_uri: 'http://evil.example/' }), {
        headers: { 'x-sandbox-msisdn': MING },
      });
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
      expect(answer.body.error).toBe('invalid_redirect_uri');
    });

    test('a code is good once, with its own verifier and client', async () => {
      const code = async () => (await authorize({ 'x-sandbox-msisdn': MING })).get('code') ?? '';
      const wrong = await exchange(await code(), { code_verifier: randomBytes(32).toString('base64url') });
      expect([wrong.status, wrong.body.error]).toEqual([400, 'invalid_grant']);
      const spent = await code();
      const { access_token: token } = (await exchange(spent)).body;
      expect((await exchange(spent)).body.error).toBe('invalid_grant');
      expect(told(await verify(token, { phoneNumber: MING }))).toEqual([401, 'UNAUTHENTICATED']);
      const stranger = await form(
        { grant_type: 'client_credentials', scope: 'kyc-match:match' },
        { authorization: `Basic ${Buffer.from('consentry:wrong').toString('base64')}` },
      );
      expect([stranger.status, stranger.body.error]).toEqual([401, 'invalid_client']);
    });

    test('a browser without a data session is asked which phone it is, on a page that says it is a sandbox', async () => {
      const page = await call('GET', authorizationUrl(), { headers: { accept: 'text/html,*/*' } });
      expect(page.status).toBe(200);
      expect(page.body).toContain('lang="zh-Hant-TW"');
      expect(page.body).toContain('This is a sandbox');
      expect(page.body).toContain('color-scheme: light dark');
      const links = [...page.body.matchAll(/href="([^"]+)"/g)].map(([, href]) =>
        href.replaceAll('&amp;', '&'),
      );
      const chosen = links.find((href: string) => href.includes(encodeURIComponent(MING)));
      const answer = await call('GET', `${url}${chosen}`, { headers: { accept: 'text/html' } });
      const back = new URL(answer.headers.get('location') ?? '').searchParams;
      expect([back.get('state'), back.get('error')]).toEqual(['the-state', null]);
      const { access_token: token } = (await exchange(back.get('code') ?? '')).body;
      expect((await verify(token, { phoneNumber: MING })).body.devicePhoneNumberVerified).toBe(true);
      const wifi = await call('GET', `${url}${links.find((href: string) => href.includes('=wifi'))}`, {
        headers: { accept: 'text/html' },
      });
      expect(wifi.headers.get('location')).toContain(NOT_MOBILE);
    });
  });

  describe('Number Verification', () => {
    test('compares with the subscriber of the data session, in clear or hashed', async () => {
      const hashedPhoneNumber = createHash('sha256').update(MING).digest('hex');
      for (const [body, verified] of [
        [{ phoneNumber: MING }, true],
        [{ phoneNumber: '+886922222222' }, false],
        [{ hashedPhoneNumber }, true],
        [{ hashedPhoneNumber: '0'.repeat(64) }, false],
      ] as const)
        expect((await verify(await subscriberToken(MING), body)).body).toEqual({
          devicePhoneNumberVerified: verified,
        });
    });

    test('a token is good for one comparison', async () => {
      const token = await subscriberToken(MING);
      const answers = await Promise.all([1, 2, 3].map(() => verify(token, { phoneNumber: MING })));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
      expect(told(await verify(token, { phoneNumber: MING }))).toEqual([401, 'UNAUTHENTICATED']);
    });

    test('an expired token is refused', async () => {
      const token = await subscriberToken(MING);
      await control('POST', '/tokens/expire');
      expect(told(await verify(token, { phoneNumber: MING }))).toEqual([401, 'UNAUTHENTICATED']);
    });

    test('takes exactly one well-formed number, and a bad request does not spend the token', async () => {
      const token = await subscriberToken(MING);
      const hashedPhoneNumber = '0'.repeat(64);
      for (const body of [{}, { phoneNumber: MING, hashedPhoneNumber }, { phoneNumber: '0912345678' }, '{'])
        expect(told(await verify(token, body))).toEqual([400, 'INVALID_ARGUMENT']);
      expect((await verify(token, { phoneNumber: MING })).status).toBe(200);
    });

    test('needs its scope and a data session', async () => {
      expect(told(await verify('nonsense', { phoneNumber: MING }))).toEqual([401, 'UNAUTHENTICATED']);
      const narrow = await subscriberToken(MING, 'openid');
      expect(told(await verify(narrow, { phoneNumber: MING }))).toEqual([403, 'PERMISSION_DENIED']);
      const twoLegged = await clientToken('number-verification:verify');
      expect(told(await verify(twoLegged, { phoneNumber: MING }))).toEqual([403, NOT_MOBILE]);
    });
  });

  describe('KYC Match', () => {
    let token: string;
    beforeEach(async () => {
      token = await clientToken('kyc-match:match');
    });
    const match = (body: unknown) => api('/kyc-match/v0.4/match', token, body);
    const ming = {
      phoneNumber: MING,
      idDocument: 'A123456789',
      idDocumentType: 'national_id_card',
      name: '王小明',
    };

    test('answers what was asked, in strings', async () => {
      expect((await match(ming)).body).toEqual({ idDocumentMatch: 'true', nameMatch: 'true' });
      expect((await match({ phoneNumber: MING, birthdate: '1990-01-02' })).body).toEqual({
        birthdateMatch: 'false',
      });
      expect((await match({ ...ming, name: '王小華', email: 'a@b.example' })).body).toEqual({
        idDocumentMatch: 'true',
        nameMatch: 'false',
        nameMatchScore: 67,
        emailMatch: 'not_available',
      });
    });

    test('width, spaces and case of a name do not matter', async () => {
      const chen = { phoneNumber: '+886922222222', idDocument: 'a８00000014', name: ' Ｃhen  ta-WEN' };
      expect((await match(chen)).body).toEqual({ idDocumentMatch: 'true', nameMatch: 'true' });
    });

    test('an ID mismatch is told as 200 or as 403, as the operator’s version has it', async () => {
      const wrong = { ...ming, idDocument: 'B123456780' };
      expect((await match(wrong)).body.idDocumentMatch).toBe('false');
      const wrongType = await match({ ...ming, idDocumentType: 'passport' });
      expect(wrongType.body.idDocumentMatch).toBe('false');
      const { body: subscribers } = await control('GET', '/subscribers');
      const { phone: _, ...held } = subscribers.find(({ phone }: { phone: string }) => phone === MING);
      await control('PUT', `/subscribers/${MING}`, { ...held, kycMode: '403' });
      expect(told(await match(wrong))).toEqual([403, 'KNOW_YOUR_CUSTOMER.ID_DOCUMENT_MISMATCH']);
      expect(told(await match({ phoneNumber: MING, name: '王小明' }))).toEqual([
        403,
        'KNOW_YOUR_CUSTOMER.ID_DOCUMENT_REQUIRED',
      ]);
      expect((await match(ming)).body).toEqual({ idDocumentMatch: 'true', nameMatch: 'true' });
    });

    test('what the operator does not hold is not available', async () => {
      const answer = await match({ phoneNumber: '+886977777777', idDocument: 'H290909014', name: '黃雅婷' });
      expect(answer.body).toEqual({ idDocumentMatch: 'true', nameMatch: 'not_available' });
      await control('PUT', `/subscribers/${MING}`, { contract: 'PAYM', kycMode: '403' });
      expect((await match(ming)).body).toEqual({
        idDocumentMatch: 'not_available',
        nameMatch: 'not_available',
      });
    });

    test.each([
      [{ idDocument: 'A123456789' }, 422, 'MISSING_IDENTIFIER'],
      [{ ...ming, phoneNumber: '+886900000009' }, 404, 'IDENTIFIER_NOT_FOUND'],
      [{ ...ming, phoneNumber: '+886910000001' }, 422, 'SERVICE_NOT_APPLICABLE'],
      [{ ...ming, phoneNumber: '0912345678' }, 400, 'INVALID_ARGUMENT'],
      [{ ...ming, idDocumentType: 'library_card' }, 400, 'INVALID_ARGUMENT'],
      [{ phoneNumber: MING }, 400, 'INVALID_ARGUMENT'],
      [
        { phoneNumber: MING, idDocumentType: 'passport' },
        400,
        'KNOW_YOUR_CUSTOMER.INVALID_PARAM_COMBINATION',
      ],
    ])('%j is refused with %i %s', async (body, status, code) => {
      expect(told(await match(body))).toEqual([status, code]);
    });

    test('a token of another API does not open it', async () => {
      token = await clientToken('sim-swap:check');
      expect(told(await match(ming))).toEqual([403, 'PERMISSION_DENIED']);
      token = await subscriberToken(MING);
      expect(told(await match(ming))).toEqual([403, 'PERMISSION_DENIED']);
    });
  });

  test('Tenure tells the contract', async () => {
    const token = await clientToken('kyc-tenure:check-tenure');
    const check = (phoneNumber: string, tenureDate: string) =>
      api('/kyc-tenure/v0.1/check-tenure', token, { phoneNumber, tenureDate });
    expect((await check(MING, '2026-01-01')).body).toEqual({ tenureDateCheck: true, contractType: 'PAYM' });
    expect((await check('+886933333333', '2019-12-31')).body).toEqual({
      tenureDateCheck: false,
      contractType: 'PAYG',
    });
    expect(told(await check('+886900000009', '2026-01-01'))).toEqual([404, 'IDENTIFIER_NOT_FOUND']);
    expect(told(await check(MING, 'yesterday'))).toEqual([400, 'INVALID_ARGUMENT']);
  });

  test('SIM Swap and Number Recycling follow what happened to the number', async () => {
    const swapToken = await clientToken('sim-swap:check');
    const recyclingToken = await clientToken('number-recycling:check');
    const swapped = (maxAge?: number) =>
      api('/sim-swap/v2/check', swapToken, { phoneNumber: MING, ...(maxAge && { maxAge }) });
    const recycled = (specifiedDate: string) =>
      api('/number-recycling/v0.2/check', recyclingToken, { phoneNumber: MING, specifiedDate });
    expect((await swapped()).body).toEqual({ swapped: false });
    expect((await recycled('2020-01-01')).body).toEqual({ phoneNumChanged: false });
    const simSwappedAt = new Date(Date.now() - 48 * 3_600_000).toISOString();
    const put = await control('PUT', `/subscribers/${MING}`, {
      ...{ idNumber: 'A123456789', idType: 'national_id_card', name: '王小明', birthDate: '1990-01-01' },
      contract: 'PAYM',
      simSwappedAt,
      recycledAt: '2026-05-05T12:00:00+08:00',
    });
    expect(put.status).toBe(200);
    expect((await swapped()).body).toEqual({ swapped: true });
    expect((await swapped(24)).body).toEqual({ swapped: false });
    expect(told(await swapped(2401))).toEqual([400, 'OUT_OF_RANGE']);
    expect((await recycled('2026-05-05')).body).toEqual({ phoneNumChanged: true });
    expect((await recycled('2026-05-06')).body).toEqual({ phoneNumChanged: false });
    const dateToken = await clientToken('sim-swap:retrieve-date');
    const changed = () => api('/sim-swap/v2/retrieve-date', dateToken, { phoneNumber: MING });
    expect((await changed()).body).toEqual({ latestSimChange: simSwappedAt });
    expect(told(await api('/sim-swap/v2/retrieve-date', swapToken, { phoneNumber: MING }))).toEqual([
      403,
      'PERMISSION_DENIED',
    ]);
  });

  test('a new subscription counts as a SIM swap, also one of a number that somebody had before', async () => {
    const swapToken = await clientToken('sim-swap:check');
    const dateToken = await clientToken('sim-swap:retrieve-date');
    const swapped = async () =>
      (await api('/sim-swap/v2/check', swapToken, { phoneNumber: MING, maxAge: 48 })).body.swapped;
    const changed = async () =>
      (await api('/sim-swap/v2/retrieve-date', dateToken, { phoneNumber: MING })).body.latestSimChange;
    await control('PUT', `/subscribers/${MING}`, { contract: 'PAYM' });
    expect([await swapped(), await changed()]).toEqual([false, '2019-12-31T16:00:00.000Z']);
    const since = new Date().toISOString().slice(0, 10);
    await control('PUT', `/subscribers/${MING}`, { contract: 'PAYM', since });
    expect(await swapped()).toBe(true);
    const recycledAt = new Date().toISOString();
    await control('PUT', `/subscribers/${MING}`, { contract: 'PAYM', recycledAt });
    expect([await swapped(), await changed()]).toEqual([true, recycledAt]);
  });

  test('echoes the correlator', async () => {
    const token = await clientToken('kyc-match:match');
    const answer = await api('/kyc-match/v0.4/match', token, {}, { 'x-correlator': 'registration-1' });
    expect(answer.headers.get('x-correlator')).toBe('registration-1');
    expect((await verify('none', {})).headers.get('x-correlator')).toMatch(/.{8}/);
  });

  test('a fault on the token endpoint has OAuth’s form, on the APIs CAMARA’s; neither spends a token', async () => {
    const token = await subscriberToken(MING);
    await control('POST', '/faults', { route: '/number-verification', status: 503, times: 2 });
    await control('POST', '/faults', { route: '/token', status: 503 });
    for (let i = 0; i < 2; i += 1)
      expect(told(await verify(token, { phoneNumber: MING }))).toEqual([503, 'UNAVAILABLE']);
    expect((await verify(token, { phoneNumber: MING })).status).toBe(200);
    const failed = await form({ grant_type: 'client_credentials', scope: 'kyc-match:match' });
    expect([failed.status, failed.body.error]).toEqual([503, 'server_error']);
    const { body: asked } = await control('GET', '/requests?path=/token');
    expect(asked.map(({ status }: { status: number }) => status)).toEqual([200, 503]);
    expect(asked[0].body).toContain(`code_verifier=${verifier}`);
  });
});

test('a restarted operator keeps its issuer’s key and its subscribers, and a reset keeps the key alone', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'telecom-'));
  const env = {
    TELECOM_CLIENT_ID: CLIENT.clientId,
    TELECOM_CLIENT_SECRET: CLIENT.clientSecret,
    TELECOM_REDIRECT_URIS: `http://localhost:1/,${REDIRECT_URI}`,
    STATE_FILE: join(directory, 'telecom.jsonl'),
  };
  const keys = async () => (await call('GET', `${url}/jwks`)).body;
  let telecom = await spawnStandIn('telecom', env);
  url = telecom.url;
  const before = await keys();
  await control('PUT', '/subscribers/0900-000-009', { contract: 'PAYG' });
  await telecom.kill();
  telecom = await spawnStandIn('telecom', env);
  url = telecom.url;
  expect(await keys()).toEqual(before);
  expect((await authorize({ 'x-sandbox-msisdn': '+886900000009' })).get('code')).toMatch(/./);
  await control('POST', '/reset');
  await telecom.kill();
  telecom = await spawnStandIn('telecom', env);
  url = telecom.url;
  expect(await keys()).toEqual(before);
  expect((await authorize({ 'x-sandbox-msisdn': '+886900000009' })).get('error')).toBe('login_required');
  expect(await telecom.end('SIGINT')).toEqual({ code: 0, signal: null });
  rmSync(directory, { recursive: true, force: true });
});
