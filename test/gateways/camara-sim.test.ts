/** SIM Swap and Number Recycling, asked of the sandbox's operator and of ones that answer otherwise. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTelecomGateway, type TelecomGateway } from '../../gateways/camara.ts';
import { createSimQuestions } from '../../gateways/camara-sim.ts';
import { createTokenKeeper } from '../../gateways/client-tokens.ts';
import type { RecordedRequest } from '../../sandbox/control.ts';
import type { Listening } from '../../sandbox/listen.ts';
import { createTelecom } from '../../sandbox/telecom/telecom.ts';
import { call } from '../support/stand-in.ts';

const CLIENT = { clientId: 'consentry', clientSecret: 'secret' };
const REDIRECT = 'http://localhost:9/app/registrations/callback';
const PHONE = '+886912345678';
const NOBODY = '+886900000009';
const limits = { timeoutMs: 2_000 };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let telecom: Listening;
let gateway: TelecomGateway;
beforeAll(async () => {
  telecom = await createTelecom({ ...CLIENT, redirectUris: [REDIRECT] }).listen(0);
});
afterAll(() => telecom.close());
beforeEach(async () => {
  await control('POST', '/reset');
  gateway = createTelecomGateway({ ...CLIENT, name: 'sandbox', issuer: telecom.url }, REDIRECT);
});

const control = (method: string, path: string, body?: unknown) =>
  call(method, `${telecom.url}/_control${path}`, body === undefined ? {} : { body });
const fault = (body: object) => control('POST', '/faults', { times: 1, ...body });
const ago = (ms: number) => new Date(Date.now() - ms);
const happened = (what: object) => control('PUT', `/subscribers/${PHONE}`, { contract: 'PAYM', ...what });
const swapped = async (since: Date) => (await gateway.simSwapped(PHONE, since, limits)).kind;
const asked = async (path: string) =>
  (await control('GET', `/requests?path=${path}`)).body as RecordedRequest[];

describe('SIM Swap', () => {
  test('the same SIM is told in one call, with a correlator', async () => {
    expect(await gateway.simSwapped(PHONE, ago(HOUR), limits)).toEqual({
      kind: 'same',
      correlator: expect.any(String),
    });
    expect((await asked('/sim-swap')).map(({ path }) => path)).toEqual(['/sim-swap/v2/check']);
  });

  test('a change counts after the moment asked about, not before it, also within the same hour (attack 9)', async () => {
    await happened({ simSwappedAt: ago(10 * MINUTE).toISOString() });
    expect(await swapped(ago(20 * MINUTE))).toBe('swapped');
    expect(await swapped(ago(5 * MINUTE))).toBe('same');
    expect(await swapped(ago(72 * HOUR))).toBe('swapped');
  });

  test('a recycled number has another SIM', async () => {
    await happened({ recycledAt: ago(10 * MINUTE).toISOString() });
    expect(await swapped(ago(20 * MINUTE))).toBe('swapped');
    expect(await swapped(ago(5 * MINUTE))).toBe('same');
  });

  test('reaches back in whole hours, 2,400 at most', async () => {
    const hours = [0, 30 * MINUTE, HOUR + MINUTE, 2_399.5 * HOUR, 9_000 * HOUR];
    for (const age of hours) await swapped(ago(age));
    const bodies = (await asked('/sim-swap/v2/check')).map(({ body }) => (body as { maxAge: number }).maxAge);
    expect(bodies).toEqual([1, 1, 2, 2400, 2400]);
  });

  test.each([400, 403, 404, 501])(
    'an operator that tells no dates (%i): a change within those hours counts',
    async (status) => {
      await happened({ simSwappedAt: ago(10 * MINUTE).toISOString() });
      await fault({ route: '/sim-swap/v2/retrieve-date', status });
      expect(await swapped(ago(5 * MINUTE))).toBe('swapped');
    },
  );

  test('the date is out of reach for a while: nothing is known', async () => {
    await happened({ simSwappedAt: ago(10 * MINUTE).toISOString() });
    await fault({ route: '/sim-swap/v2/retrieve-date', status: 503 });
    await expect(swapped(ago(20 * MINUTE))).rejects.toMatchObject({ status: 503 });
  });

  test('a number that the operator does not know', async () => {
    expect(await gateway.simSwapped(NOBODY, ago(HOUR), limits)).toMatchObject({
      kind: 'identifier-not-found',
    });
  });

  test.each([400, 403, 404, 500, 503, 429])('%i tells nothing about the SIM', async (status) => {
    await fault({ route: '/sim-swap/v2/check', status });
    await expect(swapped(ago(HOUR))).rejects.toMatchObject({ status });
  });
});

describe('an operator that answers otherwise', () => {
  type Answers = Record<string, { status: number; json: unknown }>;
  const ok = (json: object) => ({ status: 200, json });
  const beyond = { status: 400, json: { status: 400, code: 'OUT_OF_RANGE', message: '30 days' } };
  const questions = (answers: Answers) =>
    createSimQuestions('operator other', async (_scope, path, body) => {
      const key = `${path.split('/').at(-1)} ${(body as { maxAge?: number }).maxAge ?? ''}`.trim();
      const answer = answers[key];
      if (!answer) throw new Error(`unexpected ${key}`);
      return { answer, correlator: 'c' };
    });
  const since = ago(1_000 * HOUR - MINUTE);

  test.each<[string, Answers, string]>([
    [
      'no date at all',
      { 'check 1000': ok({ swapped: true }), 'retrieve-date': ok({ latestSimChange: null }) },
      'swapped',
    ],
    [
      'keeps less: the date tells, after',
      { 'check 1000': beyond, 'retrieve-date': ok({ latestSimChange: ago(HOUR).toISOString() }) },
      'swapped',
    ],
    [
      'keeps less: the date tells, before',
      { 'check 1000': beyond, 'retrieve-date': ok({ latestSimChange: '2020-01-01T00:00:00+08:00' }) },
      'same',
    ],
    [
      'keeps less and tells no date: what it keeps by default, changed',
      {
        'check 1000': beyond,
        'retrieve-date': ok({ latestSimChange: null, monitoredPeriod: 30 }),
        'check 240': ok({ swapped: true }),
      },
      'swapped',
    ],
    [
      'keeps less and tells no date: what it keeps by default, the same',
      {
        'check 1000': beyond,
        'retrieve-date': { status: 404, json: { code: 'NOT_FOUND' } },
        'check 240': ok({ swapped: false }),
      },
      'same',
    ],
  ])('%s', async (_what, answers, kind) => {
    expect(await questions(answers).simSwapped(PHONE, since, limits)).toMatchObject({ kind });
  });

  test.each<[string, unknown]>([
    ['text', { swapped: 'false' }],
    ['nothing', {}],
    ['null', { swapped: null }],
  ])('%s in place of a boolean is no answer', async (_what, json) => {
    const answers = { 'check 1000': { status: 200, json } };
    await expect(questions(answers).simSwapped(PHONE, since, limits)).rejects.toMatchObject({
      kind: 'answer',
    });
  });

  test('one that answers to nothing at all tells nothing', async () => {
    const answers = { 'check 1000': beyond, 'retrieve-date': ok({}), 'check 240': beyond };
    await expect(questions(answers).simSwapped(PHONE, since, limits)).rejects.toMatchObject({
      kind: 'answer',
    });
  });
});

describe('Number Recycling', () => {
  const recycled = async (since: string, phone = PHONE) =>
    (await gateway.numberRecycled(phone, since, limits)).kind;

  test('a number that went to somebody else since that day (attack 10)', async () => {
    await happened({ recycledAt: '2026-05-05T12:00:00+08:00' });
    expect(await recycled('2026-05-04')).toBe('recycled');
    expect(await recycled('2026-05-06')).toBe('same');
    expect(await recycled('2026-05-06', NOBODY)).toBe('identifier-not-found');
  });

  test.each([400, 403, 404, 422, 501, 503])('%i tells nothing about the number', async (status) => {
    await fault({ route: '/number-recycling', status });
    const answered = gateway.numberRecycled(PHONE, '2026-05-04', limits);
    // 422 SERVICE_NOT_APPLICABLE is the one among them that is an answer.
    if (status === 422) expect(await answered).toMatchObject({ kind: 'identifier-not-found' });
    else await expect(answered).rejects.toMatchObject({ status });
  });
});

describe('tokens of our own', () => {
  const tokensAsked = async () => (await asked('/token')).length;

  test('one serves for many questions of its scope', async () => {
    for (let i = 0; i < 3; i++) {
      await swapped(ago(HOUR));
      await gateway.numberRecycled(PHONE, '2026-05-04', limits);
    }
    expect(await tokensAsked()).toBe(2);
  });

  test('one that the operator has forgotten is replaced within the question', async () => {
    await swapped(ago(HOUR));
    await control('POST', '/tokens/expire');
    expect(await swapped(ago(HOUR))).toBe('same');
    expect(await tokensAsked()).toBe(2);
  });

  test('an operator that accepts none is out of reach, not asked for ever', async () => {
    await fault({ route: '/sim-swap/v2/check', status: 401, times: 9 });
    await expect(swapped(ago(HOUR))).rejects.toMatchObject({ status: 401 });
    expect(await tokensAsked()).toBe(2);
  });

  test('a fresh one is asked for half a minute before its end, or at once where none is told', async () => {
    let now = 0;
    let given = 0;
    const keeper = createTokenKeeper(
      async (scope) => ({ accessToken: `${scope} ${++given}`, expiresIn: scope === 'untold' ? 0 : 300 }),
      () => now,
    );
    const get = (scope: string) => keeper.get(scope, limits);
    expect([await get('a'), await get('a'), await get('b')]).toEqual(['a 1', 'a 1', 'b 2']);
    now = 269_999;
    expect(await get('a')).toBe('a 1');
    now = 270_000;
    expect(await get('a')).toBe('a 3');
    expect([await get('untold'), await get('untold')]).toEqual(['untold 4', 'untold 5']);
  });
});
