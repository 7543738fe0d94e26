/** Attacks from the browser's side; what happens instead. Numbers are those of the list of attacks. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { submission } from '../support/broker-client.ts';
import { asks, declared, eventually, shipmentFor, untilStatus } from '../support/outside.ts';
import { arrives, confirm, part, press, readAll, review, untilSays } from './support/acts.ts';
import { look } from './support/look.ts';
import type { Phone } from './support/phone.ts';
import { type AppWorld, openAppWorld, type Registered } from './support/world.ts';

let world: AppWorld;
let victim: Registered;
let phone: Phone;
beforeAll(async () => {
  world = await openAppWorld();
  victim = await world.registered({ name: '許雅雯' });
});
afterAll(() => world?.close());
beforeEach(async () => {
  phone = await world.phoneOf(victim, { locale: 'en' });
});
afterEach(() => phone.close());

const goods = (...descriptions: string[]) => {
  const [line] = submission().goods;
  return { goods: descriptions.map((description, index) => ({ ...line, sequence: index + 1, description })) };
};
async function asked(changes: object = {}): Promise<string> {
  const id = await declared(world.broker, { ...shipmentFor(victim), ...changes });
  await asks(victim, id);
  return id;
}
const stillWaits = async (id: string) => {
  expect(await victim.handset.declaration(id)).toMatchObject({ status: 'awaiting_importer' });
  expect(await world.poasOf(id)).toEqual([]);
};

/** A page of somebody else's, at an address of theirs. */
async function strangePage(html: string, address = 'https://evil.example/'): Promise<Page> {
  await phone.context.route(`${address}**`, (route) =>
    route.fulfill({ contentType: 'text/html', body: html }),
  );
  const page = await phone.context.newPage();
  await page.goto(address);
  return page;
}

describe('scripts that are not ours', () => {
  test('do not run: not inline, not as a handler, not from elsewhere, not as text (CSP, Trusted Types)', async () => {
    await phone.open('/inbox');
    const { ran, refused } = await phone.page.evaluate(async (elsewhere) => {
      const refused: string[] = [];
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
        refused.push(effectiveDirective);
      });
      const attempt = (act: () => void) => {
        try {
          act();
        } catch (error) {
          refused.push((error as Error).name);
        }
      };
      const marked = 'window.ran = (window.ran ?? 0) + 1';
      attempt(() => {
        const script = document.createElement('script');
        script.append(marked);
        document.body.append(script);
      });
      attempt(() => {
        document.body.insertAdjacentHTML('beforeend', `<img src=x onerror="${marked}">`);
      });
      attempt(() => document.body.setAttribute('onclick', marked));
      attempt(() => {
        const script = document.createElement('script');
        script.setAttribute('src', `${elsewhere}/messages.js`);
        document.body.append(script);
      });
      attempt(() => void setTimeout(marked));
      document.body.click();
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { ran: (window as unknown as { ran?: number }).ran ?? 0, refused };
    }, world.stack.endpoints.push);
    expect(ran).toBe(0);
    expect(refused.length).toBeGreaterThanOrEqual(5);
  });

  test('could not carry anything away: no address but our own is reached', async () => {
    await phone.open('/inbox');
    const elsewhere = world.stack.endpoints.push;
    const reached = await phone.page.evaluate(async (address) => {
      const told = (promise: Promise<unknown>) =>
        promise.then(
          () => 'reached',
          () => 'refused',
        );
      const image = new Promise((resolve, reject) => {
        const element = new Image();
        element.onload = resolve;
        element.onerror = reject;
        element.src = `${address}/x.png`;
      });
      return [
        await told(fetch(`${address}/`, { mode: 'no-cors' })),
        await told(image),
        navigator.sendBeacon(`${address}/`),
      ];
    }, elsewhere);
    expect(reached.slice(0, 2)).toEqual(['refused', 'refused']);
    expect((await world.asked('push', '/x.png')).length).toBe(0);
  });
});

describe('descriptions', () => {
  test('HTML in them is text (26)', async () => {
    const evil = '<img src=x onerror="window.ran=1"><script>window.ran=1</script><b>free</b>';
    const id = await asked({ ...goods(evil), consignor: { name: '<u>Acme</u>', country: 'US' } });
    await review(phone, id);
    expect(await phone.page.getByText(evil).first().isVisible()).toBe(true);
    expect(await phone.page.locator('main').locator('img, script, b, u').count()).toBe(0);
    expect(await phone.page.evaluate(() => 'ran' in window)).toBe(false);
    await phone.open('/inbox');
    await phone.page.getByText('<b>free</b>').first().waitFor();
    expect(phone.complaints).toEqual([]);
  });

  test('look-alike letters are marked, and right-to-left text stays apart from what follows (26)', async () => {
    const id = await asked(goods('Аpple phone', 'חולצה 100% cotton'));
    await review(phone, id);
    const [latin, hebrew] = [phone.page.locator('#line-1'), phone.page.locator('#line-2')];
    expect(await latin.locator('mark').allTextContents()).toEqual([expect.stringMatching(/А$/)]);
    expect(await hebrew.locator('bdi').first().textContent()).toContain('חולצה');
    await untilSays(phone, 'unusual.odd-characters');
    await look(phone, 'declaration-odd-characters');
  });
});

describe('a signature', () => {
  test('of a phone that nobody unlocks is not made (19)', async () => {
    const id = await asked();
    await review(phone, id);
    await phone.authenticator.verifyUser(false);
    await confirm(phone);
    await untilSays(phone, 'again.cancelled.title');
    await look(phone, 'declaration-not-signed');
    await stillWaits(id);
  });

  test('without the flag "user verified" is refused, whatever the page was made to ask for (19)', async () => {
    const id = await asked();
    await review(phone, id);
    await phone.context.route(/\/decision\/options$/, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({
        response: answer,
        json: { ...(await answer.json()), userVerification: 'discouraged' },
      });
    });
    await phone.authenticator.verifyUser(false);
    await confirm(phone);
    await untilSays(phone, 'refused.assertion-rejected.title');
    await look(phone, 'declaration-rejected');
    await stillWaits(id);
  });

  test('is not to be had by another site, which cannot even ask for ours (20)', async () => {
    const page = await strangePage('<h1>Consentry</h1>');
    const name = await page.evaluate(() =>
      navigator.credentials
        .get({
          publicKey: { challenge: new Uint8Array(32), rpId: 'localhost', userVerification: 'required' },
        })
        .then(
          () => 'signed',
          (error: Error) => error.name,
        ),
    );
    expect(name).toBe('SecurityError');
  });

  test('over what was replaced under the person’s eyes does not count (18)', async () => {
    const id = await asked();
    await review(phone, id);
    // The page hears nothing of it before the touch.
    const mend = await phone.network.abort(/\/app\/(events|declarations\/[^/]+$)/);
    const shipment = shipmentFor(victim);
    const { houseWaybill, functionalReference, masterWaybill } = (
      await world.broker.get(`/v1/declarations/${id}`)
    ).body;
    await world.broker.amend(id, 1, {
      ...shipment,
      houseWaybill,
      functionalReference,
      masterWaybill,
      packages: 2,
    });
    await asks(victim, id, 2);
    await confirm(phone);
    await untilSays(phone, 'refused.superseded.title');
    await look(phone, 'declaration-superseded');
    await stillWaits(id);
    await mend();
    await phone.page.reload();
    await readAll(phone);
    await confirm(phone);
    await untilStatus(world.broker, id, 'confirmed');
    expect(await world.poasOf(id)).toMatchObject([{ version: 2, outcome: 'confirmed' }]);
  });

  test('by two quick touches, and on two phones at once, is one answer (23)', async () => {
    const id = await asked();
    const second = await world.phoneOf(victim, { locale: 'en' });
    await review(phone, id);
    await review(second, id);
    await Promise.all([
      part(phone, 'button', 'answer.confirm').dblclick(),
      part(second, 'button', 'answer.confirm').dblclick(),
    ]);
    await untilStatus(world.broker, id, 'confirmed');
    expect(await world.poasOf(id)).toMatchObject([{ outcome: 'confirmed', received: 1 }]);
    for (const each of [phone, second]) await arrives(each, 'outcome.confirmed.title');
    await second.close();
  });
});

describe('another site', () => {
  test('cannot show the app in a frame', async () => {
    const page = await strangePage(`<iframe src="${world.app}/inbox"></iframe>`);
    const frames = () => page.frames().map((frame) => frame.url());
    await eventually(frames).toContainEqual(expect.stringMatching(/^chrome-error:/));
    expect(frames()).not.toContainEqual(expect.stringContaining(world.app));
  });

  test('cannot call the API in the person’s name: not from its page, not by a form, nor from another port', async () => {
    const id = await asked();
    for (const address of ['https://evil.example/', 'http://localhost:9/']) {
      const page = await strangePage('<h1>free phones</h1>', address);
      const call = await page.evaluate(
        (url) =>
          fetch(url, { method: 'POST', credentials: 'include', mode: 'no-cors', body: '{}' }).then(
            () => 'sent',
            () => 'refused',
          ),
        `${world.app}/app/identity/freeze`,
      );
      expect(['sent', 'refused']).toContain(call);
      await page.setContent(
        `<form method="post" action="${world.app}/app/identity/freeze"><button>win</button></form>`,
      );
      await page.getByRole('button').click();
      await page.waitForURL(`${world.app}/**`);
      expect(await page.textContent('body')).toContain('forbidden');
      await page.close();
    }
    expect(await victim.handset.identity()).not.toHaveProperty('frozenAt');
    await stillWaits(id);
  });

  test('is not where a login leads', async () => {
    // A login ends the session that the browser had; the handset goes on with it.
    await phone.context.clearCookies();
    for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example', '/app/identity']) {
      await phone.open(`/login?next=${encodeURIComponent(next)}`);
      await press(phone, 'login.action');
      await phone.page.waitForURL((url) => url.pathname !== '/login');
      expect(new URL(phone.page.url()).origin).toBe(world.app);
      expect(phone.page.url()).not.toContain('/app/');
    }
  });
});

describe('what stays on the phone', () => {
  test('the session is a cookie that no script reads and no other site sends', async () => {
    await phone.context.clearCookies();
    await phone.open('/login');
    await press(phone, 'login.action');
    await phone.page.waitForURL((url) => url.pathname !== '/login');
    const session = (await phone.context.cookies(world.app)).find(({ name }) => name === 'session');
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
    expect(await phone.page.evaluate(() => document.cookie)).toBe('');
  });

  test('nothing of the person or their parcel is in an address, a store or a cache', async () => {
    const addresses: string[] = [];
    phone.context.on('request', (request) => addresses.push(request.url()));
    const id = await asked(goods('very private thing'));
    await phone.open('/inbox');
    await review(phone, id);
    await confirm(phone);
    await arrives(phone, 'outcome.confirmed.title');
    await phone.open('/history');
    await phone.open('/me');
    await phone.page.waitForLoadState('networkidle').catch(() => {});
    const kept = await phone.page.evaluate(async () => {
      const cached: string[] = [];
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
          const answer = await cache.match(request);
          cached.push(request.url, (await answer?.text()) ?? '');
        }
      }
      const databases = (await indexedDB.databases()).map(({ name }) => name);
      return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, databases, cached]);
    });
    expect(kept).toContain('/sw.js'.replace('sw.js', 'assets'));
    const { name, idNumber, birthDate, phone: number } = victim.who;
    for (const personal of [
      name,
      idNumber,
      birthDate,
      number,
      number.replace('+886', '0'),
      'very private thing',
    ]) {
      expect(kept).not.toContain(personal);
      expect(addresses.map(decodeURIComponent).join('\n')).not.toContain(personal);
    }
  });
});

test('a frozen identity confirms nothing, and says why (25)', async () => {
  const id = await asked();
  await victim.handset.freeze();
  await review(phone, id);
  await untilSays(phone, 'answer.confirm.frozen');
  expect(await part(phone, 'button', 'answer.confirm').isVisible()).toBe(false);
  await look(phone, 'declaration-frozen');
  await press(phone, 'refused.identity-frozen.action');
  await confirm(phone);
  await untilStatus(world.broker, id, 'confirmed');
});
