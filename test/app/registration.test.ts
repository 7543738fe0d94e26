/** R1 to R4 on the person's own screen: every step, every way that it can end. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { somebody } from '../support/outside.ts';
import { arrives, part, press, untilSays } from './support/acts.ts';
import { look } from './support/look.ts';
import type { Locale, Phone, PhoneOptions } from './support/phone.ts';
import { fillIn, goOn, passOperator, registerInApp, toTheNetworkStep } from './support/registering.ts';
import { type MessageKey, wordsOf } from './support/words.ts';
import { type AppWorld, openAppWorld } from './support/world.ts';

let world: AppWorld;
let phone: Phone;
beforeAll(async () => {
  world = await openAppWorld();
});
afterAll(() => world?.close());
afterEach(() => phone?.close());

const nobodysPhone = async (options: PhoneOptions = {}) => {
  phone = await world.phone(options);
  return phone;
};

/** Somebody whom the operator knows as the holder of their number. */
async function subscriber(changes: object = {}) {
  const who = somebody();
  await world.subscribe(who, changes);
  return who;
}

describe.each(['zh-TW', 'en'] as const)('in %s', (locale: Locale) => {
  test('a stranger registers, makes a passkey, allows notifications and arrives at an empty inbox', async () => {
    const who = await subscriber();
    await nobodysPhone({ locale });
    await phone.open('/');
    await arrives(phone, 'app.tagline');
    await look(phone, 'welcome');
    await toTheNetworkStep(phone, who, (step) => look(phone, `register-${step}`));
    await press(phone, 'register.network.go');
    await passOperator(phone, who.phone);
    await arrives(phone, 'passkey.title');
    await untilSays(phone, 'registered.bound.title');
    await look(phone, 'passkey');
    await press(phone, 'passkey.create');
    await arrives(phone, 'notify.title');
    await look(phone, 'notify');
    await press(phone, 'notify.on');
    await untilSays(phone, 'me.settings.push.on');
    await part(phone, 'link', 'notify.continue').click();
    await arrives(phone, 'inbox.title');
    expect(phone.complaints).toEqual([]);
  });
});

describe('what is filled in', () => {
  test('is checked as it is typed: a wrong check digit is told at once, in words', async () => {
    await nobodysPhone();
    await phone.open('/register');
    await arrives(phone, 'register.notice.title');
    await fillIn(phone, 'notice', somebody());
    await goOn(phone, 'notice');
    await arrives(phone, 'register.id.title');
    await phone.page.getByLabel(wordsOf('zh-TW')('register.id.label'), { exact: true }).fill('a123456788');
    await untilSays(phone, 'register.id.checksum');
    await look(phone, 'register-id-wrong');
    await press(phone, 'action.continue');
    await arrives(phone, 'register.id.title');
  });

  test('is asked for in order: a later step cannot be opened before', async () => {
    await nobodysPhone();
    await phone.open('/register/network');
    await phone.page.waitForURL(/\/register\/notice$/);
    await arrives(phone, 'register.notice.title');
  });

  test('survives a reload of the page, and is kept in this tab alone', async () => {
    const who = await subscriber();
    await nobodysPhone();
    await toTheNetworkStep(phone, who);
    await phone.page.reload();
    await arrives(phone, 'register.network.title');
    const kept = await phone.page.evaluate(() => JSON.stringify({ ...localStorage }));
    expect(kept).not.toContain(who.idNumber);
  });
});

describe('over Wi-Fi', () => {
  test('the person is told what to do, and the second try over mobile data works', async () => {
    const who = await subscriber();
    await nobodysPhone();
    await registerInApp(phone, who, 'wifi');
    await arrives(phone, 'registered.not-on-mobile-network.title');
    await look(phone, 'registered-wifi');
    await press(phone, 'registered.again');
    await passOperator(phone, who.phone);
    await arrives(phone, 'passkey.title');
  });
});

describe('a refusal says why, and what to do instead', () => {
  test.each([
    ['prepaid', { contract: 'PAYG' }],
    ['id-mismatch', { idNumber: 'A800000014', idType: 'residence_permit' }],
    ['name-mismatch', { name: '別人' }],
  ] as const)('%s', async (reason, changes) => {
    const who = await subscriber(changes);
    await nobodysPhone();
    await registerInApp(phone, who);
    await arrives(phone, 'refused.title');
    await untilSays(phone, `refused.${reason}.title` as MessageKey);
    await look(phone, `refused-${reason}`);
  });

  test('number-not-verified: the SIM is another than the number filled in', async () => {
    const [who, other] = [await subscriber(), await subscriber()];
    await nobodysPhone();
    await registerInApp(phone, who, other.phone);
    await untilSays(phone, 'refused.number-not-verified.title');
  });

  test('phone-in-use: the number is bound to somebody else', async () => {
    const first = await world.registered();
    const second = { ...somebody(), phone: first.who.phone };
    await world.subscribe(second);
    await nobodysPhone();
    await registerInApp(phone, second);
    await untilSays(phone, 'refused.phone-in-use.title');
  });
});

describe('when the operator is down', () => {
  test('the person is told, waits, and is bound once it answers', async () => {
    const who = await subscriber();
    await world.fault('telecom', { route: '/kyc-match', status: 503, times: 4 });
    await nobodysPhone();
    await registerInApp(phone, who);
    await untilSays(phone, 'registered.operator-unavailable.title');
    await look(phone, 'registered-operator-down');
    await arrives(phone, 'passkey.title');
  });
});

describe('the result', () => {
  test('is shown to the browser that began, and to no other', async () => {
    const who = await subscriber();
    await nobodysPhone();
    await registerInApp(phone, who);
    await arrives(phone, 'passkey.title');
    const address = new URL(phone.page.url()).pathname;
    const other = await world.phone();
    await other.open(address);
    await arrives(other, 'registered.elsewhere.title');
    await look(other, 'registered-elsewhere');
    await other.close();
  });

  test('of somebody who lost their phone is the same identity, with a new passkey', async () => {
    const first = await world.registered();
    await nobodysPhone();
    await registerInApp(phone, first.who);
    await arrives(phone, 'passkey.title');
    await press(phone, 'passkey.create');
    await arrives(phone, 'notify.title');
    await phone.open('/me');
    await arrives(phone, 'me.title');
    await phone.page.getByText(first.who.name).waitFor();
  });
});
