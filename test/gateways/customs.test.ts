import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CustomsGateway, createCustomsGateway } from '../../gateways/customs.ts';
import { createCustoms } from '../../sandbox/customs/customs.ts';
import type { Listening } from '../../sandbox/listen.ts';
import { call } from '../support/stand-in.ts';

const TOKEN = 'token-of-consentry';
const ID = '01900000-0000-7000-8000-000000000001';
const identity = {
  idNumber: 'A123456789',
  idType: 'national_id_card',
  name: '王小明',
  birthDate: '1990-01-01',
  phone: '+886912345678',
  verifiedAt: '2026-11-24T00:00:00Z',
  verification: { operator: 'sandbox', method: 'camara', correlator: 'c' },
};
const lodgement = JSON.stringify({
  declarationId: ID,
  version: 1,
  functionCode: '9',
  declaration: {
    brokerBoxNumber: 'A123',
    functionalReference: 'B-1',
    masterWaybill: '29712345675',
    houseWaybill: 'H1',
    flight: 'CI0006',
    importDate: '2026-11-24',
    importer: { name: '王小明', phone: '+886912345678' },
    goods: [
      { sequence: 1, description: 'shoes', quantity: '1', unit: 'PCE', price: '1.00', currency: 'USD' },
    ],
    packages: 1,
    grossMassKg: '1',
  },
});
const report = (outcome: string) =>
  JSON.stringify({ declarationId: ID, outcome, decidedAt: '2026-11-24T00:00:00Z' });

let customs: Listening;
let gateway: CustomsGateway;
beforeAll(async () => {
  customs = await createCustoms({ token: TOKEN }).listen(0);
  gateway = createCustomsGateway({ url: customs.url, token: TOKEN });
});
afterAll(() => customs.close());
beforeEach(() => control('POST', '/reset'));

const control = (method: string, path: string, body?: unknown) =>
  call(method, `${customs.url}/_control${path}`, body === undefined ? {} : { body });
const options = (idempotencyKey: string) => ({ idempotencyKey, timeoutMs: 1_000 });
const refuseWith = (route: string, status: number) => control('POST', '/faults', { route, status, times: 1 });

describe('identities (R4)', () => {
  test('are filed, and a repeat gets the first answer', async () => {
    const first = await gateway.putIdentity(ID, identity, options('k'));
    expect(first).toEqual({ kind: 'filed', fileNumber: expect.any(String) });
    expect(await gateway.putIdentity(ID, identity, options('k'))).toEqual(first);
  });

  test.each([400, 403, 404, 422])('%i is a refusal', async (status) => {
    await refuseWith('/identities', status);
    expect(await gateway.putIdentity(ID, identity, options('k'))).toEqual({
      kind: 'refused',
      status,
      code: 'fault',
    });
  });

  test.each([408, 409, 425, 429, 500, 503])('%i is neither filed nor refused', async (status) => {
    await refuseWith('/identities', status);
    await expect(gateway.putIdentity(ID, identity, options('k'))).rejects.toMatchObject({ status });
  });

  test('an answer that never came is the same answer when asked again', async () => {
    await control('POST', '/faults', { route: '/identities', drop: 'after', times: 1 });
    await expect(gateway.putIdentity(ID, identity, options('k'))).rejects.toThrow('network');
    expect(await gateway.putIdentity(ID, identity, options('k'))).toMatchObject({ kind: 'filed' });
    expect((await control('GET', '/identities')).body).toHaveLength(1);
  });

  test('a slow Customs is an outage', async () => {
    await control('POST', '/faults', { route: '/identities', delayMs: 400, times: 1 });
    const hurried = { idempotencyKey: 'k', timeoutMs: 50 };
    await expect(gateway.putIdentity(ID, identity, hurried)).rejects.toMatchObject({ kind: 'time-out' });
  });
});

describe.each([
  [
    'the end of an identity',
    'DELETE',
    '/identities',
    'endIdentity',
    { reason: 'left', endedAt: '2026-11-24T00:00:00Z' },
  ],
  [
    'a fraud case',
    'PUT',
    '/fraud-cases',
    'putFraudCase',
    {
      declarationId: ID,
      reference: ID,
      version: 1,
      openedAt: '2026-11-24T00:00:00Z',
      kind: 'reported',
    },
  ],
] as const)('%s', (_what, method, route, name, body) => {
  const tell = (key = 'n') => gateway[name](ID, JSON.stringify(body), options(key));

  test('is told in the exact bytes', async () => {
    await gateway.putIdentity(ID, identity, options('k'));
    expect(await tell()).toEqual({ kind: 'taken' });
    expect(await tell()).toEqual({ kind: 'taken' });
    const requests = (await control('GET', `/requests?path=${route}`)).body;
    expect(requests.filter((request: { method: string }) => request.method === method)).toMatchObject([
      { path: `${route}/${ID}`, body },
      { path: `${route}/${ID}`, body },
    ]);
  });

  test.each([400, 403, 422])('%i is a refusal', async (status) => {
    await refuseWith(route, status);
    expect(await tell()).toEqual({ kind: 'refused', status, code: 'fault' });
  });

  test.each([408, 409, 425, 429, 500, 503])('%i is neither taken nor refused', async (status) => {
    await refuseWith(route, status);
    await expect(tell()).rejects.toMatchObject({ status });
  });
});

test('a file that Customs does not have has ended', async () => {
  const body = JSON.stringify({ reason: 'left', endedAt: '2026-11-24T00:00:00Z' });
  expect(await gateway.endIdentity(ID, body, options('n'))).toEqual({ kind: 'taken' });
});

describe('lodging (P1)', () => {
  test('brings number and context', async () => {
    const answer = await gateway.lodge(lodgement, options('l'));
    expect(answer).toMatchObject({
      kind: 'accepted',
      context: { declarationId: ID, version: 1, flight: 'CI0006' },
    });
    const [request] = (await control('GET', '/requests?path=/declarations')).body;
    expect(request.body).toEqual(JSON.parse(lodgement));
  });

  test("a refusal carries Customs' problems", async () => {
    const problem = { pointer: '/declaration/goods/0', code: 'hs-code', detail: 'Which?' };
    await control('PUT', '/mode', {
      context: 'inline',
      refuse: { status: 422, code: 'validation-failed', errors: [problem] },
    });
    expect(await gateway.lodge(lodgement, options('l'))).toEqual({
      kind: 'refused',
      status: 422,
      problems: [problem],
    });
  });

  test('a refusal without problems is one general problem', async () => {
    await refuseWith('/declarations', 422);
    expect(await gateway.lodge(lodgement, options('l'))).toMatchObject({
      kind: 'refused',
      problems: [{ pointer: '', code: 'fault' }],
    });
  });

  test('a clash of keys is not a judgement', async () => {
    await refuseWith('/declarations', 409);
    await expect(gateway.lodge(lodgement, options('l'))).rejects.toMatchObject({ status: 409 });
  });
});

describe('reports (P5)', () => {
  test('are acknowledged under the encoded reference', async () => {
    expect(await gateway.putPoa('CX 15 123/1', 1, report('confirmed'), options('p'))).toEqual({
      kind: 'acknowledged',
      acknowledgementNumber: expect.any(String),
    });
    const [held] = (await control('GET', '/poas')).body;
    expect(held).toMatchObject({ reference: 'CX 15 123/1', version: 1, outcome: 'confirmed' });
  });

  test('a contradiction carries what Customs holds', async () => {
    await gateway.putPoa(ID, 1, report('confirmed'), options('p'));
    expect(await gateway.putPoa(ID, 1, report('expired'), options('q'))).toMatchObject({
      kind: 'refused',
      status: 409,
      code: 'contradictory-outcome',
      held: { outcome: 'confirmed', version: 1, acknowledgementNumber: expect.any(String) },
    });
  });

  test('a lower version is superseded', async () => {
    await gateway.putPoa(ID, 2, report('confirmed'), options('p'));
    const answer = await gateway.putPoa(ID, 1, report('confirmed'), options('q'));
    expect(answer).toMatchObject({ kind: 'refused', status: 409, code: 'superseded' });
  });

  test('a reply code other than 00 is a refusal', async () => {
    await control('PUT', '/mode', { context: 'inline', replyCode: '33', times: 1 });
    expect(await gateway.putPoa(ID, 1, report('confirmed'), options('p'))).toMatchObject({
      kind: 'refused',
      code: 'reply-33',
    });
  });
});
