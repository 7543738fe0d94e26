/** What a person answered: found again, with the receipt that proves it, who looked at it, and a way to say "that was not me". */
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Citizen, eventually, untilStatus } from '../support/outside.ts';
import { call } from '../support/stand-in.ts';
import { press } from './support/acts.ts';
import { asked, goodsOf } from './support/asked.ts';
import { look } from './support/look.ts';
import type { Locale, Phone, PhoneOptions } from './support/phone.ts';
import { wordsOf } from './support/words.ts';
import { type AppWorld, openAppWorld } from './support/world.ts';

let world: AppWorld;
beforeAll(async () => {
  world = await openAppWorld();
});
afterAll(() => world?.close());

const phones: Phone[] = [];
afterEach(async () => {
  for (const phone of phones.splice(0)) await phone.close();
  await world.control('customs', 'DELETE', '/faults');
});
async function phoneOf(citizen: Citizen, as: PhoneOptions) {
  const phone = await world.phoneOf(citizen, as);
  phones.push(phone);
  return phone;
}

/** Answered by its person, and known to Customs. */
async function answered(citizen: Citizen, decision: 'confirmed' | 'declined' | 'repudiated', lines = 1) {
  const parcel = await asked(world, citizen, { goods: goodsOf(lines) });
  await citizen.handset.decide(parcel.id, decision, decision === 'declined' ? { reason: 'wrong_price' } : {});
  await untilStatus(world.broker, parcel.id, decision);
  return parcel;
}

/** Customs finds that it was somebody else. */
async function resolvedByCustoms(declarationId: string): Promise<void> {
  const ofCustoms = (method: string, path: string, body?: object) =>
    call(method, `${world.api}/customs/v1/fraud-cases${path}`, {
      headers: { authorization: `Bearer ${world.stack.endpoints.customsToken}` },
      ...(body && { body }),
    });
  const { body } = await ofCustoms('GET', '?status=open');
  const [opened] = body.items.filter(
    (found: { declarationId: string }) => found.declarationId === declarationId,
  );
  await ofCustoms('POST', `/${opened.caseId}/resolution`, { resolution: 'substantiated' });
}

describe.each<Locale>(['zh-TW', 'en'])('in %s', (locale) => {
  const t = wordsOf(locale);

  test('with nothing answered yet says what will be here', async () => {
    const phone = await phoneOf(await world.citizen(), { locale });
    await phone.open('/history');
    await phone.page.getByText(t('history.empty.title')).waitFor();
    await look(phone, 'history-empty');
  });

  test('lists the answers, newest first, and finds them by day and by waybill', async () => {
    const citizen = await world.citizen();
    const first = await answered(citizen, 'confirmed', 2);
    const second = await answered(citizen, 'declined');
    const third = await answered(citizen, 'repudiated');
    const phone = await phoneOf(citizen, { locale });
    await phone.open('/history');
    const cards = phone.page.locator('a.parcel');
    await eventually(() => cards.count()).toBe(3);
    expect(await cards.evaluateAll((all) => all.map((card) => card.getAttribute('href')))).toEqual(
      [third, second, first].map(({ id }) => `/history/${id}`),
    );
    await look(phone, 'history');
    await phone.page.getByText(t('history.filter')).click();
    await phone.page.getByLabel(t('history.waybill')).fill(second.body.houseWaybill);
    await phone.page.getByRole('button', { name: t('history.search') }).click();
    await eventually(() => cards.count()).toBe(1);
    expect(phone.page.url()).toContain(`waybill=${second.body.houseWaybill}`);
    await look(phone, 'history-found');
    await phone.page.getByLabel(t('history.from')).fill('2020-01-02');
    await phone.page.getByLabel(t('history.to')).fill('2020-01-01');
    await phone.page.getByText(t('history.range.wrong')).waitFor();
    await phone.page.getByLabel(t('history.to')).fill('2020-01-03');
    await phone.page.getByRole('button', { name: t('history.search') }).click();
    await phone.page.getByText(t('history.none.title')).waitFor();
    await look(phone, 'history-none');
    await phone.page.getByRole('button', { name: t('history.clear') }).click();
    await eventually(() => cards.count()).toBe(3);
  });

  test('before Customs has it the receipt says so; then it comes by itself, and can be taken along', async () => {
    const citizen = await world.citizen();
    const parcel = await asked(world, citizen, { goods: goodsOf(2) });
    await world.fault('customs', { route: '/poas', status: 503, times: 3 });
    await citizen.handset.decide(parcel.id, 'confirmed');
    const phone = await phoneOf(citizen, { locale });
    await phone.open(`/history/${parcel.id}`);
    await phone.page.getByText(t('receipt.waiting.title')).waitFor();
    await look(phone, 'receipt-waiting');
    await phone.page.getByRole('button', { name: t('receipt.download') }).waitFor({ timeout: 60_000 });
    const [poa] = await world.poasOf(parcel.id);
    await phone.page.getByText(poa?.acknowledgementNumber ?? 'none').waitFor();
    await look(phone, 'receipt');
    const [download] = await Promise.all([
      phone.page.waitForEvent('download'),
      phone.page.getByRole('button', { name: t('receipt.download') }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`consentry-${parcel.body.houseWaybill}-v1.jws`);
    const jws = await readFile(await download.path(), 'utf8');
    const payload = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8'));
    expect(JSON.stringify(payload)).toContain(parcel.id);
    expect(JSON.stringify(payload)).not.toContain(citizen.who.name);
  });

  test('is printed without buttons and menus, and with the whole declaration', async () => {
    const citizen = await world.citizen();
    const parcel = await answered(citizen, 'confirmed');
    const phone = await phoneOf(citizen, { locale });
    await phone.open(`/history/${parcel.id}`);
    await phone.page
      .getByText(t('receipt.answer'))
      .or(phone.page.getByText(t('choice.confirmed')))
      .first()
      .waitFor();
    await phone.page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await phone.page.emulateMedia({ media: 'print' });
    await phone.page.locator('.goods').waitFor();
    expect(await phone.page.locator('.button:visible').count()).toBe(0);
    await phone.page.emulateMedia({ media: null });
  });

  test('shows who looked at it at Customs', async () => {
    const citizen = await world.citizen();
    const parcel = await answered(citizen, 'confirmed');
    const phone = await phoneOf(citizen, { locale });
    await phone.open(`/history/${parcel.id}`);
    await phone.page.getByText(t('lookups.none')).waitFor();
    const authorization = `Bearer ${world.stack.endpoints.customsToken}`;
    const { status } = await call(
      'GET',
      `${world.api}/customs/v1/poas?houseWaybill=${parcel.body.houseWaybill}`,
      {
        headers: { authorization, 'x-officer': 'officer 17', 'x-lookup-reason': 'spot check' },
      },
    );
    expect(status).toBe(200);
    await phone.page.reload();
    await phone.page.getByText('officer 17').waitFor();
    await phone.page.getByText('spot check').waitFor();
    await look(phone, 'receipt-looked-at');
  });

  test('"that was not me" says what it does, opens a case once, and stays told', async () => {
    const citizen = await world.citizen();
    const parcel = await answered(citizen, 'confirmed');
    const phone = await phoneOf(citizen, { locale });
    await phone.open(`/history/${parcel.id}`);
    await phone.page.getByRole('button', { name: t('report.open') }).click();
    await phone.page.getByText(t('report.rewrites-nothing')).waitFor();
    await look(phone, 'report');
    await phone.page.getByRole('textbox').fill('我的手機被偷了');
    await phone.page.getByRole('button', { name: t('report.send') }).click();
    await phone.page
      .getByText(t('report.done.title'))
      .or(phone.page.getByText(t('report.reported.title')))
      .first()
      .waitFor();
    await look(phone, 'reported');
    await phone.page.reload();
    await phone.page.getByText(t('report.reported.title')).waitFor();
    expect(await phone.page.getByRole('button', { name: t('report.open') }).count()).toBe(0);
    await look(phone, 'receipt-reported');
    await press(phone, 'outcome.freeze.action');
    await phone.page.getByText(t('outcome.freeze.done')).waitFor();
    await resolvedByCustoms(parcel.id);
    await phone.page.getByText(t('report.substantiated.title')).waitFor();
    await look(phone, 'receipt-resolved');
  });
});
