/** A known person with another phone: at once with their passkey, else after a hold in which the person can object. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { endIdentity } from '../../db/identity-end.ts';
import { grantedPerson } from '../../db/passkeys.ts';
import { refusePhoneChange, waitingPhoneChange } from '../../db/phone-changes.ts';
import { transaction } from '../../db/pool.ts';
import type { SealedPerson } from '../../db/registration/person.ts';
import { registrationWorkflowId } from '../../domain/ids.ts';
import {
  addPasskey,
  asked,
  declaration,
  fault,
  filed,
  left,
  liveIdentities,
  mend,
  pushedTo,
  reconcile,
  resetStandIns,
  smsTo,
  subscribe,
  subscriber,
} from '../support/registration-acts.ts';
import {
  type Browser,
  CHEN,
  createRegistrationWorld,
  ended,
  PUBLIC_URL,
  type RegistrationWorld,
  register,
  stateOf,
  until,
  WANG,
} from '../support/registration-world.ts';

const HOLD_MS = 3_000;
/** The person with their next phone. */
const MOVED: SealedPerson = { ...WANG, phone: CHEN.phone };

let world: RegistrationWorld;
beforeAll(async () => {
  world = await createRegistrationWorld({ phoneChangeHoldMs: HOLD_MS });
});
afterAll(() => world?.close());
beforeEach(async () => {
  await resetStandIns(world);
  world.told.length = 0;
  world.mended.length = 0;
  await world.db.pool.query(
    `DELETE FROM push_subscriptions;
     UPDATE registrations SET objected_at = now() WHERE status = 'verifying';
     UPDATE identities SET ended_at = now() WHERE ended_at IS NULL`,
  );
  await subscriber(world, MOVED);
});

/** The person as bound to their earlier phone, with a device that is logged in and can be pushed to. */
async function bound() {
  const browser = await register(world, WANG);
  const { subject_id } = await until(world, browser, { status: 'bound' });
  await addPasskey(world, browser.registrationId, subject_id);
  const subjectId = subject_id ?? '';
  return { registrationId: browser.registrationId, subjectId, endpoint: await subscribe(world, subjectId) };
}
const held = async (browser: Browser) => {
  const state = await until(world, browser, { status: 'verifying', reason: 'change-of-phone' });
  await untilTold(browser);
  return state;
};
const untilTold = ({ registrationId }: Browser) =>
  expect
    .poll(
      async () =>
        (
          await world.db.pool.query(
            `SELECT 1 FROM notifications WHERE registration_id = $1 AND kind = 'phone-change' AND sent_at IS NOT NULL`,
            [registrationId],
          )
        ).rowCount,
      { timeout: 10_000 },
    )
    .toBe(1);
const object = async (subjectId: string) => {
  for (const id of await refusePhoneChange(world.db.pool, subjectId))
    await world.processes.lookAgainAtRegistration(id);
};
const mayMakePasskey = async ({ registrationId, browserHash }: Browser) =>
  (await grantedPerson(world.db.pool, { kind: 'registration', registrationId, browserHash })) !== null;
const phoneIndex = async () => (await liveIdentities(world)).map(({ phone_index }) => phone_index);
const indexOf = ({ phone }: SealedPerson) => world.db.index.ofPhone(phone);

describe('with a passkey login of a moment ago', () => {
  test("at once: the same person, Customs' file replaced, the passkeys stay, the devices are told", async () => {
    const before = await bound();
    const waiting = await declaration(world, 'awaiting_registration', { phone: MOVED.phone });
    const browser = await register(world, MOVED, MOVED.phone, before.subjectId);
    expect(await ended(world, browser)).toEqual({ status: 'bound', reason: null });
    expect(await stateOf(world, browser.registrationId)).toMatchObject({
      subject_id: before.subjectId,
      recovery: true,
      hold_until: null,
    });
    expect(await liveIdentities(world)).toMatchObject([
      { subject_id: before.subjectId, registration_id: browser.registrationId, phone_index: indexOf(MOVED) },
    ]);
    expect(await filed(world)).toMatchObject([
      { phone: MOVED.phone, idNumber: WANG.idNumber, registrationId: browser.registrationId },
    ]);
    expect(await left(world, before.subjectId)).toEqual({ passkeys: 1, sessions: 1, identities: 1 });
    expect((await pushedTo(world, before.endpoint)).map(({ kind }) => kind)).toEqual(['recovered']);
    expect(await smsTo(world, WANG.phone)).toEqual([]);
    expect(world.told).toEqual([waiting]);
  });

  test("of somebody else it is nobody's word: the change waits", async () => {
    await bound();
    const stranger: SealedPerson = { ...CHEN, phone: '+886966666666' };
    await subscriber(world, stranger);
    const { subject_id } = await until(world, await register(world, stranger), { status: 'bound' });
    await held(await register(world, MOVED, MOVED.phone, subject_id));
    expect(await phoneIndex()).toContainEqual(indexOf(WANG));
  });

  test('it outruns a change that waits: whoever has the passkey decides to which phone', async () => {
    const { subjectId } = await bound();
    const waits = await register(world, MOVED);
    await held(waits);
    const third: SealedPerson = { ...WANG, phone: '+886966666666' };
    await subscriber(world, third);
    await until(world, await register(world, third, third.phone, subjectId), { status: 'bound' });
    await until(world, waits, { status: 'refused', reason: 'change-of-phone' });
    expect(await phoneIndex()).toEqual([indexOf(third)]);
  });
});

describe('with nothing but the new SIM', () => {
  test('the person is told on the old number and on their devices, and nothing is moved yet', async () => {
    const { subjectId, endpoint } = await bound();
    const browser = await register(world, MOVED);
    const { hold_until } = await held(browser);
    const [text, ...others] = await smsTo(world, WANG.phone);
    expect(others).toEqual([]);
    expect(text).toMatch(/改為其他門號.*another phone number/);
    expect(text).toContain(`${PUBLIC_URL}/`);
    for (const secret of [
      WANG.name,
      WANG.idNumber,
      WANG.birthDate,
      WANG.phone.slice(4),
      MOVED.phone.slice(4),
    ])
      expect(text).not.toContain(secret);
    expect((await pushedTo(world, endpoint)).map(({ kind }) => kind)).toEqual(['phone-change']);
    expect(await waitingPhoneChange(world.db.pool, subjectId)).toEqual({
      registrationId: browser.registrationId,
      requestedAt: expect.any(Date),
      effectiveAt: expect.any(Date),
    });
    expect(hold_until?.getTime()).toBeGreaterThan(Date.now() - HOLD_MS);
    expect(await phoneIndex()).toEqual([indexOf(WANG)]);
    expect(await mayMakePasskey(browser)).toBe(false);
    expect(await filed(world)).toMatchObject([{ phone: WANG.phone }]);
  });

  test('nobody objects: bound after the hold, and what the earlier devices held has ended', async () => {
    const before = await bound();
    const browser = await register(world, MOVED);
    await held(browser);
    const { effectiveAt } = (await waitingPhoneChange(world.db.pool, before.subjectId)) ?? {};
    expect(await ended(world, browser)).toEqual({ status: 'bound', reason: null });
    expect(Date.now()).toBeGreaterThanOrEqual(effectiveAt?.getTime() ?? Number.POSITIVE_INFINITY);
    expect(await liveIdentities(world)).toMatchObject([
      { subject_id: before.subjectId, registration_id: browser.registrationId, phone_index: indexOf(MOVED) },
    ]);
    expect(await filed(world)).toMatchObject([
      { phone: MOVED.phone, registrationId: browser.registrationId },
    ]);
    expect(await left(world, before.subjectId)).toEqual({ passkeys: 0, sessions: 0, identities: 1 });
    expect((await pushedTo(world, before.endpoint)).map(({ kind }) => kind)).toEqual([
      'phone-change',
      'recovered',
    ]);
    expect((await world.db.pool.query('SELECT 1 FROM push_subscriptions')).rowCount).toBe(0);
    expect(await mayMakePasskey(browser)).toBe(true);
    expect(await waitingPhoneChange(world.db.pool, before.subjectId)).toBeNull();
  });

  test("what the new phone made while Customs was away stays, the earlier devices' passkeys end with the binding", async () => {
    const before = await bound();
    const browser = await register(world, MOVED);
    await held(browser);
    await fault(world, 'customs', { route: '/identities', status: 503, times: 1_000 });
    await until(world, browser, { status: 'binding' }, 15_000);
    await addPasskey(world, browser.registrationId, before.subjectId);
    expect(await left(world, before.subjectId)).toMatchObject({ passkeys: 2, sessions: 2 });
    await mend(world, 'customs');
    await ended(world, browser);
    expect(await left(world, before.subjectId)).toEqual({ passkeys: 1, sessions: 1, identities: 1 });
  });

  test('Customs refuses the moved identity: it stays where it was, with its devices', async () => {
    const { subjectId, registrationId } = await bound();
    const browser = await register(world, MOVED);
    await held(browser);
    await fault(world, 'customs', { route: '/identities', status: 422 });
    expect(await ended(world, browser)).toEqual({ status: 'refused', reason: 'customs-refused' });
    expect(await liveIdentities(world)).toMatchObject([
      { subject_id: subjectId, registration_id: registrationId, phone_index: indexOf(WANG) },
    ]);
    expect(await left(world, subjectId)).toEqual({ passkeys: 1, sessions: 1, identities: 1 });
  });

  test('the person objects: refused, and nothing has changed; saying it twice is saying it once', async () => {
    const { subjectId } = await bound();
    const browser = await register(world, MOVED);
    await held(browser);
    await world.stopWorker();
    await object(subjectId);
    await object(subjectId);
    await world.startWorker();
    expect(await ended(world, browser)).toEqual({ status: 'refused', reason: 'change-of-phone' });
    expect(await phoneIndex()).toEqual([indexOf(WANG)]);
    expect(await left(world, subjectId)).toEqual({ passkeys: 1, sessions: 1, identities: 1 });
    await expect(object(subjectId)).rejects.toMatchObject({ code: 'not-found' });
    expect(await mayMakePasskey(browser)).toBe(false);
  });

  test('an objection that no worker heard of is found by the reconciliation', async () => {
    const { subjectId } = await bound();
    const browser = await register(world, MOVED);
    await held(browser);
    await timerRuns(browser);
    await world.db.pool.query(
      `UPDATE registrations SET hold_until = now() + interval '1 day' WHERE registration_id = $1`,
      [browser.registrationId],
    );
    await refusePhoneChange(world.db.pool, subjectId);
    await world.db.pool.query(`UPDATE registrations SET objected_at = objected_at - interval '11 seconds'`);
    await reconcile(world);
    await until(world, browser, { status: 'refused', reason: 'change-of-phone' });
    expect(world.mended).toContain('objection');
  });

  test('too late once the hold is over, though Customs has not answered yet', async () => {
    const { subjectId } = await bound();
    const browser = await register(world, MOVED);
    await held(browser);
    await fault(world, 'customs', { route: '/identities', status: 503, times: 1_000 });
    await until(world, browser, { status: 'binding' }, 15_000);
    await expect(object(subjectId)).rejects.toMatchObject({ code: 'too-late' });
    await mend(world, 'customs');
    expect(await ended(world, browser)).toEqual({ status: 'bound', reason: null });
  });

  test('a second change that would wait is refused; the first one goes on', async () => {
    await bound();
    const first = await register(world, MOVED);
    await held(first);
    const third: SealedPerson = { ...WANG, phone: '+886966666666' };
    await subscriber(world, third);
    await until(world, await register(world, third), { status: 'refused', reason: 'change-of-phone' });
    expect(await ended(world, first)).toEqual({ status: 'bound', reason: null });
  });

  test('the SMS service is down: the hold counts from when the person could be told', async () => {
    await bound();
    await fault(world, 'push', { route: '/sms', status: 503, times: 1_000 });
    const browser = await register(world, MOVED);
    const { hold_until } = await until(world, browser, { status: 'verifying', reason: 'change-of-phone' });
    await new Promise((resolve) => setTimeout(resolve, HOLD_MS + 1_500));
    expect(await stateOf(world, browser.registrationId)).toMatchObject({ status: 'verifying' });
    await mend(world, 'push');
    await untilTold(browser);
    const { hold_until: later } = await stateOf(world, browser.registrationId);
    expect((later?.getTime() ?? 0) - (hold_until?.getTime() ?? 0)).toBeGreaterThan(HOLD_MS);
    expect(await ended(world, browser)).toEqual({ status: 'bound', reason: null });
    expect(await smsTo(world, WANG.phone)).toHaveLength(1);
  });

  test('a push service that is down delays nobody', async () => {
    await bound();
    await fault(world, 'push', { route: '/push', status: 503, times: 1_000 });
    expect(await ended(world, await register(world, MOVED))).toEqual({ status: 'bound', reason: null });
  });

  test('the worker is gone for all of the hold, and comes back', async () => {
    await bound();
    const browser = await register(world, MOVED);
    await held(browser);
    await world.stopWorker();
    await new Promise((resolve) => setTimeout(resolve, HOLD_MS + 1_500));
    expect(await stateOf(world, browser.registrationId)).toMatchObject({ status: 'verifying' });
    await world.startWorker();
    expect(await ended(world, browser)).toEqual({ status: 'bound', reason: null });
    expect(await smsTo(world, WANG.phone)).toHaveLength(1);
  });

  test('a lost process goes on from the database: the hold is neither begun anew nor cut short', async () => {
    await bound();
    const browser = await register(world, MOVED);
    const { hold_until } = await held(browser);
    await world.client.workflow.getHandle(`registration/${browser.registrationId}`).terminate();
    await world.processes.startRegistration(browser.registrationId, { again: true });
    expect(await ended(world, browser)).toEqual({ status: 'bound', reason: null });
    expect(Date.now()).toBeGreaterThanOrEqual(hold_until?.getTime() ?? Number.POSITIVE_INFINITY);
    expect(await smsTo(world, WANG.phone)).toHaveLength(1);
  });

  test('somebody else is bound to the new number meanwhile: it is theirs', async () => {
    await bound();
    const browser = await register(world, MOVED);
    await held(browser);
    await subscriber(world, CHEN);
    await until(world, await register(world, CHEN), { status: 'bound' });
    expect(await ended(world, browser)).toEqual({ status: 'refused', reason: 'phone-in-use' });
    expect(await phoneIndex()).toHaveLength(2);
  });

  test('the person leaves meanwhile: nothing is bound to anybody', async () => {
    const { subjectId } = await bound();
    const browser = await register(world, MOVED);
    await held(browser);
    const end = await transaction(world.db.pool, (client) =>
      endIdentity(client, { subjectId, reason: 'left' }),
    );
    expect(end?.registrationIds).toEqual([browser.registrationId]);
    expect(await ended(world, browser)).toEqual({ status: 'refused', reason: 'change-of-phone' });
    expect(await liveIdentities(world)).toEqual([]);
  });
});

describe('two at once', () => {
  test('a phone that is being bound is waited for: the second is told only what became of the first', async () => {
    const { subjectId } = await bound();
    await fault(world, 'customs', { route: '/identities', status: 503, times: 1_000 });
    const first = await register(world, MOVED, MOVED.phone, subjectId);
    await until(world, first, { status: 'binding' });
    await subscriber(world, CHEN);
    const second = await register(world, CHEN);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await stateOf(world, second.registrationId)).toMatchObject({ status: 'verifying', reason: null });
    expect(await asked(world, 'telecom', '/number-recycling')).toEqual([]);
    await mend(world, 'customs');
    await until(world, first, { status: 'bound' }, 15_000);
    await until(world, second, { status: 'refused', reason: 'phone-in-use' }, 15_000);
    expect(await phoneIndex()).toEqual([indexOf(MOVED)]);
  });

  test('the phone that a person has just left is free for the next', async () => {
    const { subjectId } = await bound();
    await until(world, await register(world, MOVED, MOVED.phone, subjectId), { status: 'bound' });
    const next: SealedPerson = { ...CHEN, phone: WANG.phone };
    await subscriber(world, next);
    await until(world, await register(world, next), { status: 'bound' });
    expect(await liveIdentities(world)).toHaveLength(2);
    expect(await asked(world, 'telecom', '/number-recycling')).toEqual([]);
  });
});

describe('a suspension', () => {
  const suspend = (reason: string, age = '1 minute') =>
    world.db.pool.query(
      `UPDATE identities SET suspension_reason = $1, suspended_at = now() - $2::interval WHERE ended_at IS NULL`,
      [reason, age],
    );
  const reasons = async () => (await liveIdentities(world)).map((row) => row.suspension_reason);

  test.each(['sim-swapped', 'number-recycled'])('for %s ends with a new proof of the SIM', async (reason) => {
    const { subjectId } = await bound();
    await suspend(reason);
    await until(world, await register(world, WANG), { status: 'bound' });
    expect(await liveIdentities(world)).toMatchObject([{ suspended_at: null, suspension_reason: null }]);
    await suspend(reason);
    await until(world, await register(world, MOVED, MOVED.phone, subjectId), { status: 'bound' });
    expect(await liveIdentities(world)).toMatchObject([{ suspended_at: null, suspension_reason: null }]);
  });

  test("an operator's own stays", async () => {
    await bound();
    await suspend('operator');
    await until(world, await register(world, WANG), { status: 'bound' });
    expect(await reasons()).toEqual(['operator']);
  });

  test('for a swap that was found after the SIM was proved stays', async () => {
    await bound();
    const browser = await register(world, MOVED);
    await held(browser);
    await suspend('sim-swapped', '0 seconds');
    await ended(world, browser);
    expect(await reasons()).toEqual(['sim-swapped']);
  });
});

/** Waits until the process looks at nothing any more, and only its timer runs: what is written now, it has not seen. */
const timerRuns = ({ registrationId }: Browser) =>
  expect
    .poll(async () => {
      const handle = world.client.workflow.getHandle(registrationWorkflowId(registrationId));
      const { events } = await handle.fetchHistory();
      return events?.at(-1)?.timerStartedEventAttributes != null;
    })
    .toBe(true);
