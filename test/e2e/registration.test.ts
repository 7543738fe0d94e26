/** R1 to R4 from outside: who is refused and why, what is tried again, and whose browser the operator's redirect reaches. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Registration } from '../../sandbox/handset/forms.ts';
import type { Handset } from '../../sandbox/handset/handset.ts';
import {
  asks,
  declared,
  eventually,
  type Outside,
  openOutside,
  type Somebody,
  shipmentFor,
  somebody,
} from '../support/outside.ts';
import { call } from '../support/stand-in.ts';

let outside: Outside;
beforeAll(async () => {
  outside = await openOutside();
});
afterAll(() => outside?.close());
afterEach(async () => {
  await outside.control('telecom', 'DELETE', '/faults');
  await outside.control('customs', 'DELETE', '/faults');
});

const filesOf = async ({ idNumber }: Somebody): Promise<{ registrationId: string; phone: string }[]> =>
  (await outside.control('customs', 'GET', '/identities')).filter(
    (file: { idNumber: string }) => file.idNumber === idNumber,
  );

/** Somebody whom the operator knows, perhaps otherwise than they say. */
async function subscriber(changes: object = {}): Promise<Somebody> {
  const who = somebody();
  await outside.subscribe(who, changes);
  return who;
}

/** The operator's answer to the phone: where it sends the browser. */
async function redirectOf(handset: Handset, authorizationUrl: string, msisdn: string): Promise<string> {
  const headers = { 'x-sandbox-msisdn': msisdn };
  const { headers: answered } = await handset.browser.ask('GET', authorizationUrl, { headers });
  return answered.get('location') ?? '';
}

/** Follows a redirect into our site, or what somebody made of it. */
const follow = (handset: Handset, url: string) => handset.browser.ask('GET', url);

const stands = (handset: Handset, status: string, reason?: string) =>
  eventually(() => handset.registration()).toEqual({
    registrationId: handset.registrationId,
    status,
    ...(reason !== undefined && { reason }),
  });

describe('refused', () => {
  /** What the operator holds, and what is typed in where it differs. */
  const CASES: [reason: string, why: string, held: object, typed: (who: Somebody) => Partial<Somebody>][] = [
    ['id-mismatch', "another's ID number, told by 200 (4, 6)", {}, () => ({ idNumber: somebody().idNumber })],
    [
      'id-mismatch',
      "another's ID number, told by 403 (4, 6)",
      { kycMode: '403' },
      () => ({ idNumber: somebody().idNumber }),
    ],
    ['id-mismatch', 'the operator holds no ID number (5)', { idNumber: undefined }, () => ({})],
    ['name-mismatch', "another's name", {}, () => ({ name: '別的人' })],
    ['name-mismatch', 'the operator holds no name (5)', { name: undefined }, () => ({})],
    ['id-mismatch', 'another date of birth', {}, () => ({ birthDate: '1970-01-01' })],
    [
      'identifier-not-found',
      'the operator does not answer for the number',
      { notApplicable: true },
      () => ({}),
    ],
    ['prepaid', 'a prepaid SIM (11)', { contract: 'PAYG' }, () => ({})],
  ];
  test.each(CASES)('%s: %s', async (reason, _, held, typed) => {
    const who = await subscriber(held);
    await expectRefused(outside.phoneOf(who), { ...who, ...typed(who) }, reason);
  });

  test("number-not-verified: the SIM is another's (2)", async () => {
    const [who, other] = [await subscriber(), await subscriber()];
    await expectRefused(outside.phoneOf(who, other.phone), who, 'number-not-verified');
  });

  test("phone-in-use: the number is somebody else's, and the operator says that it still is", async () => {
    const { phone } = (await outside.citizen()).who;
    const next = somebody({ phone });
    await outside.subscribe(next);
    await expectRefused(outside.phoneOf(next), next, 'phone-in-use');
  });

  test('customs-refused: everything is undone, and the person may try again', async () => {
    const who = await subscriber();
    await outside.fault('customs', { route: '/identities', status: 422 });
    await expectRefused(outside.phoneOf(who), who, 'customs-refused');
    await outside.enrol(who);
    expect(await filesOf(who)).toHaveLength(1);
  });
});

async function expectRefused(handset: Handset, typed: Somebody, reason: string): Promise<void> {
  expect(await handset.register(typed)).toMatchObject({ status: 'refused', reason });
  expect(await filesOf(typed)).toEqual([]);
  const again = await handset.ask('POST', `/app/registrations/${handset.registrationId}/authorization`, {
    body: {},
  });
  expect(again).toMatchObject({ status: 409, body: { type: '/problems/already-decided' } });
  expect(await handset.ask('POST', '/app/passkeys/options', { body: {} })).toMatchObject({ status: 403 });
  expect(await handset.ask('GET', '/app/inbox')).toMatchObject({ status: 401 });
}

describe('tried again', () => {
  test('over Wi-Fi, then over mobile data (1)', async () => {
    const who = await subscriber();
    const handset = outside.phoneOf(who);
    const first = await handset.register(who, { network: 'wifi' });
    expect(first).toMatchObject({ status: 'awaiting_telecom', reason: 'not-on-mobile-network' });
    await handset.authorizeAgain();
    await stands(handset, 'bound');
  });

  test('an expired code (3)', async () => {
    const who = await subscriber();
    const handset = outside.phoneOf(who);
    const redirect = await redirectOf(handset, await handset.beginRegistration(who), who.phone);
    await outside.control('telecom', 'POST', '/tokens/expire');
    await follow(handset, redirect);
    await stands(handset, 'awaiting_telecom', 'authorization-expired');
    await handset.authorizeAgain();
    await stands(handset, 'bound');
  });

  test('the operator fails for a while: told so, then bound without a new try (14)', async () => {
    const who = await subscriber();
    const handset = outside.phoneOf(who);
    await outside.fault('telecom', { route: '/kyc-match', status: 503, times: 2 });
    const seen: Registration[] = [];
    await handset.authorize(await handset.beginRegistration(who));
    await handset.untilRegistration((now) => seen.push(now) > 0 && now.status === 'bound');
    expect(seen).toContainEqual(
      expect.objectContaining({ status: 'verifying', reason: 'operator-unavailable' }),
    );
    expect(await filesOf(who)).toHaveLength(1);
  });

  test('the operator is killed with the code in its memory, and comes back (14)', async () => {
    const who = await subscriber();
    const handset = outside.phoneOf(who);
    const redirect = await redirectOf(handset, await handset.beginRegistration(who), who.phone);
    await outside.stack.supervisor.kill('telecom');
    await follow(handset, redirect);
    await stands(handset, 'verifying', 'operator-unavailable');
    await outside.stack.supervisor.restart('telecom');
    await stands(handset, 'awaiting_telecom', 'authorization-expired');
    await handset.authorizeAgain();
    await stands(handset, 'bound');
  });

  test("Customs' answer is lost after it filed the identity (36)", async () => {
    await outside.fault('customs', { route: '/identities', drop: 'after', times: 2 });
    const { who, handset } = await outside.citizen();
    expect(await filesOf(who)).toHaveLength(1);
    const keys = (await outside.asked('customs', `/identities/${handset.registrationId}`)).map(
      ({ headers }) => headers['idempotency-key'],
    );
    expect([keys.length > 1, new Set(keys).size]).toEqual([true, 1]);
  });
});

describe("the operator's redirect", () => {
  /** `Set-Cookie` lines of which a browser sends the cookie when another site navigates here (RFC 6265bis §5.8.3). */
  const sentFromAnotherSite = (lines: readonly string[]): string =>
    lines
      .filter((line) => /;\s*SameSite=Lax/i.test(line))
      .map((line) => line.split(';')[0])
      .join('; ');

  /** Begins in one browser, and comes back from the operator's page on another site. */
  async function begin(who: Somebody, { cookie = '' } = {}) {
    const { version: noticeVersion } = (await call('GET', `${outside.api}/app/notices?locale=zh-TW`)).body;
    const { headers, body, status } = await call('POST', `${outside.api}/app/registrations`, {
      body: { ...who, locale: 'zh-TW', noticeVersion },
      headers: { origin: outside.api, cookie },
    });
    expect(status).toBe(201);
    const operator = new URL(body.authorizationUrl);
    operator.hostname = '127.0.0.1';
    const there = await call('GET', operator.href, { headers: { 'x-sandbox-msisdn': who.phone } });
    const redirect = new URL(there.headers.get('location') ?? '');
    expect([redirect.origin, redirect.hostname === operator.hostname]).toEqual([outside.api, false]);
    return { registrationId: body.registrationId, setCookie: headers.getSetCookie(), redirect };
  }
  const navigate = (url: URL, cookie: string) =>
    call('GET', url.href, {
      headers: {
        accept: 'text/html',
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        ...(cookie && { cookie }),
      },
    });

  test('comes from another site, and finds the browser that began', async () => {
    const who = await subscriber();
    const { registrationId, setCookie, redirect } = await begin(who);
    expect(setCookie).toEqual([expect.stringMatching(/^registration=.*; Path=\/;.*HttpOnly; SameSite=Lax$/)]);
    const cookie = sentFromAnotherSite(setCookie);
    const arrived = await navigate(redirect, cookie);
    expect([arrived.status, arrived.headers.get('location')]).toEqual([303, `/r/${registrationId}`]);
    const status = async () =>
      (await call('GET', `${outside.api}/app/registrations/${registrationId}`, { headers: { cookie } })).body;
    await eventually(status).toEqual({ status: 'bound' });
  });

  test('needs no session: that cookie does not come along from another site', async () => {
    const citizen = await outside.citizen();
    const session = `session=${citizen.handset.browser.cookie(outside.api, 'session')}`;
    const { setCookie, redirect } = await begin(citizen.who, { cookie: session });
    expect((await navigate(redirect, sentFromAnotherSite(setCookie))).status).toBe(303);
    const login = await citizen.handset.ask('POST', '/app/session/options', { body: {} });
    const assertion = citizen.handset.sign(login.body as never);
    const { headers } = await citizen.handset.ask('POST', '/app/session', { body: assertion });
    expect(headers.getSetCookie()).toEqual([expect.stringContaining('SameSite=Strict')]);
  });

  test("is refused without the cookie, with another browser's, with a forged state, and twice (3, 12)", async () => {
    const [mine, other] = [await begin(await subscriber()), await begin(await subscriber())];
    const cookie = sentFromAnotherSite(mine.setCookie);
    const forged = new URL(mine.redirect);
    forged.searchParams.set('state', 'A'.repeat(43));
    const stateless = new URL(mine.redirect);
    stateless.searchParams.delete('state');
    for (const [url, sent] of [
      [mine.redirect, ''],
      [mine.redirect, sentFromAnotherSite(other.setCookie)],
      [mine.redirect, `${cookie}x`],
      [forged, cookie],
      [stateless, cookie],
    ] as const) {
      expect(await navigate(url, sent)).toMatchObject({ status: 403, body: { type: '/problems/forbidden' } });
    }
    expect((await navigate(mine.redirect, cookie)).status).toBe(303);
    expect((await navigate(mine.redirect, cookie)).status).toBe(403);
  });

  test("with another's code under one's own state binds nobody (12)", async () => {
    const [thief, victim] = [await subscriber(), await subscriber()];
    const handset = outside.phoneOf(thief);
    const own = new URL(await redirectOf(handset, await handset.beginRegistration(thief), thief.phone));
    const { redirect } = await begin(victim);
    own.searchParams.set('code', redirect.searchParams.get('code') ?? '');
    expect((await follow(handset, own.href)).status).toBe(303);
    await stands(handset, 'awaiting_telecom', 'authorization-expired');
    expect([...(await filesOf(thief)), ...(await filesOf(victim))]).toEqual([]);
  });
});

test('nothing tells whether an ID number or a phone is known (7)', async () => {
  const citizen = await outside.citizen();
  const answers = [];
  for (const who of [citizen.who, somebody()]) {
    const handset = outside.phoneOf(who);
    const authorization = new URL(await handset.beginRegistration(who));
    answers.push([
      authorization.origin,
      [...authorization.searchParams.keys()],
      await handset.registration(),
    ]);
    expect(await citizen.handset.ask('GET', `/app/registrations/${handset.registrationId}`)).toMatchObject({
      status: 404,
    });
  }
  const [known, unknown] = answers.map(([origin, keys, registration]) => [
    origin,
    keys,
    { ...(registration as Registration), registrationId: '' },
  ]);
  expect(known).toEqual(unknown);
});

test('one phone however it is written, in the registration and by the broker (8)', async () => {
  const who = await subscriber();
  const [local, dashed] = [who.phone.replace('+886', '0'), who.phone.replace(/^\+886(\d{3})/, '0$1-')];
  const handset = outside.phoneOf({ ...who, phone: local }, who.phone);
  expect(await handset.register(who)).toMatchObject({ status: 'bound' });
  await handset.createPasskey();
  expect(await filesOf(who)).toMatchObject([{ phone: who.phone }]);
  for (const phone of [dashed, ` ${who.phone.replace('+886', '+886 0')}`]) {
    const importer = { name: who.name, phone };
    const id = await declared(outside.broker, shipmentFor({ importer }));
    await asks({ handset }, id);
  }
});

test('the same person twice at once: both are bound, as one person with one file (15)', async () => {
  const who = await subscriber();
  const phones = [outside.phoneOf(who), outside.phoneOf(who)];
  const ends = await Promise.all(phones.map((handset) => handset.register(who)));
  expect(ends.map(({ status }) => status)).toEqual(['bound', 'bound']);
  expect(await filesOf(who)).toHaveLength(1);
  const subjects = [];
  for (const handset of phones) {
    await handset.createPasskey();
    subjects.push(handset.authenticator.stored().map(({ userHandle }) => userHandle));
  }
  expect(subjects[0]).toEqual(subjects[1]);
});
