/** A broker's day at its console, in a real browser, with everything behind it running. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { declared, shipmentFor, untilStatus } from '../support/outside.ts';
import { asked } from './support/asked.ts';
import {
  arrivesAt,
  click,
  consoleWords,
  DESK,
  field,
  find,
  joinConsole,
  untilTold,
} from './support/console.ts';
import { look } from './support/look.ts';
import type { Phone } from './support/phone.ts';
import { type AppWorld, openAppWorld, type Registered } from './support/world.ts';

let world: AppWorld;
let importer: Registered;
beforeAll(async () => {
  world = await openAppWorld();
  importer = await world.registered();
});
afterAll(() => world?.close());

const invitationOf = (boxNumber: string) =>
  world.stack.endpoints.invitations.find((one) => one.boxNumber === boxNumber)?.url ?? '';
const today = new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Taipei' });

test('invited, joins with a passkey, sees a flight, corrects one, cancels one, keeps the evidence of one', async () => {
  const citizen = { ...importer, pushed: async () => [] };
  const flight = { flight: 'CI0006', importDate: today };
  const confirmed = await asked(world, citizen, flight);
  await importer.handset.decide(confirmed.id, 'confirmed');
  await untilStatus(world.broker, confirmed.id, 'confirmed');
  const dropped = await asked(world, citizen, flight);
  const wrong = shipmentFor(
    { importer: { ...importer.importer, name: '別的人' } },
    { ...flight, goods: confirmed.body.goods },
  );
  const mistaken = await declared(world.broker, wrong);
  await untilStatus(world.broker, mistaken, 'needs_correction');

  const desk = await world.phone({ width: DESK });
  await joinConsole(desk, invitationOf(world.broker.boxNumber));
  await seesFlight(desk);
  await corrects(desk, mistaken, wrong.houseWaybill);
  await cancels(desk, dropped.id);
  await keepsEvidence(desk, confirmed.id);
  await findsItsRecord(desk, [wrong.houseWaybill, dropped.body.houseWaybill]);
  await leavesAndComesBack(desk);
  expect(desk.complaints.filter((text) => !/ 4(01|22) /.test(text))).toEqual([]);
  await desk.close();
});

async function seesFlight(desk: Phone): Promise<void> {
  const card = desk.page.locator('.card', { hasText: 'CI0006' });
  await card.waitFor();
  for (const status of ['status.confirmed', 'status.awaiting_importer', 'status.needs_correction'] as const)
    await card.getByText(consoleWords(desk.locale)(status)).waitFor();
  await look(desk, 'console-overview');
}

/** From the work list, by the field that is told, and what happens to it then. */
async function corrects(desk: Phone, id: string, waybill: string): Promise<void> {
  await click(desk, 'nav.corrections', 'link');
  await arrivesAt(desk, 'corrections.title');
  await desk.page.getByText(waybill).waitFor();
  await untilTold(desk, 'remedy.name-mismatch');
  await look(desk, 'console-corrections');
  await desk.page.locator('main li .button').click();
  await arrivesAt(desk, 'amend.title');
  const name = field(desk, 'field.importer.name');
  expect(await name.getAttribute('aria-invalid')).toBe('true');
  await look(desk, 'console-amend');
  // What the API refuses is told at its field, and nothing that was written is lost.
  await name.fill(importer.importer.name);
  await field(desk, 'field.grossMassKg').fill('9999');
  await click(desk, 'amend.send');
  await desk.page.locator('.summary a', { hasText: consoleWords(desk.locale)('field.grossMassKg') }).click();
  expect(await field(desk, 'field.grossMassKg').evaluate((input) => input === document.activeElement)).toBe(
    true,
  );
  await desk.page.reload();
  expect(await name.inputValue()).toBe(importer.importer.name);
  await field(desk, 'field.grossMassKg').fill('1.85');
  await click(desk, 'amend.send');
  await untilStatus(world.broker, id, 'awaiting_importer');
  await untilTold(desk, 'meaning.awaiting_importer');
}

async function cancels(desk: Phone, id: string): Promise<void> {
  await desk.open(`/console/declarations/${id}`);
  await click(desk, 'act.cancel');
  await find(desk, 'radio', 'cancel.reason.paper-poa').check();
  await look(desk, 'console-cancel');
  await desk.page.locator('.dialog .button-danger').click();
  await untilStatus(world.broker, id, 'cancelled');
  await untilTold(desk, 'meaning.cancelled');
}

async function keepsEvidence(desk: Phone, id: string): Promise<void> {
  await desk.open(`/console/declarations/${id}`);
  await untilTold(desk, 'meaning.confirmed');
  await look(desk, 'console-declaration');
  // A few seconds until the log's next checkpoint: until then it says so, and is asked again.
  const logged = async () => (await world.broker.get(`/v1/declarations/${id}/poa/evidence`)).status;
  await expect.poll(logged, { timeout: 30_000 }).toBe(200);
  const saved = desk.page.waitForEvent('download');
  await click(desk, 'evidence.download');
  expect((await saved).suggestedFilename()).toBe(`poa-${id}-v1.zip`);
}

async function findsItsRecord(desk: Phone, waybills: string[]): Promise<void> {
  await click(desk, 'nav.record', 'link');
  await arrivesAt(desk, 'record.title');
  for (const waybill of waybills) await desk.page.getByRole('link', { name: waybill }).waitFor();
  await look(desk, 'console-record');
}

async function leavesAndComesBack(desk: Phone): Promise<void> {
  await click(desk, 'nav.me', 'link');
  await click(desk, 'me.logout');
  await arrivesAt(desk, 'login.title');
  await look(desk, 'console-login');
  await desk.open('/console/record');
  await arrivesAt(desk, 'login.title');
  await click(desk, 'login.action');
  await arrivesAt(desk, 'record.title');
}
