/**
 * A bad connection between the touch and the record. The screen never pretends that something was sent, the choice and the
 * signature stay on the phone, and whatever is sent again is the same answer.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Citizen, eventually, untilStatus } from '../support/outside.ts';
import { type Asked, asked, readAndConfirm, sql } from './support/asked.ts';
import { look } from './support/look.ts';
import { type Phone, type PhoneOptions, sessionCookies } from './support/phone.ts';
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
});

async function opened(as: PhoneOptions): Promise<{ citizen: Citizen; parcel: Asked; phone: Phone }> {
  const citizen = await world.citizen();
  const parcel = await asked(world, citizen);
  const phone = await world.phoneOf(citizen, as);
  phones.push(phone);
  await phone.open(`/d/${parcel.id}`);
  await phone.page.locator('.goods').waitFor();
  return { citizen, parcel, phone };
}

const DECISION = /\/decision$/;
const CONFIRMED_ONCE = [{ outcome: 'confirmed', received: 1 }];
const outcomesOf = async ({ id }: Asked) =>
  (await world.poasOf(id)).map(({ outcome, received }) => ({ outcome, received }));
const heading = ({ page }: Phone, name: string) => page.getByRole('heading', { level: 1, name }).waitFor();

describe.each(LOCALES)('in %s', (locale) => {
  const t = wordsOf(locale);

  test('no network at the touch: the choice is kept, nothing is signed, and a touch later does it', async () => {
    const { parcel, phone } = await opened({ locale });
    await phone.network.offline();
    await readAndConfirm(phone);
    await phone.page.getByText(t('unsent.unsigned.title')).waitFor();
    await look(phone, 'unsent-unsigned');
    await phone.network.online();
    await phone.page.getByText(t('again.unsigned.title')).waitFor();
    expect(await outcomesOf(parcel)).toEqual([]);
    await readAndConfirm(phone);
    await heading(phone, t('outcome.confirmed.title'));
  });

  test('the network goes after the signature: it says so, and sends by itself when it is back', async () => {
    const { parcel, phone } = await opened({ locale });
    const mend = await phone.network.abort(DECISION);
    await readAndConfirm(phone);
    await phone.page.getByText(t('unsent.signed.title')).waitFor();
    expect(await phone.page.getByRole('button', { name: t('answer.confirm') }).count()).toBe(0);
    await look(phone, 'unsent-signed');
    expect(await outcomesOf(parcel)).toEqual([]);
    await mend();
    await heading(phone, t('outcome.confirmed.title'));
    await eventually(() => outcomesOf(parcel)).toEqual(CONFIRMED_ONCE);
  });

  test('the answer arrives and its answer is lost: sent again it is the same one', async () => {
    const { parcel, phone } = await opened({ locale });
    const mend = await phone.network.loseAnswer(DECISION);
    await readAndConfirm(phone);
    await phone.page.getByText(t('unsent.signed.title')).waitFor();
    await mend();
    await heading(phone, t('outcome.confirmed.title'));
    await untilStatus(world.broker, parcel.id, 'confirmed');
    expect(await outcomesOf(parcel)).toEqual(CONFIRMED_ONCE);
  });

  test('the page is closed before it was sent: found again where the declaration is', async () => {
    const { parcel, phone } = await opened({ locale });
    const mend = await phone.network.abort(DECISION);
    await readAndConfirm(phone);
    await phone.page.getByText(t('unsent.signed.title')).waitFor();
    await phone.page.reload();
    await phone.page.getByText(t('unsent.signed.title')).waitFor();
    await mend();
    await heading(phone, t('outcome.confirmed.title'));
    await eventually(() => outcomesOf(parcel)).toEqual(CONFIRMED_ONCE);
  });

  test('and from the inbox, which says that it has not been sent', async () => {
    const { parcel, phone } = await opened({ locale });
    const mend = await phone.network.abort(DECISION);
    await readAndConfirm(phone);
    await phone.page.getByText(t('unsent.signed.title')).waitFor();
    await phone.open('/inbox');
    await phone.page.getByText(t('inbox.unsent.title', { n: 1 })).waitFor();
    await look(phone, 'inbox-unsent');
    await mend();
    await phone.page.evaluate(() => dispatchEvent(new Event('online')));
    await phone.page.getByText(t('inbox.sent')).waitFor();
    await phone.page.getByText(t('inbox.empty.title')).waitFor();
    await eventually(() => outcomesOf(parcel)).toEqual(CONFIRMED_ONCE);
  });

  test('kept for too long the signature is void, the choice is not: touched again', async () => {
    const { parcel, phone } = await opened({ locale });
    const mend = await phone.network.abort(DECISION);
    await readAndConfirm(phone);
    await phone.page.getByText(t('unsent.signed.title')).waitFor();
    await sql(world, 'UPDATE challenges SET expires_at = now() WHERE declaration_id = $1', [parcel.id]);
    await mend();
    await phone.page.getByRole('button', { name: t('unsent.retry') }).click();
    await phone.page.getByText(t('again.challenge-expired.title')).waitFor();
    await readAndConfirm(phone);
    await heading(phone, t('outcome.confirmed.title'));
  });

  test('while the service is down or asks for patience the answer is kept and sent again', async () => {
    const { parcel, phone } = await opened({ locale });
    // As a proxy in front of it answers.
    await phone.page.route(
      DECISION,
      (route) => route.fulfill({ status: 503, headers: { 'retry-after': '1' } }),
      {
        times: 1,
      },
    );
    await readAndConfirm(phone);
    await phone.page.getByText(t('unsent.unavailable.title')).waitFor();
    await look(phone, 'unsent-unavailable');
    await heading(phone, t('outcome.confirmed.title'));
    await eventually(() => outcomesOf(parcel)).toEqual(CONFIRMED_ONCE);
  });

  test('a connection that is only slow says so, and waits', async () => {
    const { phone } = await opened({ locale });
    await phone.page.route(
      DECISION,
      async (route) => {
        await new Promise((done) => setTimeout(done, 5_500));
        await route.continue();
      },
      { times: 1 },
    );
    await readAndConfirm(phone);
    await phone.page.getByText(t('answer.slow')).waitFor();
    await look(phone, 'answer-slow');
    await heading(phone, t('outcome.confirmed.title'));
  });

  test('what nobody judges yet is told as kept, not as done', async () => {
    const { parcel, phone } = await opened({ locale });
    await world.stack.supervisor.stop('worker');
    try {
      await readAndConfirm(phone);
      await heading(phone, t('outcome.confirmed.title'));
      await phone.page.locator('.steps').getByText(t('steps.kept')).waitFor();
      await phone.page.getByText(t('steps.customs.waiting')).waitFor();
      await look(phone, 'outcome-kept');
      expect(await outcomesOf(parcel)).toEqual([]);
    } finally {
      await world.stack.supervisor.restart('worker');
    }
    await phone.page
      .locator('.steps')
      .getByText(t('steps.customs'), { exact: true })
      .waitFor({ timeout: 60_000 });
    expect(await outcomesOf(parcel)).toEqual(CONFIRMED_ONCE);
  });

  test('a declaration that cannot be loaded says why, and comes when asked again', async () => {
    const { parcel, phone } = await opened({ locale });
    const mend = await phone.network.abort(new RegExp(`/app/declarations/${parcel.id}$`));
    await phone.page.reload();
    await phone.page.getByText(t('problem.offline.title')).waitFor();
    await look(phone, 'declaration-unreachable');
    await mend();
    await phone.page.getByRole('button', { name: t('action.retry') }).click();
    await phone.page.locator('.goods').waitFor();
  });

  test('too many tries: says for how long to wait', async () => {
    const { parcel, phone } = await opened({ locale });
    const tooMany = { status: 429, headers: { 'retry-after': '2' } };
    await phone.page.route(new RegExp(`/app/declarations/${parcel.id}$`), (route) => route.fulfill(tooMany), {
      times: 1,
    });
    await phone.page.reload();
    await phone.page.getByText(t('problem.rate.title')).waitFor();
    await look(phone, 'declaration-too-many');
    const retry = phone.page.getByRole('button', { name: t('action.retry') });
    await eventually(() => retry.isEnabled()).toBe(true);
    await retry.click();
    await phone.page.locator('.goods').waitFor();
  });

  test('a session that has ended leads to the login, and back to the same declaration with the answer', async () => {
    const { citizen, parcel, phone } = await opened({ locale });
    await phone.context.clearCookies();
    await readAndConfirm(phone);
    await phone.page.waitForURL(/\/login\?next=/);
    expect(new URL(phone.page.url()).searchParams.get('next')).toBe(`/d/${parcel.id}`);
    await phone.context.addCookies(sessionCookies(citizen.handset, world.app));
    await phone.open(`/d/${parcel.id}`);
    await phone.page.getByText(t('again.unsigned.title')).waitFor();
  });
});
