/** P3 on a real phone: what is pushed, what the service worker makes of it, and what happens where push reaches nobody. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { asks, declared, eventually, shipmentFor } from '../support/outside.ts';
import { arrives, press, untilSays } from './support/acts.ts';
import type { Phone } from './support/phone.ts';
import { wordsOf } from './support/words.ts';
import { type AppWorld, openAppWorld, type Registered } from './support/world.ts';

/** An SMS follows a push that was not displayed within this time. */
const SMS_AFTER_MS = 4_000;

let world: AppWorld;
let person: Registered;
let phone: Phone;
beforeAll(async () => {
  world = await openAppWorld({ env: { SMS_AFTER_MS: String(SMS_AFTER_MS), RECONCILE_EVERY_MS: '1000' } });
});
afterAll(() => world?.close());
beforeEach(async () => {
  person = await world.registered();
  phone = await world.phoneOf(person);
});
afterEach(() => phone.close());

async function turnOnNotifications(): Promise<void> {
  await phone.open('/inbox');
  await press(phone, 'inbox.push.on');
  await untilSays(phone, 'inbox.push.done');
}
async function asked(): Promise<string> {
  const id = await declared(world.broker, shipmentFor(person));
  await asks(person, id);
  return id;
}
const texts = async () => (await world.sms(person.who.phone)).map(({ text }) => text);
const pushedOf = (id: string) => async () =>
  (await phone.push.messages())
    .map(({ text }) => JSON.parse(text))
    .find(({ declarationId }) => declarationId === id);
/** The message of a declaration, once it has arrived. */
async function arrived(id: string): Promise<string> {
  await eventually(pushedOf(id)).toBeDefined();
  return JSON.stringify(await pushedOf(id)());
}

describe('a message', () => {
  test('is shown in the phone’s language, reported as displayed, and no SMS follows', async () => {
    await turnOnNotifications();
    const id = await asked();
    await phone.push.deliver(await arrived(id));
    const title = wordsOf('zh-TW')('notification.ask.title');
    await eventually(phone.push.shown).toMatchObject([{ title, tag: id, lang: 'zh-Hant-TW' }]);
    await sleep(SMS_AFTER_MS + 2_000);
    expect(await texts()).toEqual([]);
  });

  test('that nobody saw is followed by an SMS with a link, and without personal data', async () => {
    await turnOnNotifications();
    const id = await asked();
    await arrived(id);
    await eventually(texts).toEqual([expect.stringContaining(`${world.app}/d/${id}`)]);
    const [text = ''] = await texts();
    for (const personal of [person.who.name, person.who.phone, person.who.idNumber])
      expect(text).not.toContain(personal);
  });

  test('that stands for several declarations says so, and opens the inbox', async () => {
    await turnOnNotifications();
    const id = await asked();
    await phone.push.deliver(JSON.stringify({ ...JSON.parse(await arrived(id)), several: true }));
    const title = wordsOf('zh-TW')('notification.several.title');
    await eventually(phone.push.shown).toMatchObject([{ title, tag: 'several' }]);
    await phone.page.goto('about:blank');
    expect(await phone.push.tap('several')).toBe('/inbox');
  });

  test('is opened by a touch: in a new window, or in the page that is open', async () => {
    await turnOnNotifications();
    const first = await asked();
    await phone.push.deliver(await arrived(first));
    await eventually(phone.push.shown).toHaveLength(1);
    await phone.page.goto('about:blank');
    expect(await phone.push.tap(first)).toBe(`/d/${first}`);
    await phone.open(`/d/${first}`);
    await arrives(phone, 'declaration.title');

    await phone.open('/inbox');
    const second = await asked();
    await phone.push.deliver(await arrived(second));
    await eventually(phone.push.shown).toMatchObject([{ tag: second }]);
    expect(await phone.push.tap(second)).toBeNull();
    await phone.page.waitForURL(`${world.app}/d/${second}`);
    await arrives(phone, 'declaration.title');
  });

  test('says in the app’s language that a declaration was withdrawn, in place of what it said before', async () => {
    await phone.close();
    phone = await world.phoneOf(person, { locale: 'en' });
    await turnOnNotifications();
    const id = await asked();
    await phone.push.deliver(await arrived(id));
    await world.broker.cancel(id);
    await eventually(async () => (await phone.push.messages()).length).toBe(2);
    const [, withdrawn] = await phone.push.messages();
    await phone.push.deliver(withdrawn?.text ?? '');
    const title = wordsOf('en')('notification.withdrawn.title');
    await eventually(phone.push.shown).toMatchObject([{ title, tag: id, lang: 'en' }]);
  });
});

describe('without push', () => {
  test('a subscription that expired is dropped, and the SMS goes out at once', async () => {
    await turnOnNotifications();
    await phone.push.expire();
    const began = Date.now();
    const id = await asked();
    await eventually(texts).toEqual([expect.stringContaining(`/d/${id}`)]);
    expect(Date.now() - began).toBeLessThan(SMS_AFTER_MS);
    const { pushSubscriptions } = await person.handset.call<{ pushSubscriptions: number }>(
      'GET',
      '/app/devices',
    );
    expect(pushSubscriptions).toBe(0);
  });

  test('where notifications are off the inbox is live all the same', async () => {
    await phone.close();
    phone = await world.phoneOf(person, { notifications: 'denied' });
    await phone.open('/inbox');
    await untilSays(phone, 'inbox.empty.title');
    const id = await asked();
    const link = phone.page.locator(`a[href="/d/${id}"]`);
    await link.waitFor({ timeout: 10_000 });
    await world.broker.cancel(id);
    await link.waitFor({ state: 'detached', timeout: 10_000 });
    await untilSays(phone, 'inbox.empty.title');
  });
});
