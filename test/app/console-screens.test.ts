/** Every screen of the console, in each of its states, languages and widths; and what happens when something is wrong. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declared, shipmentFor, untilStatus } from '../support/outside.ts';
import { asked, goodsOf, sql } from './support/asked.ts';
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
import type { Locale, Phone } from './support/phone.ts';
import { type AppWorld, openAppWorld, type Registered } from './support/world.ts';

const LOCALES: readonly Locale[] = ['zh-TW', 'en'];
const today = new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Taipei' });

let world: AppWorld;
let importer: Registered;
/** The administrator's desk. */
let desk: Phone;
beforeAll(async () => {
  world = await openAppWorld();
  importer = await world.registered();
  desk = await world.phone({ width: DESK });
  const url = world.stack.endpoints.invitations.find(
    ({ boxNumber }) => boxNumber === world.broker.boxNumber,
  )?.url;
  await desk.page.goto(url ?? '');
  await arrivesAt(desk, 'join.title');
  await find(desk, 'button', 'join.action').waitFor();
  await look(desk, 'console-join');
  await joinConsole(desk, url ?? '');
});
afterAll(() => world?.close());

const citizen = () => ({ ...importer, pushed: async () => [] });
const waiting = () => asked(world, citizen(), { flight: 'CI0006', importDate: today, goods: goodsOf(3) });
async function mistaken(): Promise<string> {
  const body = shipmentFor(
    { importer: { ...importer.importer, name: '別的人' } },
    { flight: 'CI0006', importDate: today },
  );
  const id = await declared(world.broker, body);
  await untilStatus(world.broker, id, 'needs_correction');
  return id;
}

/** The same desk in another language, and another width. */
async function desks(locale: Locale, width: number): Promise<Phone> {
  const other = await world.phone({ locale, width });
  await other.context.addCookies(await desk.context.cookies());
  return other;
}

describe.each(LOCALES)('in %s', (locale) => {
  test.each([DESK, 390])('every screen is whole and readable, %i pixels wide', async (width) => {
    const { id } = await waiting();
    const wrong = await mistaken();
    const page = await desks(locale, width);
    const seen = async (path: string, key: Parameters<typeof arrivesAt>[1], name: string) => {
      await page.open(path);
      await arrivesAt(page, key);
      await page.page.locator('[aria-busy]').waitFor({ state: 'detached' });
      await look(page, `console-${width}-${name}`);
    };
    await seen('/console', 'overview.title', 'overview');
    await seen('/console/declarations', 'list.title', 'list');
    await seen('/console/declarations?search=NOTHING', 'list.title', 'list-none');
    await seen('/console/corrections', 'corrections.title', 'corrections');
    await seen(`/console/declarations/${id}`, 'declaration.title', 'declaration');
    await seen(`/console/declarations/${wrong}`, 'declaration.title', 'to-correct');
    await seen(`/console/declarations/${wrong}/amend`, 'amend.title', 'amend');
    await seen('/console/webhooks', 'webhooks.title', 'webhooks-none');
    await seen('/console/record', 'record.title', 'record');
    await seen('/console/users', 'users.title', 'users');
    await seen('/console/me', 'me.settings', 'me');
    await seen('/console/me/nothing', 'missing.title', 'missing');
    await page.close();
  });
});

describe('a manifest', () => {
  test('shows how far it is, its rejected lines with the remedy, and its flight with live counts', async () => {
    const good = () => shipmentFor(importer, { flight: 'EK0366', importDate: today });
    const lines = [good(), { ...good(), grossMassKg: '9999' }, good()];
    const { status, body } = await world.broker.request('POST', '/v1/manifests', {
      body: lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
      headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': 'console' },
    });
    expect(status).toBe(202);
    await desk.open('/console/manifests');
    await desk.page.locator(`a[href="/console/manifests/${body.manifestId}"]`).waitFor();
    await untilTold(desk, 'manifest.status.completed');
    await look(desk, 'console-manifests');
    // As while seven more of its lines wait.
    const moreWait = (by: number) =>
      sql(world, 'UPDATE manifests SET lines_total = lines_total + $2 WHERE manifest_id = $1', [
        body.manifestId,
        by,
      ]);
    await moreWait(7);
    await desk.page.locator('progress').waitFor();
    await look(desk, 'console-manifests-taking');
    await moreWait(-7);
    await desk.page.locator(`a[href="/console/manifests/${body.manifestId}"]`).click();
    await untilTold(desk, 'field.grossMassKg.hint');
    await look(desk, 'console-manifest');
    await click(desk, 'manifest.show.accepted', 'link');
    await desk.page.locator('.list a').nth(1).waitFor();
    await desk.open('/console');
    const card = desk.page.locator('.card', { hasText: 'EK0366' });
    await card.getByText(consoleWords('zh-TW')('overview.count', { n: 2 })).waitFor();
  });
});

describe('a webhook endpoint', () => {
  let status = 500;
  const receiver = createServer((_req, res) => res.writeHead(status).end());
  beforeAll(() => new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done)));
  afterAll(() => new Promise((done) => receiver.close(done)));

  test('that fails says since when and why; once it is mended its messages go out, and one goes out again', async () => {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    const { body } = await world.broker.request('POST', '/v1/webhook-endpoints', {
      body: { url, events: ['*'] },
    });
    await declared(world.broker, shipmentFor(importer, { flight: 'BR0011', importDate: today }));
    await desk.open('/console/webhooks');
    await desk.page.locator(`a[href="/console/webhooks/${body.id}"]`).click();
    await untilTold(desk, 'webhooks.status.failing');
    await look(desk, 'console-webhook-failing');
    status = 200;
    await click(desk, 'webhook.resume');
    await untilTold(desk, 'webhooks.status.active');
    await desk.page.locator('.list').getByText(consoleWords('zh-TW')('delivery.delivered')).first().waitFor();
    await look(desk, 'console-webhook');
    await desk.page.getByText(consoleWords('zh-TW')('webhook.redeliver'), { exact: true }).first().click();
    await untilTold(desk, 'webhook.redelivered');
    await desk.open('/console/record');
    for (const kind of ['webhook-resumed', 'webhook-redelivered'] as const)
      await untilTold(desk, `record.${kind}`);
  });
});

describe('a new user', () => {
  test('is invited by link, joins as a member, and has no door to what is the administrators’', async () => {
    await desk.open('/console/users');
    await desk.page.getByLabel(consoleWords('zh-TW')('users.name'), { exact: true }).fill('林小姐');
    await click(desk, 'users.send');
    const link = desk.page.getByLabel(consoleWords('zh-TW')('users.link.label'), { exact: true });
    const url = await link.inputValue();
    await look(desk, 'console-invited');
    const member = await world.phone({ locale: 'en', width: DESK });
    await joinConsole(member, url);
    expect(await find(member, 'link', 'nav.users').isVisible()).toBe(false);
    await member.open('/console/users');
    await untilTold(member, 'problem.forbidden.title');
    // A link that was used says so.
    const late = await world.phone({ width: DESK });
    await late.page.goto(url);
    await untilTold(late, 'join.none.title');
    await look(late, 'console-join-used');
    // Deactivated: out at once, back at the login.
    await desk.open('/console/users');
    await desk.page.getByRole('link', { name: '林小姐' }).click();
    await find(desk, 'button', 'user.deactivate').waitFor();
    await look(desk, 'console-user');
    await click(desk, 'user.deactivate');
    await look(desk, 'console-deactivate');
    await desk.page.locator('.dialog .button-danger').click();
    await untilTold(desk, 'users.state.deactivated');
    await member.open('/console');
    await arrivesAt(member, 'login.title');
    await Promise.all([member.close(), late.close()]);
  });

  test('who is the last administrator is told why they stay', async () => {
    await desk.open('/console/users');
    await desk.page.getByRole('link', { name: '管理者' }).first().click();
    await click(desk, 'user.deactivate');
    await desk.page.locator('.dialog .button-danger').click();
    await untilTold(desk, 'user.problem.last-administrator.title');
    await look(desk, 'console-last-administrator');
  });
});

describe('an amendment', () => {
  test('over a version that is past is told, loses nothing, and goes on over the new one', async () => {
    const { id, body } = await waiting();
    await desk.open(`/console/declarations/${id}/amend`);
    await field(desk, 'field.packages').fill('3');
    expect((await world.broker.amend(id, 1, { ...body, flight: 'BR0018' })).status).toBe(200);
    await click(desk, 'amend.send');
    await untilTold(desk, 'conflict.title');
    await desk.page.getByText('BR0018').waitFor();
    await look(desk, 'console-conflict');
    await click(desk, 'conflict.mine');
    expect(await field(desk, 'field.packages').inputValue()).toBe('3');
    await click(desk, 'amend.send');
    await expect
      .poll(async () => (await world.broker.get(`/v1/declarations/${id}`)).body, { timeout: 20_000 })
      .toMatchObject({ version: 3, packages: 3, flight: 'CI0006' });
  });

  test('whose answer was lost is sent again as the same one: one new version', async () => {
    const { id } = await waiting();
    await desk.open(`/console/declarations/${id}/amend`);
    await field(desk, 'field.packages').fill('4');
    const mend = await desk.network.loseAnswer(new RegExp(`/console/api/declarations/${id}$`));
    // Only what changes something: the page itself has been loaded.
    await click(desk, 'amend.send');
    await untilTold(desk, 'problem.offline.title');
    await look(desk, 'console-amend-offline');
    await mend();
    expect(await field(desk, 'field.packages').inputValue()).toBe('4');
    await click(desk, 'amend.send');
    await arrivesAt(desk, 'declaration.title');
    const { body } = await world.broker.get(`/v1/declarations/${id}`);
    expect([body.version, body.packages]).toEqual([2, 4]);
  });

  test('by keyboard alone: from the heading through the fields to sending', async () => {
    const { id } = await waiting();
    await desk.open(`/console/declarations/${id}`);
    await find(desk, 'link', 'act.amend').focus();
    await desk.page.keyboard.press('Enter');
    await arrivesAt(desk, 'amend.title');
    expect(await find(desk, 'heading', 'amend.title').evaluate((h) => h === document.activeElement)).toBe(
      true,
    );
    await field(desk, 'field.packages').focus();
    await desk.page.keyboard.type('5');
    await desk.page.keyboard.press('Enter');
    await arrivesAt(desk, 'declaration.title');
  });
});

describe('a bad connection', () => {
  test('is told, and what is on the screen stays', async () => {
    await waiting();
    await desk.open('/console');
    await desk.page.locator('.counts').first().waitFor();
    await desk.network.offline();
    await untilTold(desk, 'state.offline');
    await untilTold(desk, 'state.stale');
    await look(desk, 'console-offline');
    expect(await desk.page.locator('.counts').first().isVisible()).toBe(true);
    await desk.network.online();
    await desk.page.getByText(consoleWords('zh-TW')('state.stale')).waitFor({ state: 'detached' });
  });
});

describe('a session that has ended', () => {
  test('leads to the login, and back to where the person was, with what they wrote', async () => {
    const { id } = await waiting();
    await desk.open(`/console/declarations/${id}/amend`);
    await field(desk, 'field.packages').fill('6');
    await desk.page.evaluate(() => sessionStorage.setItem('amend/colleague/1', '{}'));
    await sql(world, `UPDATE console_sessions SET seen_at = now() - interval '1 hour'`);
    await click(desk, 'amend.send');
    await arrivesAt(desk, 'login.title');
    await click(desk, 'login.action');
    await arrivesAt(desk, 'amend.title');
    expect(await field(desk, 'field.packages').inputValue()).toBe('6');
    // What a colleague wrote here before their session ended is nobody's who logs in after them.
    expect(await desk.page.evaluate(() => sessionStorage.getItem('amend/colleague/1'))).toBe(null);
  });
});
