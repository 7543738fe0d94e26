/** The three answers, each one touch; and whatever comes between the touch and the record: always a clear screen. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually, untilStatus } from '../support/outside.ts';
import { readAll } from './support/acts.ts';
import { type Asked, amended, asked, endsIn, goodsOf, readAndConfirm, sql } from './support/asked.ts';
import { look } from './support/look.ts';
import type { Phone, PhoneOptions } from './support/phone.ts';
import { LOCALES, wordsOf } from './support/words.ts';
import { type AppWorld, openAppWorld } from './support/world.ts';

let world: AppWorld;
beforeAll(async () => {
  world = await openAppWorld({ env: { RECONCILE_EVERY_MS: '1000' } });
});
afterAll(() => world?.close());

const phones: Phone[] = [];
afterEach(async () => {
  for (const phone of phones.splice(0)) await phone.close();
  await world.control('customs', 'DELETE', '/faults');
});

/** A person, a declaration that waits for them, and their phone with it before their eyes. */
async function opened(as: PhoneOptions, changes: Parameters<typeof asked>[2] = {}) {
  const citizen = await world.citizen();
  const parcel = await asked(world, citizen, changes);
  const phone = await world.phoneOf(citizen, as);
  phones.push(phone);
  await phone.open(`/d/${parcel.id}`);
  await phone.page.locator('.goods').waitFor();
  return { citizen, parcel, phone };
}

/** Requests of answers that leave the phone from now on. */
function answersOf({ page }: Phone) {
  const bodies: Record<string, unknown>[] = [];
  page.on('request', (request) => {
    if (/\/decision(\/options)?$/.test(request.url())) bodies.push(request.postDataJSON());
  });
  return bodies;
}

/** The phone hears of nothing that happens to the declaration. */
const deaf = async ({ page, network }: Phone, { id }: Asked) => {
  await page.waitForLoadState('networkidle').catch(() => undefined);
  return network.abort(new RegExp(`/app/declarations/${id}$`));
};

const outcomesOf = async ({ id }: Asked) =>
  (await world.poasOf(id)).map(({ version, outcome, received }) => ({ version, outcome, received }));
const heading = ({ page }: Phone, name: string) => page.getByRole('heading', { level: 1, name }).waitFor();

describe.each(LOCALES)('in %s', (locale) => {
  const t = wordsOf(locale);

  test('it matches: one touch, and its record shows itself when Customs has it', async () => {
    const { parcel, phone } = await opened({ locale }, { goods: goodsOf(2) });
    await world.fault('customs', { route: '/poas', status: 503, times: 2 });
    const sent = answersOf(phone);
    await readAndConfirm(phone);
    await heading(phone, t('outcome.confirmed.title'));
    await phone.page.getByText(t('steps.customs.waiting')).waitFor();
    await look(phone, 'outcome-confirmed-on-its-way');
    await phone.page
      .locator('.steps')
      .getByText(t('steps.customs'), { exact: true })
      .waitFor({ timeout: 30_000 });
    await phone.page.getByRole('link', { name: t('outcome.receipt') }).waitFor();
    await look(phone, 'outcome-confirmed');
    expect(await outcomesOf(parcel)).toEqual([{ version: 1, outcome: 'confirmed', received: 1 }]);
    expect(sent[0]).toEqual({
      version: 1,
      decision: 'confirmed',
      noticeVersion: '2026-11',
      locale,
      build: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
    expect(sent).toHaveLength(2);
  });

  test('a double tap is one answer', async () => {
    const { parcel, phone } = await opened({ locale });
    const sent = answersOf(phone);
    await readAll(phone);
    await phone.page.getByRole('button', { name: t('answer.confirm') }).evaluate((button: HTMLElement) => {
      button.click();
      button.click();
      queueMicrotask(() => button.click());
    });
    await heading(phone, t('outcome.confirmed.title'));
    expect(sent).toHaveLength(2);
    await eventually(() => outcomesOf(parcel)).toEqual([{ version: 1, outcome: 'confirmed', received: 1 }]);
  });

  test('it does not match: which lines, why, and a word to the broker', async () => {
    const { parcel, phone } = await opened({ locale }, { goods: goodsOf(3) });
    const sent = answersOf(phone);
    await phone.page.getByRole('link', { name: t('answer.decline') }).click();
    await heading(phone, t('decline.title'));
    const send = phone.page.getByRole('button', { name: t('decline.send') });
    await send.click();
    await phone.page.getByText(t('decline.reason.needed')).waitFor();
    await phone.page.getByRole('radio', { name: t('reason.other') }).check();
    await send.click();
    await phone.page.getByText(t('decline.note.needed')).waitFor();
    await look(phone, 'decline-incomplete');
    const note = phone.page.getByRole('textbox');
    await note.fill('字'.repeat(501));
    await phone.page.getByText(t('decline.note.over', { n: 1 })).waitFor();
    await send.click();
    expect(sent, 'nothing is signed before it is complete').toEqual([]);
    await note.fill('少了一雙\n另外\u200b顏色不對');
    await phone.page.getByRole('checkbox').nth(2).check();
    await phone.page.getByRole('checkbox').nth(0).check();
    await look(phone, 'decline');
    expect(await note.inputValue(), 'what is shown is what is signed').toBe('少了一雙 另外顏色不對');
    await send.click();
    await heading(phone, t('outcome.declined.title'));
    await phone.page.getByText(t('reason.other'), { exact: true }).waitFor();
    await look(phone, 'outcome-declined');
    expect(sent[1]).toMatchObject({ reason: 'other', lines: [1, 3], note: '少了一雙 另外顏色不對' });
    await untilStatus(world.broker, parcel.id, 'declined');
    expect((await world.broker.get(`/v1/declarations/${parcel.id}`)).body.answer).toMatchObject({
      decision: 'declined',
      reason: 'other',
    });
  });

  test('not mine: says what it does, and offers to freeze the identity', async () => {
    const { citizen, parcel, phone } = await opened({ locale });
    await phone.page.getByRole('link', { name: t('answer.repudiate') }).click();
    await heading(phone, t('repudiate.title'));
    await phone.page.getByText(t('repudiate.case')).waitFor();
    await look(phone, 'repudiate');
    await phone.page.getByRole('button', { name: t('repudiate.send') }).click();
    await heading(phone, t('outcome.repudiated.title'));
    await look(phone, 'outcome-repudiated');
    await phone.page.getByRole('button', { name: t('outcome.freeze.action') }).click();
    await phone.page.getByText(t('outcome.freeze.done')).waitFor();
    await eventually(() => outcomesOf(parcel)).toEqual([{ version: 1, outcome: 'repudiated', received: 1 }]);
    expect(await citizen.handset.call('GET', '/app/identity')).toMatchObject({
      frozenAt: expect.any(String),
    });
  });

  test('whoever does not unlock the phone has signed nothing, and can touch again', async () => {
    const { parcel, phone } = await opened({ locale });
    await phone.authenticator.verifyUser(false);
    await readAndConfirm(phone);
    await phone.page.getByText(t('again.cancelled.title')).waitFor();
    await look(phone, 'answer-cancelled');
    expect(await outcomesOf(parcel)).toEqual([]);
    await phone.authenticator.verifyUser(true);
    await readAndConfirm(phone);
    await heading(phone, t('outcome.confirmed.title'));
  });

  test('a phone without this person’s passkey signs nothing, and says where to go', async () => {
    const { phone } = await opened({ locale });
    await phone.authenticator.forget();
    await readAndConfirm(phone);
    await phone.page.getByText(t('again.cancelled.elsewhere')).waitFor();
  });

  test('a browser without passkeys says so', async () => {
    const { phone } = await opened({ locale });
    await phone.context.addInitScript('delete globalThis.PublicKeyCredential');
    await phone.page.reload();
    await readAndConfirm(phone);
    await phone.page.getByText(t('refused.no-passkey.title')).waitFor();
    await look(phone, 'answer-no-passkey');
  });

  describe('amended under one’s eyes', () => {
    test('the new version shows itself with what changed; what was begun is dropped, and that is said', async () => {
      const { citizen, parcel, phone } = await opened({ locale });
      await phone.authenticator.verifyUser(false);
      await readAndConfirm(phone);
      await phone.page.getByText(t('again.cancelled.title')).waitFor();
      const [line] = parcel.body.goods;
      if (!line) throw new Error('a line');
      await amended(world, citizen, parcel, { goods: [{ ...line, price: '99.00' }] });
      await phone.page.getByText(t('again.superseded.title')).waitFor();
      await phone.page.getByText(t('changes.title', { since: 1 })).waitFor();
      await look(phone, 'amended-with-answer');
      await phone.authenticator.verifyUser(true);
      await readAndConfirm(phone);
      await heading(phone, t('outcome.confirmed.title'));
      await eventually(() => outcomesOf(parcel)).toEqual([{ version: 2, outcome: 'confirmed', received: 1 }]);
    });

    test('without an answer begun it is said as well, and the lines have to be read anew', async () => {
      const { citizen, parcel, phone } = await opened({ locale });
      await readAll(phone);
      await amended(world, citizen, parcel, { goods: goodsOf(9) });
      await phone.page.getByText(t('fresh.title')).first().waitFor();
      await phone.page.getByText(t('read.hint')).waitFor();
      await look(phone, 'amended');
    });

    test('a touch that was quicker than the news signs nothing: the new version comes', async () => {
      const { citizen, parcel, phone } = await opened({ locale });
      const mend = await deaf(phone, parcel);
      await amended(world, citizen, parcel, { goods: goodsOf(1) });
      await readAndConfirm(phone);
      await phone.page.getByText(t('refused.superseded.title')).first().waitFor();
      await mend();
      await phone.page.getByRole('button', { name: t('refused.reload') }).click();
      await phone.page.getByText('26.5').first().waitFor();
      expect(await outcomesOf(parcel)).toEqual([]);
    });
  });

  test('withdrawn by the broker under one’s eyes', async () => {
    const { parcel, phone } = await opened({ locale });
    await phone.authenticator.verifyUser(false);
    await readAndConfirm(phone);
    await phone.page.getByText(t('again.cancelled.title')).waitFor();
    await world.broker.cancel(parcel.id);
    await heading(phone, t('closed.withdrawn.title'));
    await phone.page.getByText(t('closed.dropped')).waitFor();
    await look(phone, 'withdrawn');
  });

  test('back with the broker: nothing to answer for now', async () => {
    const { parcel, phone } = await opened({ locale });
    await world.control('customs', 'PUT', '/mode', { context: 'later', delayMs: 60_000 });
    await world.broker.amend(parcel.id, 1, { ...parcel.body, packages: 3 });
    await heading(phone, t('closed.in-correction.title'));
    await look(phone, 'in-correction');
    await world.control('customs', 'PUT', '/mode', { context: 'inline' });
  });

  test('the time is over: before the touch, and at the touch', async () => {
    const late = await opened({ locale });
    const mend = await deaf(late.phone, late.parcel);
    await endsIn(world, late.parcel, -1);
    await readAndConfirm(late.phone);
    await late.phone.page.getByText(t('refused.too-late.title')).waitFor();
    await look(late.phone, 'too-late');
    await endsIn(world, late.parcel, -61);
    await untilStatus(world.broker, late.parcel.id, 'expired');
    await mend();
    await late.phone.page.reload();
    await heading(late.phone, t('closed.over.title'));
    await look(late.phone, 'expired');
  });

  test('answered on another device: shows that answer, whichever way the phone learns of it', async () => {
    const { citizen, parcel, phone } = await opened({ locale });
    const mend = await deaf(phone, parcel);
    await citizen.handset.decide(parcel.id, 'declined', { reason: 'wrong_price' });
    await readAndConfirm(phone);
    await phone.page.getByText(t('refused.already-decided.title')).waitFor();
    await mend();
    await phone.page.getByRole('button', { name: t('refused.reload') }).click();
    await heading(phone, t('outcome.declined.title'));
    await untilStatus(world.broker, parcel.id, 'declined');
    expect((await outcomesOf(parcel)).map(({ outcome }) => outcome)).toEqual(['declined']);
  });

  test('a signature that is too old is touched again, with the same words', async () => {
    const { parcel, phone } = await opened({ locale });
    await phone.page.route(
      /\/decision$/,
      async (route) => {
        await sql(world, 'UPDATE challenges SET expires_at = now() WHERE declaration_id = $1', [parcel.id]);
        await route.continue();
      },
      { times: 1 },
    );
    await readAndConfirm(phone);
    await phone.page.getByText(t('again.challenge-expired.title')).waitFor();
    await look(phone, 'answer-expired-signature');
    await readAndConfirm(phone);
    await heading(phone, t('outcome.confirmed.title'));
  });

  test('a signature that is not accepted counts for nothing', async () => {
    const { parcel, phone } = await opened({ locale });
    await sql(
      world,
      'UPDATE passkeys SET sign_count = 1000000 WHERE subject_id = (SELECT subject_id FROM declarations WHERE declaration_id = $1)',
      [parcel.id],
    );
    await readAndConfirm(phone);
    await phone.page.getByText(t('refused.assertion-rejected.title')).waitFor();
    await look(phone, 'answer-rejected');
    expect(await outcomesOf(parcel)).toEqual([]);
  });

  test('a frozen identity confirms nothing until it is unfrozen: here, and then the touch', async () => {
    const { citizen, phone } = await opened({ locale });
    await citizen.handset.call('POST', '/app/identity/freeze');
    await readAndConfirm(phone);
    await phone.page.getByText(t('refused.identity-frozen.body')).waitFor();
    await look(phone, 'answer-frozen');
    await phone.page.getByRole('button', { name: t('refused.identity-frozen.action') }).click();
    await readAndConfirm(phone);
    await heading(phone, t('outcome.confirmed.title'));
  });

  test('the SIM was swapped: the confirmation has no effect, and it is said why and what to do', async () => {
    const { citizen, parcel, phone } = await opened({ locale });
    await world.subscribe(citizen.who, { simSwappedAt: new Date().toISOString() });
    await readAndConfirm(phone);
    await heading(phone, t('void.title'));
    await phone.page.getByRole('button', { name: t('me.suspended.verify') }).waitFor();
    await look(phone, 'void');
    expect(await outcomesOf(parcel)).toEqual([]);
    await phone.open('/inbox');
    await phone.page.getByText(t('inbox.suspended.title')).waitFor();
    await look(phone, 'inbox-suspended');
  });

  test('held back while the operator cannot be asked about the SIM: kept, and told when it turns out void', async () => {
    const { citizen, phone } = await opened({ locale });
    await world.subscribe(citizen.who, { simSwappedAt: new Date().toISOString() });
    await world.fault('telecom', { route: '/sim-swap', status: 503, times: 1_000 });
    await readAndConfirm(phone);
    await heading(phone, t('outcome.confirmed.title'));
    await phone.page.getByText(t('steps.customs.waiting')).waitFor();
    await look(phone, 'outcome-held');
    await world.control('telecom', 'DELETE', '/faults');
    await phone.page.getByRole('heading', { level: 1, name: t('void.title') }).waitFor({ timeout: 60_000 });
  });

  test('a suspended identity confirms nothing, and is told where to verify again', async () => {
    const { citizen, phone } = await opened({ locale });
    const other = await asked(world, citizen);
    await world.subscribe(citizen.who, { simSwappedAt: new Date().toISOString() });
    await citizen.handset.decide(other.id, 'confirmed');
    await readAndConfirm(phone);
    await phone.page.getByText(t('refused.identity-suspended.body')).waitFor();
    await phone.page.getByRole('button', { name: t('me.suspended.verify') }).waitFor();
    await look(phone, 'answer-suspended');
  });
});
