/** What waits for a person, and one declaration as they read it before they answer. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Citizen, eventually } from '../support/outside.ts';
import { readAll } from './support/acts.ts';
import { amended, asked, endsIn, goodsOf } from './support/asked.ts';
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
});
async function phoneOf(citizen: Citizen, as: PhoneOptions) {
  const phone = await world.phoneOf(citizen, as);
  phones.push(phone);
  return phone;
}

const HOUR_S = 3600;

describe.each<Locale>(['zh-TW', 'en'])('in %s', (locale) => {
  const t = wordsOf(locale);

  describe('the inbox', () => {
    test('with nothing in it reassures, and fills without a reload when something comes', async () => {
      const citizen = await world.citizen();
      const phone = await phoneOf(citizen, { locale });
      await phone.open('/inbox');
      await phone.page.getByText(t('inbox.empty.title')).waitFor();
      await look(phone, 'inbox-empty');
      await asked(world, citizen);
      await phone.page.getByText('running shoes').waitFor();
    });

    test('has the most urgent first, and parcels of one flight together, each with its own answer', async () => {
      const citizen = await world.citizen();
      const later = await asked(world, citizen, { flight: 'BR0016', goods: goodsOf(1) });
      const together = await asked(world, citizen, { flight: 'CI0006', goods: goodsOf(3) });
      const soon = await asked(world, citizen, { flight: 'CI0006', goods: goodsOf(2) });
      await endsIn(world, soon, HOUR_S / 2);
      await endsIn(world, together, 5 * HOUR_S);
      const phone = await phoneOf(citizen, { locale });
      await phone.open('/inbox');
      const links = phone.page.locator('a.parcel');
      await eventually(() => links.count()).toBe(3);
      const hrefs = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')));
      expect(hrefs).toEqual([soon, together, later].map(({ id }) => `/d/${id}`));
      await phone.page.getByRole('heading', { level: 2, name: /CI0006/ }).waitFor();
      await phone.page.getByText(t('inbox.group.hint', { n: 2 })).waitFor();
      await look(phone, 'inbox');
    });

    test('says that the identity is frozen, and what still works', async () => {
      const citizen = await world.citizen();
      await citizen.handset.call('POST', '/app/identity/freeze');
      await asked(world, citizen);
      const phone = await phoneOf(citizen, { locale });
      await phone.open('/inbox');
      await phone.page.getByText(t('inbox.frozen.title')).waitFor();
      await look(phone, 'inbox-frozen');
    });

    test('on its way, not to be had, and old says so', async () => {
      const citizen = await world.citizen();
      const phone = await phoneOf(citizen, { locale });
      await phone.open('/inbox');
      await phone.page.getByText(t('inbox.empty.title')).waitFor();
      const mend = await phone.network.abort(/\/app\/inbox$/);
      await phone.page.evaluate(() => dispatchEvent(new Event('online')));
      await phone.page.getByText(t('state.stale')).waitFor();
      await look(phone, 'inbox-stale');
      await phone.page.reload();
      await phone.page.getByText(t('problem.offline.title')).waitFor();
      await look(phone, 'inbox-unreachable');
      await mend();
      await phone.page.getByRole('button', { name: t('action.retry') }).click();
      await phone.page.getByText(t('inbox.empty.title')).waitFor();
    });

    test('offers notifications once, with the reason', async () => {
      const phone = await phoneOf(await world.citizen(), { locale });
      await phone.open('/inbox');
      await phone.page.getByText(t('inbox.push.body')).waitFor();
      await phone.page.getByRole('button', { name: t('inbox.push.on') }).click();
      await phone.page.getByText(t('inbox.push.done')).waitFor();
      expect(phone.push.subscription()).toBeDefined();
      await phone.page.reload();
      await phone.page.getByText(t('inbox.empty.title')).waitFor();
      expect(await phone.page.getByText(t('inbox.push.body')).count()).toBe(0);
    });
  });

  describe('a declaration', () => {
    test('shows everything that is signed, in amounts and units that people read', async () => {
      const citizen = await world.citizen();
      const { id } = await asked(world, citizen, {
        goods: goodsOf(2),
        freight: { amount: '12.00', currency: 'USD' },
        consignor: { name: 'Acme Inc.', country: 'US' },
        grossVolumeM3: '0.020',
      });
      const phone = await phoneOf(citizen, { locale });
      await phone.open(`/d/${id}`);
      await phone.page.getByRole('heading', { level: 1, name: t('declaration.title') }).waitFor();
      const text = (await phone.page.locator('main').innerText()).replace(/\s+/g, ' ');
      for (const part of locale === 'en'
        ? [
            '212.90 US dollars',
            '1 pairs',
            '2 pcs',
            '129.90 US dollars',
            '12.00 US dollars',
            'United States',
            '1.85 kg',
            '0.02 m³',
          ]
        : [
            '212.90 美元',
            '1 雙',
            '2 件',
            '129.90 美元',
            '12.00 美元',
            '美國',
            '1.85 公斤',
            '0.02 立方公尺',
          ]) {
        expect(text).toContain(part);
      }
      for (const part of ['Acme Inc.', 'CI0006', world.broker.boxNumber]) expect(text).toContain(part);
      await look(phone, 'declaration');
      await phone.page.getByText(t('declaration.notice', { version: '2026-11' })).click();
      await look(phone, 'declaration-notice');
      expect(phone.complaints).toEqual([]);
    });

    test('of fifty lines has its touch only after the last one; the two other answers always', async () => {
      const citizen = await world.citizen();
      const { id } = await asked(world, citizen, { goods: goodsOf(50) });
      const phone = await phoneOf(citizen, { locale });
      await phone.open(`/d/${id}`);
      await phone.page.getByRole('button', { name: t('read.left', { n: 50 }) }).waitFor();
      const touch = phone.page.getByRole('button', { name: t('answer.confirm') });
      expect(await touch.count()).toBe(0);
      await phone.page.getByRole('link', { name: t('answer.decline') }).waitFor();
      await phone.page.getByRole('link', { name: t('answer.repudiate') }).waitFor();
      await phone.page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await phone.page.waitForTimeout(700);
      expect(await touch.count(), 'flying past the lines is not reading them').toBe(0);
      // The picture of the whole page has all lines before its eye.
      await look(phone, 'declaration-fifty');
      await readAll(phone);
      expect(await touch.isEnabled()).toBe(true);
    });

    test('marks what deceives the eye, shows markup as text, and explains it to keyboard and ear', async () => {
      const citizen = await world.citizen();
      const description = 'r\u0443nning sh\u043ees \u05e0\u05e2\u05dc <b>x</b>';
      const { id } = await asked(world, citizen, {
        goods: goodsOf(1).map((line) => ({ ...line, description })),
      });
      const phone = await phoneOf(citizen, { locale });
      await phone.open(`/d/${id}`);
      const marks = phone.page.locator('.goods mark');
      await eventually(() => marks.count()).toBe(3);
      expect((await marks.first().innerText()).replace(/\s+/g, '')).toContain('\u0443');
      expect(await phone.page.locator('.goods b').count()).toBe(0);
      expect(await phone.page.locator('.goods bdi').first().innerText()).toContain('<b>x</b>');
      await phone.page.getByText(t('unusual.odd-characters')).waitFor();
      const explained = phone.page.locator('.goods summary');
      await explained.focus();
      await phone.page.keyboard.press('Enter');
      await phone.page.getByText(t('marks.look-alike')).waitFor();
      await phone.page.getByText(t('marks.right-to-left')).waitFor();
      await look(phone, 'declaration-odd');
    });

    test('says what is unusual: a broker never met, an amount far above the earlier ones', async () => {
      const citizen = await world.citizen();
      const first = await asked(world, citizen, { goods: goodsOf(1) });
      const phone = await phoneOf(citizen, { locale });
      await phone.open(`/d/${first.id}`);
      await phone.page.getByText(t('unusual.new-broker')).waitFor();
      expect(await phone.page.getByText(t('unusual.high-total')).count()).toBe(0);
      await citizen.handset.decide(first.id, 'confirmed');
      const second = await asked(world, citizen, { goods: goodsOf(3) });
      await phone.open(`/d/${second.id}`);
      await phone.page.getByText(t('unusual.high-total')).waitFor();
      expect(await phone.page.getByText(t('unusual.new-broker')).count()).toBe(0);
      await look(phone, 'declaration-unusual');
    });

    test('that was corrected shows what changed, before and after', async () => {
      const citizen = await world.citizen();
      const parcel = await asked(world, citizen, { goods: goodsOf(3) });
      const [first, , third] = goodsOf(3);
      if (!first || !third) throw new Error('three lines');
      const added = { ...first, sequence: 4, description: '雨傘' };
      await amended(world, citizen, parcel, {
        goods: [{ ...first, price: '99.00' }, third, added],
        packages: 2,
      });
      const phone = await phoneOf(citizen, { locale });
      await phone.open(`/d/${parcel.id}`);
      await phone.page.getByText(t('changes.title', { since: 1 })).waitFor();
      const changes = (await phone.page.locator('.changes').innerText()).replace(/\s+/g, ' ');
      expect(changes).toContain(t('changes.line.changed', { n: 1 }));
      expect(changes).toMatch(/71\.00.*99\.00/);
      expect(changes).toContain(t('changes.line.added', { n: 4 }));
      expect(changes).toContain(t('changes.line.removed', { n: 2 }));
      await phone.page.getByText(t('unusual.changed')).waitFor();
      await look(phone, 'declaration-changed');
    });

    test('whose time runs out says how much is left', async () => {
      const citizen = await world.citizen();
      const parcel = await asked(world, citizen);
      await endsIn(world, parcel, 50);
      const phone = await phoneOf(citizen, { locale });
      await phone.open(`/d/${parcel.id}`);
      await phone.page.getByText(t('time.moments')).waitFor();
      await look(phone, 'declaration-soon');
    });

    test('of somebody else, or of nobody, is not told apart', async () => {
      const owner = await world.citizen();
      const { id } = await asked(world, owner);
      const phone = await phoneOf(await world.citizen(), { locale });
      for (const path of [`/d/${id}`, '/d/0196a3c0-0000-7000-8000-000000000000', '/d/x']) {
        await phone.open(path);
        await phone.page.getByRole('heading', { level: 1, name: t('refused.not-found.title') }).waitFor();
      }
      await look(phone, 'declaration-missing');
    });

    test('while the connection is slow shows that it is coming', async () => {
      const citizen = await world.citizen();
      const { id } = await asked(world, citizen);
      const phone = await phoneOf(citizen, { locale });
      await phone.open('/inbox');
      await phone.page.locator('a.parcel').waitFor();
      await phone.network.slow({ latencyMs: 1500 });
      await phone.page.locator('a.parcel').click();
      await phone.page.locator('.skeleton').waitFor();
      await phone.page.locator('.goods').waitFor();
      expect(phone.page.url()).toContain(`/d/${id}`);
    });
  });
});
