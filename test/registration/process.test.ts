import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { endIdentity } from '../../db/identity-end.ts';
import { grantedPerson } from '../../db/passkeys.ts';
import { transaction } from '../../db/pool.ts';
import { hashSecret } from '../../db/seal.ts';
import { registrationWorkflowId } from '../../domain/ids.ts';
import {
  addPasskey,
  asked,
  declaration,
  filed,
  left,
  liveIdentities,
  fault as makeFail,
  mend,
  resetStandIns,
  subscribe,
} from '../support/registration-acts.ts';
import {
  type Browser,
  begin,
  CHEN,
  comeBack,
  createRegistrationWorld,
  ended,
  openOperator,
  type RegistrationWorld,
  register,
  stateOf,
  tryAgain,
  until,
  visitOperator,
  WANG,
} from '../support/registration-world.ts';
import { call } from '../support/stand-in.ts';

let world: RegistrationWorld;
beforeAll(async () => {
  world = await createRegistrationWorld();
});
afterAll(() => world?.close());
beforeEach(async () => {
  await resetStandIns(world);
  world.told.length = 0;
  await world.db.pool.query('DELETE FROM push_subscriptions');
  await world.db.pool.query('UPDATE identities SET ended_at = now() WHERE ended_at IS NULL');
});

const subscriber = (phone: string, changes: object) =>
  call('PUT', `${world.urls.telecom}/_control/subscribers/${phone}`, { body: changes });
const fault = (at: keyof RegistrationWorld['urls'], body: object) => makeFail(world, at, body);
const requests = (at: keyof RegistrationWorld['urls'], path: string) => asked(world, at, path);

describe('R1 to R4', () => {
  test('binds the person whom operator and Customs know', async () => {
    const browser = await register(world, WANG);
    expect(await ended(world, browser)).toEqual({ status: 'bound', reason: null });
    const { file_number, subject_id, recovery } = await stateOf(world, browser.registrationId);
    expect(recovery).toBe(false);
    const [file] = await filed(world);
    expect(file).toMatchObject({ ...WANG, registrationId: browser.registrationId, fileNumber: file_number });
    expect(file?.verification).toEqual({
      operator: 'sandbox',
      method: 'camara-number-verification+kyc-match',
      correlator: expect.any(String),
    });
    expect(await liveIdentities(world)).toMatchObject([
      { subject_id, file_number, bound_at: expect.any(Date) },
    ]);
  });

  test('needs few state transitions, and tells operators where it stands', async () => {
    const browser = await register(world, WANG);
    await ended(world, browser);
    const handle = world.client.workflow.getHandle(registrationWorkflowId(browser.registrationId));
    const { raw, typedSearchAttributes } = await handle.describe();
    expect(Number(raw.workflowExecutionInfo?.stateTransitionCount)).toBeLessThanOrEqual(14);
    expect(JSON.stringify(typedSearchAttributes)).toContain('bound');
  });

  test('sends the operator nothing but over its own APIs, each with a token of its own', async () => {
    await ended(world, await register(world, WANG));
    const asked = await requests('telecom', '/');
    const paths = asked.map(
      ({ method, path }: { method: string; path: string }) => `${method} ${path.split('?')[0]}`,
    );
    expect(paths.filter((path: string) => path.startsWith('POST'))).toEqual([
      'POST /token',
      'POST /number-verification/v2/verify',
      'POST /token',
      'POST /kyc-match/v0.4/match',
      'POST /token',
      'POST /kyc-tenure/v0.1/check-tenure',
    ]);
    const page = asked.find(({ path }: { path: string }) => path.startsWith('/authorize'));
    expect(decodeURIComponent(page?.path ?? WANG.phone)).not.toContain(WANG.phone.slice(4));
  });

  test('a second run of an ended registration does nothing', async () => {
    const browser = await register(world, WANG);
    await ended(world, browser);
    await call('POST', `${world.urls.customs}/_control/reset`);
    expect(await world.processes.startRegistration(browser.registrationId, { again: true })).toBe('started');
    expect(await ended(world, browser)).toEqual({ status: 'bound', reason: null });
    expect(await requests('customs', '/identities')).toEqual([]);
  });

  test('no personal data in the history, nor code nor token', async () => {
    await fault('telecom', { route: '/kyc-match', status: 503 });
    const browser = await register(world, WANG);
    await ended(world, browser);
    const handle = world.client.workflow.getHandle(registrationWorkflowId(browser.registrationId));
    const history = JSON.stringify(await handle.fetchHistory());
    const payloads = [...history.matchAll(/"data":"([^"]+)"/g)].map(([, data]) =>
      Buffer.from(data ?? '', 'base64').toString(),
    );
    const text = `${history}${payloads.join('')}`;
    expect(payloads.join('')).toContain(browser.registrationId);
    const { idType: _, ...secrets } = { ...WANG, local: WANG.phone.slice(4), ...browser.authorization };
    for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
  });

  test('code and token are forgotten once they served', async () => {
    const browser = await register(world, WANG);
    await ended(world, browser);
    const { rows } = await world.db.pool.query<{ length: number }>(
      'SELECT length(sealed) AS length FROM authorizations WHERE registration_id = $1',
      [browser.registrationId],
    );
    const empty = await begin(world, CHEN);
    const { rows: fresh } = await world.db.pool.query<{ length: number }>(
      'SELECT length(sealed) AS length FROM authorizations WHERE registration_id = $1',
      [empty.registrationId],
    );
    expect(rows).toEqual(fresh);
  });
});

describe('tried again', () => {
  test('over Wi-Fi: back to waiting with the reason, then over mobile data (attack 1)', async () => {
    const browser = await register(world, WANG, null);
    await until(world, browser, { status: 'awaiting_telecom', reason: 'not-on-mobile-network' });
    await visitOperator(world, await tryAgain(world, browser), WANG.phone);
    await until(world, browser, { status: 'bound', reason: null });
  });

  test('a code that was spent or expired (attack 3)', async () => {
    const browser = await begin(world, WANG);
    const redirect = await openOperator(browser, WANG.phone);
    await call('POST', `${world.urls.telecom}/_control/tokens/expire`);
    await comeBack(world, browser, redirect);
    await until(world, browser, { status: 'awaiting_telecom', reason: 'authorization-expired' });
    await visitOperator(world, await tryAgain(world, browser), WANG.phone);
    await until(world, browser, { status: 'bound' });
  });

  test("another session's code injected (attack 12)", async () => {
    const [mine, theirs] = [await begin(world, WANG), await begin(world, WANG)];
    const redirect = await openOperator(mine, WANG.phone);
    redirect.set('code', (await openOperator(theirs, WANG.phone)).get('code') ?? '');
    await comeBack(world, mine, redirect);
    await until(world, mine, { status: 'awaiting_telecom', reason: 'authorization-expired' });
  });

  test('a state works once, and only in the browser that it was made for (attack 12)', async () => {
    const browser = await begin(world, WANG);
    const redirect = await openOperator(browser, null);
    expect(await comeBack(world, { browserHash: hashSecret(randomBytes(32)) }, redirect)).toBeNull();
    expect(await comeBack(world, browser, new URLSearchParams({ code: 'c', state: 'guessed' }))).toBeNull();
    expect(await comeBack(world, browser, redirect)).toBe(browser.registrationId);
    expect(await comeBack(world, browser, redirect)).toBeNull();
  });

  test('no fresh try for another browser, or once it is decided', async () => {
    const browser = await register(world, WANG);
    const stranger = { ...browser, browserHash: hashSecret(randomBytes(32)) };
    await expect(tryAgain(world, stranger)).rejects.toMatchObject({ code: 'not-found' });
    await ended(world, browser);
    await expect(tryAgain(world, browser)).rejects.toMatchObject({ code: 'already-decided' });
  });

  test('nobody came back: abandoned once the time is over by the clock of the database, not before', async () => {
    const browser = await begin(world, WANG);
    await world.processes.authorizationReceived(browser.registrationId);
    await world.db.pool.query(
      `UPDATE authorizations SET expires_at = now() WHERE registration_id = '${browser.registrationId}';
       UPDATE registrations SET updated_at = now() - interval '11 min' WHERE registration_id = '${browser.registrationId}'`,
    );
    expect(await stateOf(world, browser.registrationId)).toMatchObject({ status: 'awaiting_telecom' });
    const late = await openOperator(browser, WANG.phone);
    await world.processes.authorizationReceived(browser.registrationId);
    expect(await ended(world, browser)).toEqual({ status: 'abandoned', reason: null });
    expect(await comeBack(world, browser, late)).toBe(browser.registrationId);
    expect(await stateOf(world, browser.registrationId)).toMatchObject({ status: 'abandoned' });
  });

  test('a redirect that came before the worker heard of it is taken up', async () => {
    const browser = await begin(world, WANG);
    const redirect = await openOperator(browser, WANG.phone);
    const { processes } = world;
    const deaf = { ...world, processes: { ...processes, authorizationReceived: async () => {} } };
    await comeBack(deaf, browser, redirect);
    // As the reconciliation does.
    await processes.authorizationReceived(browser.registrationId);
    await until(world, browser, { status: 'bound' });
  });
});

describe('an outage neither binds nor refuses (attack 14)', () => {
  test.each([
    ['discovery and tokens', '/token'],
    ['Number Verification', '/number-verification'],
    ['KYC Match', '/kyc-match'],
    ['KYC Tenure', '/kyc-tenure'],
  ])('of the operator: %s', async (_what, route) => {
    await fault('telecom', { route, status: 503, times: 1_000 });
    const browser = await register(world, WANG);
    await until(world, browser, { status: 'verifying', reason: 'operator-unavailable' });
    expect(await liveIdentities(world)).toEqual([]);
    await mend(world, 'telecom');
    await until(world, browser, { status: 'bound', reason: null });
  });

  test('of the operator, by time-out', async () => {
    await fault('telecom', { route: '/kyc-match', delayMs: 5_000, times: 1 });
    const browser = await register(world, WANG);
    await until(world, browser, { status: 'verifying', reason: 'operator-unavailable' });
    await until(world, browser, { status: 'bound', reason: null });
  });

  test('after the code was exchanged: the token that was kept is used, for a code works once', async () => {
    await fault('telecom', { route: '/number-verification', drop: 'before' });
    const browser = await register(world, WANG);
    await until(world, browser, { status: 'bound' });
    const tokens = (await requests('telecom', '/token')).filter(({ body }) =>
      String(body).includes('authorization_code'),
    );
    expect(tokens).toHaveLength(1);
  });

  test('of Customs: waits as binding, and is bound by no one else meanwhile', async () => {
    await fault('customs', { route: '/identities', status: 503, times: 1_000 });
    const browser = await register(world, WANG);
    await until(world, browser, { status: 'binding' });
    expect(await liveIdentities(world)).toMatchObject([{ bound_at: null }]);
    await mend(world, 'customs');
    await until(world, browser, { status: 'bound' });
  });

  test("of Customs' answer: the same bytes under the same key, filed once", async () => {
    await fault('customs', { route: '/identities', drop: 'after' });
    const browser = await register(world, WANG);
    await until(world, browser, { status: 'bound' });
    const asked = await requests('customs', '/identities');
    expect(asked).toHaveLength(2);
    const [first, second] = asked;
    expect(second?.body).toEqual(first?.body);
    expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
    expect(await filed(world)).toHaveLength(1);
  });
});

describe('Customs refuses for good', () => {
  test('only what this registration inserted is undone', async () => {
    await fault('customs', { route: '/identities', status: 422, delayMs: 1_500 });
    const browser = await register(world, WANG);
    const { subject_id } = await until(world, browser, { status: 'binding' });
    await addPasskey(world, browser.registrationId, subject_id);
    await until(world, browser, { status: 'refused', reason: 'customs-refused' });
    expect(await liveIdentities(world)).toEqual([]);
    expect(await left(world, subject_id)).toEqual({ passkeys: 0, sessions: 0, identities: 0 });
    expect(await world.db.keys.get(subject_id ?? '')).toBeNull();
    await until(world, await register(world, WANG), { status: 'bound' });
  });

  test('a recovery leaves the earlier binding as it was', async () => {
    const first = await register(world, WANG);
    const { subject_id } = await until(world, first, { status: 'bound' });
    await addPasskey(world, first.registrationId, subject_id);
    const [before] = await liveIdentities(world);
    await fault('customs', { route: '/identities', status: 422, delayMs: 1_500 });
    const recovery = await register(world, WANG);
    await until(world, recovery, { status: 'binding', recovery: true, subject_id });
    await addPasskey(world, recovery.registrationId, subject_id);
    await until(world, recovery, { status: 'refused', reason: 'customs-refused' });
    expect(await liveIdentities(world)).toEqual([before]);
    expect(await left(world, subject_id)).toEqual({ passkeys: 1, sessions: 1, identities: 1 });
  });
});

describe('the person leaves while Customs sets up the file', () => {
  const leave = (subjectId: string | null) =>
    transaction(world.db.pool, (client) =>
      endIdentity(client, { subjectId: subjectId ?? '', reason: 'left' }),
    );
  const endedFiles = async () =>
    (await requests('customs', '/identities')).filter(
      ({ method, status }) => method === 'DELETE' && status === 204,
    );

  test('nothing is bound, and the file that comes about ends, too', async () => {
    await fault('customs', { route: '/identities', delayMs: 2_000 });
    const browser = await register(world, WANG);
    const { subject_id } = await until(world, browser, { status: 'binding' });
    await addPasskey(world, browser.registrationId, subject_id);
    await leave(subject_id);
    await until(world, browser, { status: 'refused', reason: 'customs-refused' });
    await expect.poll(() => filed(world), { timeout: 10_000 }).toEqual([]);
    expect(await left(world, subject_id)).toEqual({ passkeys: 0, sessions: 0, identities: 0 });
    expect(await endedFiles()).toHaveLength(1);
  });

  test('in a recovery: the file that it took over ends', async () => {
    const { subject_id } = await until(world, await register(world, WANG), { status: 'bound' });
    await fault('customs', { route: '/identities', delayMs: 2_000 });
    const recovery = await register(world, WANG);
    await until(world, recovery, { status: 'binding' });
    await leave(subject_id);
    await until(world, recovery, { status: 'refused', reason: 'customs-refused' });
    await expect.poll(() => filed(world), { timeout: 10_000 }).toEqual([]);
    expect((await endedFiles()).map(({ path }) => path)).toContain(`/identities/${recovery.registrationId}`);
    const grant = { kind: 'registration', ...recovery } as const;
    expect(await grantedPerson(world.db.pool, grant)).toBeNull();
  });

  test('right after it was bound: the browser that registered can make no passkey any more', async () => {
    const browser = await register(world, WANG);
    const { subject_id } = await until(world, browser, { status: 'bound' });
    const grant = { kind: 'registration', ...browser } as const;
    expect(await grantedPerson(world.db.pool, grant)).not.toBeNull();
    await leave(subject_id);
    expect(await grantedPerson(world.db.pool, grant)).toBeNull();
  });
});

describe('recovery', () => {
  test("the same ID number and phone again: the same subject, Customs' file replaced, other devices told", async () => {
    const first = await register(world, WANG);
    const { subject_id } = await until(world, first, { status: 'bound' });
    const endpoint = await subscribe(world, subject_id);
    const second = await register(world, WANG);
    await ended(world, second);
    expect(await stateOf(world, second.registrationId)).toMatchObject({
      status: 'bound',
      recovery: true,
      subject_id,
    });
    expect(await filed(world)).toMatchObject([{ registrationId: second.registrationId }]);
    expect(await liveIdentities(world)).toHaveLength(1);
    const url = `${world.urls.push}/_control/messages?subscription=${encodeURIComponent(endpoint)}`;
    const [message] = (await call('GET', url)).body;
    const { rows } = await world.db.pool.query(
      `SELECT notification_id AS id, kind, sent_at IS NOT NULL AS sent, registration_id FROM notifications
       WHERE recipient = $1`,
      [subject_id],
    );
    expect(rows).toMatchObject([{ kind: 'recovered', sent: true, registration_id: second.registrationId }]);
    expect(message.headers.topic).toBe(rows[0].id.replaceAll('-', ''));
  });

  test('a push service that is down delays no recovery', async () => {
    const { subject_id } = await until(world, await register(world, WANG), { status: 'bound' });
    await subscribe(world, subject_id);
    await fault('push', { route: '/push', status: 503, times: 1_000 });
    expect(await ended(world, await register(world, WANG))).toEqual({ status: 'bound', reason: null });
  });
});

describe('two at once (attack 15)', () => {
  test('of one person and phone: one waits for the other, then counts as its recovery', async () => {
    await fault('customs', { route: '/identities', status: 503, times: 2 });
    const both = await Promise.all([register(world, WANG), register(world, WANG)]);
    const ends = await Promise.all(both.map((browser) => until(world, browser, { status: 'bound' }, 15_000)));
    expect(ends.map(({ recovery }) => recovery).sort()).toEqual([false, true]);
    expect(new Set(ends.map(({ subject_id }) => subject_id)).size).toBe(1);
    expect(await liveIdentities(world)).toHaveLength(1);
  });

  test('the one that waits goes on by itself when Customs refuses the other', async () => {
    await fault('customs', { route: '/identities', status: 422, delayMs: 1_500 });
    const first = await register(world, WANG);
    await until(world, first, { status: 'binding' });
    const second = await register(world, WANG);
    await until(world, second, { status: 'verifying', reason: null });
    await until(world, first, { status: 'refused', reason: 'customs-refused' });
    expect(await until(world, second, { status: 'bound' }, 15_000)).toMatchObject({ recovery: false });
  });

  test('of one person by two phones: one binds, the other is a change of phone', async () => {
    const { phone: _, ...held } = WANG;
    await subscriber(CHEN.phone, { ...held, contract: 'PAYM' });
    const both = await Promise.all([register(world, WANG), register(world, { ...WANG, phone: CHEN.phone })]);
    const changed = (browser: Browser) =>
      until(world, browser, { status: 'verifying', reason: 'change-of-phone' });
    await Promise.any(both.map((browser) => until(world, browser, { status: 'bound' })));
    await Promise.any(both.map(changed));
    expect(await liveIdentities(world)).toHaveLength(1);
  });

  test('of one phone by two persons: one binds, and the number is asked about before the other is refused', async () => {
    const { phone: _, ...chen } = CHEN;
    await fault('customs', { route: '/identities', delayMs: 1_500 });
    const first = await register(world, WANG);
    await until(world, first, { status: 'binding' });
    await subscriber(WANG.phone, { ...chen, contract: 'PAYM' });
    const second = await register(world, { ...CHEN, phone: WANG.phone });
    await until(world, second, { status: 'verifying', reason: null });
    expect(await requests('telecom', '/number-recycling')).toEqual([]);
    await until(world, first, { status: 'bound' });
    await until(world, second, { status: 'refused', reason: 'phone-in-use' });
    expect(await liveIdentities(world)).toHaveLength(1);
  });

  test('the unique keys decide, should two transactions ever miss each other', async () => {
    await ended(world, await register(world, WANG));
    const copy = (column: string) =>
      world.db.pool.query(
        `INSERT INTO identities (subject_id, registration_id, ${column}, sealed, verification)
         SELECT gen_random_uuid(), registration_id, ${column}, sealed, verification FROM identities
         WHERE ended_at IS NULL`,
      );
    await expect(copy('id_index')).rejects.toMatchObject({ constraint: 'identities_id' });
    await expect(copy('phone_index')).rejects.toMatchObject({ constraint: 'identities_phone' });
  });
});

test('declarations that wait for the phone are told as soon as it is bound', async () => {
  const waiting = (phone: string) => declaration(world, 'awaiting_registration', { phone });
  const mine = [await waiting(WANG.phone), await waiting(WANG.phone)];
  await waiting(CHEN.phone);
  await ended(world, await register(world, WANG));
  expect(world.told.sort()).toEqual(mine.sort());
});
