/** The whole story in a real browser: R1 to R4, then P1 to P5, as a person with a phone sees it and as each party has it. */
import type { Response } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { normalisePhone } from '../../domain/phone.ts';
import {
  declared,
  eventually,
  type Somebody,
  shipmentFor,
  somebody,
  untilStatus,
} from '../support/outside.ts';
import { arrives, confirm, part, press, readAll, untilSays } from './support/acts.ts';
import { look } from './support/look.ts';
import type { Locale, Phone } from './support/phone.ts';
import type { PushMessage } from './support/push.ts';
import { registerInApp } from './support/registering.ts';
import { wordsOf } from './support/words.ts';
import { type AppWorld, openAppWorld } from './support/world.ts';

let world: AppWorld;
beforeAll(async () => {
  world = await openAppWorld();
});
afterAll(() => world?.close());

const LOCALES: readonly Locale[] = ['zh-TW', 'en'];
const GOODS = [
  { sequence: 1, description: '跑鞋', quantity: '2', unit: 'PCE', price: '71.00', currency: 'USD' },
  { sequence: 2, description: 'cotton socks', quantity: '10', unit: 'PR', price: '1200', currency: 'JPY' },
];

test.each(LOCALES)(
  'registered, asked by push, confirmed with one touch, held by Customs (%s)',
  async (locale) => {
    const phone = await world.phone({ locale });
    const who = await takeSim(phone);
    await register(phone, who);

    const shipment = shipmentFor(
      { importer: { name: who.name, phone: who.phone } },
      { goods: GOODS, freight: { amount: '12.00', currency: 'USD' } },
    );
    const id = await declared(world.broker, shipment); // P1, P2
    const message = await notified(phone, id);
    expectNothingPersonal(message, [...personalData(who), '跑鞋', 'socks', shipment.houseWaybill]);
    await shown(phone, id, message);

    await decide(phone, id);
    await untilStatus(world.broker, id, 'confirmed');
    const [poa, ...more] = await world.poasOf(id); // P5
    expect([poa, more]).toMatchObject([{ outcome: 'confirmed', version: 1, received: 1 }, []]);
    await keepReceipt(phone, id, poa?.acknowledgementNumber ?? '');
    expect(phone.complaints).toEqual([]);
    await phone.close();
  },
);

const personalData = ({ name, idNumber, birthDate, phone }: Somebody): string[] => [
  name,
  idNumber,
  birthDate,
  phone,
  phone.replace('+886', '0'),
  phone.replace('+', ''),
];

/** At the sandbox's operator, as a newcomer does: somebody invented, who fits no number yet. */
async function takeSim(phone: Phone): Promise<Somebody> {
  const { idNumber, name, birthDate } = somebody();
  await phone.page.goto(world.stack.endpoints.telecom);
  const number = normalisePhone(await phone.page.getByLabel('手機號碼').inputValue()) ?? '';
  await phone.page.getByLabel('身分證').fill(idNumber);
  await phone.page.getByLabel('姓名').fill(name);
  await phone.page.getByLabel('出生日期').fill(birthDate);
  await phone.page.getByRole('button', { name: '儲存' }).click();
  await phone.page.getByRole('status').waitFor();
  return { idNumber, name, birthDate, phone: number, operator: 'sandbox' };
}

/** R1 to R4, a passkey, and the permission for notifications. */
async function register(phone: Phone, who: Somebody): Promise<void> {
  await registerInApp(phone, who);
  await arrives(phone, 'passkey.title');
  await untilSays(phone, 'registered.bound.title');
  const files = await world.control('customs', 'GET', '/identities');
  expect(files).toContainEqual(
    expect.objectContaining({
      idNumber: who.idNumber,
      name: who.name,
      birthDate: who.birthDate,
      phone: who.phone,
    }),
  );
  await press(phone, 'passkey.create');
  await arrives(phone, 'notify.title');
  await press(phone, 'notify.on');
  await part(phone, 'link', 'notify.continue').click();
  await untilSays(phone, 'inbox.empty.title');
  await look(phone, 'inbox-empty');
}

/** P3: the message as the phone reads it, with an implementation that is not the one that wrote it. */
async function notified(phone: Phone, declarationId: string): Promise<PushMessage> {
  await eventually(async () => (await phone.push.messages()).length).toBe(1);
  const [message] = await phone.push.messages();
  if (!message) throw new Error('no message');
  expect(JSON.parse(message.text)).toEqual({
    notificationId: expect.any(String),
    declarationId,
    kind: 'ask',
  });
  return message;
}

function expectNothingPersonal({ text, headers }: PushMessage, personal: readonly string[]): void {
  const sent = `${text} ${JSON.stringify(headers)}`;
  for (const part of personal) expect(sent).not.toContain(part);
}

/** The service worker shows it, says that it did, and a touch of it leads to the declaration. */
async function shown(phone: Phone, id: string, message: PushMessage): Promise<void> {
  const t = wordsOf(phone.locale);
  const reported = phone.context.waitForEvent('response', (answer: Response) =>
    /\/displayed$/.test(answer.url()),
  );
  await phone.push.deliver(message);
  expect((await reported).status()).toBe(204);
  expect(await phone.push.shown()).toMatchObject([{ title: t('notification.ask.title'), tag: id }]);
  expect(await phone.push.tap(id)).toBeNull();
  await phone.page.waitForURL(`${world.app}/d/${id}`);
}

/** P4: reads all of it, and touches once. */
async function decide(phone: Phone, id: string): Promise<void> {
  await arrives(phone, 'declaration.title');
  await readAll(phone);
  for (const { description } of GOODS)
    expect(await phone.page.getByText(description).first().isVisible()).toBe(true);
  await look(phone, 'declaration');
  await confirm(phone);
  await arrives(phone, 'outcome.confirmed.title');
  await untilSays(phone, 'steps.customs');
  await look(phone, 'confirmed');
  expect(new URL(phone.page.url()).pathname).toBe(`/d/${id}`);
}

/** The answer is in the history, with the number that Customs gave it. */
async function keepReceipt(phone: Phone, id: string, acknowledgementNumber: string): Promise<void> {
  await part(phone, 'link', 'outcome.receipt').click();
  await arrives(phone, 'receipt.title');
  await phone.page.getByText(acknowledgementNumber).first().waitFor();
  await look(phone, 'receipt');
  await phone.open('/history');
  await phone.page.locator(`a[href="/history/${id}"]`).waitFor();
  await look(phone, 'history');
}
