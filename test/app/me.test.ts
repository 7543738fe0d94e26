/** What is the person's own, on their own screen: identity, brake, devices, number, settings, the way out. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually, somebody } from '../support/outside.ts';
import { arrives, part, press, untilSays } from './support/acts.ts';
import { sql } from './support/asked.ts';
import { look } from './support/look.ts';
import type { Phone } from './support/phone.ts';
import { fillIn, goOn, passOperator, toTheNetworkStep } from './support/registering.ts';
import { wordsOf } from './support/words.ts';
import { type AppWorld, openAppWorld, type Registered } from './support/world.ts';

let world: AppWorld;
let person: Registered;
let phone: Phone;
beforeAll(async () => {
  world = await openAppWorld();
});
afterAll(() => world?.close());
beforeEach(async () => {
  person = await world.registered();
  phone = await world.phoneOf(person);
});
afterEach(() => phone?.close());

const me = async () => {
  await phone.open('/me');
  await arrives(phone, 'me.title');
  await untilSays(phone, 'me.identity.title');
};

describe('my identity', () => {
  test('is shown half covered, and whole after a touch', async () => {
    await me();
    expect(await phone.page.getByText(person.who.idNumber).count()).toBe(0);
    await look(phone, 'me');
    await press(phone, 'me.identity.show');
    await phone.page.getByText(person.who.idNumber).waitFor();
  });

  test('is frozen and unfrozen by a touch each', async () => {
    await me();
    await press(phone, 'me.freeze.on');
    await untilSays(phone, 'me.frozen.title');
    expect(await person.handset.identity()).toHaveProperty('frozenAt');
    await look(phone, 'me-frozen');
    await press(phone, 'me.freeze.off');
    await untilSays(phone, 'me.freeze.title');
    expect(await person.handset.identity()).not.toHaveProperty('frozenAt');
  });

  test('that is suspended says why, and leads to the operator again: that ends the suspension', async () => {
    const { idNumber } = person.who;
    await suspend(person, 'sim-swapped');
    await me();
    await untilSays(phone, 'me.suspended.sim-swapped');
    await look(phone, 'me-suspended');
    await press(phone, 'me.suspended.verify');
    await arrives(phone, 'register.notice.title');
    await fillIn(phone, 'notice', person.who);
    await goOn(phone, 'notice');
    await fillIn(phone, 'operator', person.who);
    await goOn(phone, 'operator');
    await press(phone, 'register.network.go');
    await passOperator(phone, person.who.phone);
    await arrives(phone, 'registered.bound.title');
    await look(phone, 'registered-bound');
    const identity = await person.handset.identity();
    expect(identity).toMatchObject({ idNumber });
    expect(identity).not.toHaveProperty('suspendedAt');
  });
});

describe('my number', () => {
  test('is changed at once with the passkey, and the inbox stays mine', async () => {
    const number = somebody().phone;
    await world.subscribe({ ...person.who, phone: number });
    await phone.open('/me/phone');
    await arrives(phone, 'me.phone.title');
    await look(phone, 'me-phone');
    await press(phone, 'me.phone.start');
    await arrives(phone, 'register.notice.title');
    await fillIn(phone, 'notice', person.who);
    await goOn(phone, 'notice');
    await fillIn(phone, 'phone', { ...person.who, phone: number });
    await goOn(phone, 'phone');
    await fillIn(phone, 'operator', person.who);
    await goOn(phone, 'operator');
    await press(phone, 'register.network.go');
    await passOperator(phone, number);
    await arrives(phone, 'registered.bound.title');
    expect(await person.handset.identity()).toMatchObject({ phone: number });
  });

  test('that somebody without the passkey wants to change is mine to refuse', async () => {
    const number = somebody().phone;
    const thief = { ...person.who, phone: number };
    await world.subscribe(thief);
    const other = await world.phone();
    await toTheNetworkStep(other, thief);
    await press(other, 'register.network.go');
    await passOperator(other, number);
    await arrives(other, 'registered.held.title');
    await look(other, 'registered-held');
    await me();
    await untilSays(phone, 'me.change.title');
    await look(phone, 'me-phone-change');
    await press(phone, 'me.change.refuse');
    await untilSays(other, 'refused.change-of-phone.title');
    expect(await person.handset.identity()).toMatchObject({ phone: person.who.phone });
    await other.close();
  });
});

describe('my devices', () => {
  test('are listed, and a revoked passkey logs its device out', async () => {
    await phone.open('/me/devices');
    await untilSays(phone, 'me.devices.passkeys');
    await look(phone, 'me-devices');
    await press(phone, 'me.devices.revoke');
    await untilSays(phone, 'me.devices.revoke.title');
    await look(phone, 'me-devices-revoke');
    await phone.page
      .locator('dialog')
      .getByRole('button', { name: wordsOf('zh-TW')('me.devices.revoke') })
      .click();
    await arrives(phone, 'login.title');
    await look(phone, 'login');
  });
});

describe('settings of this phone', () => {
  test('change language and look at once, and are kept', async () => {
    await phone.open('/me/settings');
    await arrives(phone, 'me.settings.title');
    await look(phone, 'me-settings');
    await phone.page.getByRole('radio', { name: wordsOf('en')('language.en') }).check();
    await phone.page.getByRole('radio', { name: wordsOf('en')('me.settings.theme.dark') }).check();
    await phone.page.reload();
    await phone.page.getByRole('heading', { name: wordsOf('en')('me.settings.title') }).waitFor();
    expect(await phone.page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
  });
});

describe('logging out', () => {
  test('ends the session, and the next look leads to the login and back', async () => {
    await me();
    await press(phone, 'me.logout');
    await arrives(phone, 'app.tagline');
    await phone.open('/me/devices');
    await arrives(phone, 'login.title');
    await press(phone, 'login.action');
    await arrives(phone, 'me.devices.title');
  });
});

describe('what the law and Customs make of it', () => {
  test('the duty-free counter tells its rule, and look-ups tell who looked', async () => {
    await phone.open('/me/duty-free');
    await untilSays(phone, 'me.duty.rule');
    await phone.page.locator('.big-number').waitFor();
    await look(phone, 'me-duty-free');
    await phone.open('/me/lookups');
    await untilSays(phone, 'me.lookups.empty');
    await look(phone, 'me-lookups-empty');
  });
});

describe('leaving', () => {
  test('asks once more, says what is kept, and ends the binding and the login', async () => {
    await phone.open('/me/leave');
    await arrives(phone, 'me.leave.title');
    await look(phone, 'me-leave');
    await press(phone, 'me.leave.action');
    await untilSays(phone, 'me.leave.confirm');
    await phone.page
      .locator('dialog')
      .getByRole('button', { name: wordsOf('zh-TW')('me.leave.action') })
      .click();
    await arrives(phone, 'me.leave.done.title');
    await part(phone, 'link', 'action.home').click();
    await arrives(phone, 'app.tagline');
    const files = async () => {
      const held: { idNumber: string }[] = await world.control('customs', 'GET', '/identities');
      return held.filter(({ idNumber }) => idNumber === person.who.idNumber).length;
    };
    await eventually(files).toBe(0);
  });
});

/** As the check between a confirmation and its settling does it. */
const suspend = async ({ handset }: Registered, reason: string) => {
  const handle = Buffer.from(handset.state().credentials[0]?.userHandle ?? '', 'base64url').toString();
  await sql(
    world,
    'UPDATE identities SET suspended_at = now(), suspension_reason = $2 WHERE subject_id = $1',
    [handle, reason],
  );
};
