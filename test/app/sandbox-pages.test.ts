/** The sandbox's pages in a real browser: accessible, whole at every size, and of use without script. */
import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCustoms } from '../../sandbox/customs/customs.ts';
import type { Listening } from '../../sandbox/listen.ts';
import { createPush } from '../../sandbox/push/push.ts';
import { createTelecom } from '../../sandbox/telecom/telecom.ts';
import { call } from '../support/stand-in.ts';
import { launchBrowser } from './support/browser.ts';
import { look } from './support/look.ts';
import { openPhone, type Phone } from './support/phone.ts';

let browser: Browser;
let phone: Phone;
let page: Page;
let telecom: Listening;
let customs: Listening;
let push: Listening;
beforeAll(async () => {
  browser = await launchBrowser();
  const url = 'http://localhost:1/';
  const pages = { appUrl: url, messagesUrl: url, customsUrl: url, telecomUrl: url };
  [telecom, customs, push] = await Promise.all([
    createTelecom({ clientId: 'c', clientSecret: 's', redirectUris: ['http://localhost/x'], pages }).listen(
      0,
    ),
    createCustoms({ token: 't', consentry: { url: 'http://localhost:9', token: 'c' }, pages }).listen(0),
    createPush({ smsToken: 't', pages }).listen(0),
  ]);
  phone = await openPhone({ browser, app: telecom.url, push: push.url });
  page = phone.page;
});
afterAll(async () => {
  await browser?.close();
  for (const standIn of [telecom, customs, push]) await standIn?.close();
});

const send = (text: string) =>
  call('POST', `${push.url}/sms`, {
    body: { to: '+886912345678', text },
    headers: { authorization: 'Bearer t', 'idempotency-key': randomUUID() },
  });

test('SIM cards: the form is filled in and saved by keyboard alone; a fault is told at its field', async () => {
  await page.goto(telecom.url);
  await look(phone, 'sandbox-sims');
  await page.getByLabel('出生日期').fill('1991-02-03');
  await page.getByLabel('身分證').fill('A123456788');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.getByText('格式或檢查碼不正確').isVisible()).toBe(true);
  await look(phone, 'sandbox-sims-fault');
  await page.getByLabel('身分證').fill('A123456789');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.getByRole('status').textContent()).toContain('電信業者已認識');
});

test('which phone: each is a link of its own', async () => {
  await page.goto(`${telecom.url}/authorize?response_type=code`);
  await look(phone, 'sandbox-which-phone');
  expect(await page.getByRole('link', { name: '+886912345678' }).getAttribute('href')).toContain(
    'sandbox_msisdn',
  );
});

test('Customs: a parcel is sent and amended', async () => {
  await page.goto(customs.url);
  await page.getByLabel('十二項文具').check();
  await page.getByRole('button', { name: '寄出' }).click();
  await page.getByRole('button', { name: '更正' }).click();
  await expect.poll(() => page.getByText('第 2 版').isVisible()).toBe(true);
  await look(phone, 'sandbox-customs');
});

test('messages: a new one comes by itself, and its link can be followed', async () => {
  await page.goto(push.url);
  await send(`【Consentry】 ${telecom.url}/?sim=1`);
  const link = page.getByRole('link', { name: telecom.url });
  await link.waitFor();
  await look(phone, 'sandbox-messages');
  await link.click();
  await page.waitForURL(`${telecom.url}/?sim=1`);
});

test('everything works without script', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const plain = await context.newPage();
  await plain.goto(telecom.url);
  await plain.getByRole('button', { name: '儲存' }).click();
  expect(await plain.getByRole('status').isVisible()).toBe(true);
  await plain.goto(customs.url);
  await plain.getByRole('button', { name: '寄出' }).click();
  expect(await plain.getByRole('status').isVisible()).toBe(true);
  await send('without script');
  await plain.goto(push.url);
  expect(await plain.getByText('without script').isVisible()).toBe(true);
  await context.close();
});

test('nothing broke a policy or failed', () => {
  expect(phone.complaints.filter((text) => !/status of 422/.test(text))).toEqual([]);
});
