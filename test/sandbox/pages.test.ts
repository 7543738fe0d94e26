/** The sandbox's pages for people: what their forms do, and that nothing that comes in becomes part of the page. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { contextSchema } from '../../domain/declaration-schema.ts';
import { parseIdentityNumber } from '../../domain/identity-number.ts';
import { createCustoms } from '../../sandbox/customs/customs.ts';
import { SAMPLES } from '../../sandbox/customs/parcels.ts';
import type { Listening } from '../../sandbox/listen.ts';
import { html, linked } from '../../sandbox/pages/html.ts';
import { createPush } from '../../sandbox/push/push.ts';
import { createTelecom } from '../../sandbox/telecom/telecom.ts';
import { type Answer, call, type Receiver, startReceiver } from '../support/stand-in.ts';

const EVIL = '<script>alert(1)</script>"\'&';
const ESCAPED = '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;';
const PAGES = {
  appUrl: 'http://localhost:1/',
  messagesUrl: 'http://localhost:2/',
  customsUrl: 'http://localhost:3/',
  telecomUrl: 'http://localhost:4/',
};

const submit = (url: string, fields: Record<string, string>): Promise<Answer> =>
  call('POST', url, {
    body: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
/** Where a form leads (303), followed. */
async function followed(answer: Answer, url: string): Promise<string> {
  expect(answer.status).toBe(303);
  return (await call('GET', new URL(answer.headers.get('location') ?? '', url).href)).body;
}
const filledIn = (page: string, name: string): string =>
  new RegExp(`name="${name}"[^>]* value="([^"]*)"`).exec(page)?.[1] ?? '';

let telecom: Listening;
let customs: Listening;
let push: Listening;
let consentry: Receiver;
beforeAll(async () => {
  consentry = await startReceiver(201);
  [telecom, customs, push] = await Promise.all([
    createTelecom({
      clientId: 'c',
      clientSecret: 's',
      redirectUris: ['http://localhost/x'],
      pages: PAGES,
    }).listen(0),
    createCustoms({ token: 't', consentry: { url: consentry.url, token: 'c' }, pages: PAGES }).listen(0),
    createPush({ smsToken: 't', pages: PAGES }).listen(0),
  ]);
});
beforeEach(async () => {
  for (const { url } of [telecom, customs, push]) await call('POST', `${url}/_control/reset`);
});
afterAll(async () => {
  for (const standIn of [telecom, customs, push, consentry]) await standIn?.close();
});

test('what is put into HTML is text, unless it was made as HTML', () => {
  expect(html`<p>${EVIL}${html`<br>`}${[1, 'b', false, null, undefined]}</p>`.text).toBe(
    `<p>${ESCAPED}<br>1b</p>`,
  );
  expect(linked(`see https://a.example/d/1?x=1&y=2 <b>`).text).toBe(
    'see <a class="inline" href="https://a.example/d/1?x=1&amp;y=2">https://a.example/d/1?x=1&amp;y=2</a> &lt;b&gt;',
  );
  expect(linked('javascript:alert(1)').text).toBe('javascript:alert(1)');
});

test('every page says what it is, links the others, and lets nothing in but its own', async () => {
  for (const { url } of [telecom, customs, push]) {
    const { status, headers, body } = await call('GET', `${url}/`);
    expect(status).toBe(200);
    expect(body).toMatch(/測試環境 <span lang="en">Sandbox<\/span>/);
    for (const link of Object.values(PAGES)) expect(body).toContain(`href="${link}"`);
    const policy = headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe/);
    const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(body) ?? [];
    expect(policy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect((await call('GET', `${url}/_control/requests`)).body).toEqual([]);
  }
});

describe('SIM cards', () => {
  const subscribers = async () => (await call('GET', `${telecom.url}/_control/subscribers`)).body;
  const ME = {
    phone: '0987-654-321',
    idNumber: 'a123456789',
    name: ' 江宜庭 ',
    birthDate: '1991-02-03',
    contract: 'PAYM',
  };

  test('the form shows somebody who can be taken as they are', async () => {
    const { body } = await call('GET', telecom.url);
    const fields = ['phone', 'idNumber', 'name', 'birthDate'].map((name) => [name, filledIn(body, name)]);
    const example = Object.fromEntries(fields);
    expect(parseIdentityNumber(example.idNumber)).not.toBeNull();
    expect((await submit(`${telecom.url}/sims`, { ...example, contract: 'PAYG' })).status).toBe(303);
    expect((await subscribers()).at(-1)).toMatchObject({ ...example, contract: 'PAYG' });
  });

  test('a newcomer is known to the operator from then on, and first among the phones', async () => {
    const page = await followed(await submit(`${telecom.url}/sims`, ME), telecom.url);
    expect(page).toContain('電信業者已認識 +886987654321');
    const held = {
      phone: '+886987654321',
      idNumber: 'A123456789',
      idType: 'national_id_card',
      name: '江宜庭',
    };
    expect((await subscribers()).at(-1)).toMatchObject(held);
    const which = await call('GET', `${telecom.url}/authorize?x=1`, { headers: { accept: 'text/html' } });
    expect(which.body.indexOf('+886987654321')).toBeLessThan(which.body.indexOf('+886912345678'));
  });

  test('a SIM is swapped, its number goes to another person, and back', async () => {
    await submit(`${telecom.url}/sims`, { ...ME, swapped: 'on', recycled: 'on' });
    const { simSwappedAt, recycledAt } = (await subscribers()).at(-1);
    for (const at of [simSwappedAt, recycledAt]) expect(Date.now() - Date.parse(at)).toBeLessThan(10_000);
    const { body } = await call('GET', `${telecom.url}/?sim=%2B886987654321`);
    expect([filledIn(body, 'idNumber'), body.match(/name="(swapped|recycled)" checked/g)]).toEqual([
      'A123456789',
      ['name="swapped" checked', 'name="recycled" checked'],
    ]);
    await submit(`${telecom.url}/sims`, ME);
    expect((await subscribers()).at(-1)).not.toHaveProperty('simSwappedAt');
  });

  test('what else the operator holds of a number stays when it is changed', async () => {
    const { body } = await call('GET', `${telecom.url}/?sim=%2B886955555555`);
    const fields = ['phone', 'idNumber', 'name', 'birthDate'].map((name) => [name, filledIn(body, name)]);
    await submit(`${telecom.url}/sims`, { ...Object.fromEntries(fields), contract: 'PAYM', swapped: 'on' });
    expect((await subscribers()).at(-1)).toMatchObject({ phone: '+886955555555', kycMode: '403' });
  });

  test.each([
    ['phone', '02-2345-6789'],
    ['idNumber', 'A123456788'],
    ['name', '  '],
    ['birthDate', '2024-13-01'],
  ])('a wrong %s is told, what was filled in stays, and nothing is made', async (name, value) => {
    const before = await subscribers();
    const { status, body } = await submit(`${telecom.url}/sims`, { ...ME, [name]: value });
    expect([status, body.match(/aria-invalid/g)?.length]).toEqual([422, 1]);
    expect(body).toContain(`id="${name}-error"`);
    expect(filledIn(body, name)).toBe(value);
    expect(await subscribers()).toEqual(before);
  });

  test('a name of HTML is text on every page', async () => {
    const page = await followed(await submit(`${telecom.url}/sims`, { ...ME, name: EVIL }), telecom.url);
    const which = await call('GET', `${telecom.url}/authorize?x=1`, { headers: { accept: 'text/html' } });
    for (const body of [page, which.body])
      expect([body.includes(ESCAPED), body.includes(EVIL)]).toEqual([true, false]);
    expect((await submit(`${telecom.url}/sims`, { ...ME, phone: EVIL })).body).not.toContain(EVIL);
  });
});

describe('Customs’ desk', () => {
  const TO = { name: '江宜庭', phone: '0987-654-321', broker: 'CX001' };

  test.each(Object.keys(SAMPLES))('sends the parcel "%s" as Customs sends contexts', async (sample) => {
    const page = await followed(await submit(`${customs.url}/parcels`, { ...TO, sample }), customs.url);
    expect(page).toMatch(/CX \d\d \d{3} A\d{4} was sent/);
    const { path, body } = consentry.received.at(-1) ?? {};
    expect(path).toBe('/customs/v1/declarations');
    expect(contextSchema.safeParse(body).error?.issues).toBeUndefined();
    expect(body).toMatchObject({
      version: 1,
      brokerBoxNumber: 'CX001',
      importer: { name: TO.name, phone: '+886987654321' },
    });
  });

  test('amends the last one: one more, twice the price, the next version of the same number', async () => {
    const sent = await followed(
      await submit(`${customs.url}/parcels`, { ...TO, sample: 'shoes' }),
      customs.url,
    );
    await followed(
      await submit(`${customs.url}/amendments`, { number: filledIn(sent, 'number') }),
      customs.url,
    );
    const [first, second] = consentry.received.slice(-2).map(({ body }) => contextSchema.parse(body));
    expect(second).toMatchObject({
      version: 2,
      declarationNumber: first?.declarationNumber,
      goods: [{ quantity: '2', price: '71.00' }],
    });
  });

  test('says when Consentry did not take it, and when the form is wrong', async () => {
    const nobody = await createCustoms({
      token: 't',
      consentry: { url: 'http://localhost:9', token: 'c' },
    }).listen(0);
    const page = await followed(
      await submit(`${nobody.url}/parcels`, { ...TO, sample: 'shoes' }),
      nobody.url,
    );
    expect(page).toContain('was not taken (0)');
    await nobody.close();
    for (const wrong of [{ phone: '1' }, { name: '' }, { sample: 'x' }]) {
      const { status } = await submit(`${customs.url}/parcels`, { ...TO, sample: 'shoes', ...wrong });
      expect(status).toBe(422);
    }
  });

  test('shows whom it has on file, the POAs it holds and cases of fraud; all as text', async () => {
    const send = (method: string, path: string, body: object) =>
      call(method, `${customs.url}${path}`, {
        body,
        headers: { authorization: 'Bearer t', 'idempotency-key': path },
      });
    await send('PUT', '/identities/r-1', {
      idNumber: 'A123456789',
      idType: 'national_id_card',
      name: EVIL,
      birthDate: '1990-01-01',
      phone: '+886912345678',
      verifiedAt: '2026-11-24T08:00:00+08:00',
      verification: { operator: 'sandbox', method: 'm', correlator: 'c' },
    });
    await send('PUT', '/poas/d-1/1', {
      declarationId: 'd-1',
      outcome: 'repudiated',
      decidedAt: '2026-11-24T09:00:00Z',
    });
    await send('PUT', '/fraud-cases/f-1', {
      declarationId: 'd-1',
      reference: EVIL,
      version: 1,
      openedAt: '2026-11-24T09:00:00Z',
      kind: 'repudiated',
    });
    const { body } = await call('GET', `${customs.url}/?to=r-1`);
    expect(body).not.toContain(EVIL);
    expect(filledIn(body, 'name')).toBe(ESCAPED);
    expect(body).toMatch(/非本人 <span lang="en">repudiated<\/span><\/strong> d-1/);
  });
});

describe('messages', () => {
  const sms = (to: string, text: string) =>
    call('POST', `${push.url}/sms`, {
      body: { to, text },
      headers: { authorization: 'Bearer t', 'idempotency-key': text },
    });

  test('SMS are shown newest first, their links can be followed, and one phone can be chosen', async () => {
    await sms('+886912345678', `first ${EVIL}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await sms('+886987654321', 'second: http://localhost:1/d/2');
    const all = (await call('GET', push.url)).body;
    expect(all).toContain(`first ${ESCAPED}`);
    expect(all.indexOf('second')).toBeLessThan(all.indexOf('first'));
    expect(all).toContain('<a class="inline" href="http://localhost:1/d/2">');
    const one = (await call('GET', `${push.url}/?to=%2B886912345678`)).body;
    expect([one.includes('first'), one.includes('second:')]).toEqual([true, false]);
  });

  test('looking at the page fetches no push message', async () => {
    const { body: subscription } = await call('POST', `${push.url}/_control/subscriptions`);
    expect(subscription.endpoint).toContain('/push/');
    expect((await call('GET', push.url)).body).toContain('Nothing has arrived yet');
  });
});
