/** A bad connection, or none: the app opens, says so, keeps what the person chose, and never pretends. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { asks, declared, shipmentFor, untilStatus } from '../support/outside.ts';
import { arrives, confirm, part, press, review, untilSays } from './support/acts.ts';
import { look } from './support/look.ts';
import type { Phone } from './support/phone.ts';
import { type AppWorld, openAppWorld, type Registered } from './support/world.ts';

let world: AppWorld;
let person: Registered;
let phone: Phone;
beforeAll(async () => {
  world = await openAppWorld();
  person = await world.registered();
});
afterAll(() => world?.close());
beforeEach(async () => {
  phone = await world.phoneOf(person);
});
afterEach(() => phone.close());

async function asked(): Promise<string> {
  const id = await declared(world.broker, shipmentFor(person));
  await asks(person, id);
  return id;
}
/** The service worker keeps the app from now on. */
async function install(): Promise<void> {
  await phone.open('/inbox');
  await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}
const held = async (id: string) =>
  (await world.poasOf(id)).map(({ outcome, received }) => [outcome, received]);

test('it can be installed', async () => {
  await install();
  const { installabilityErrors } = await phone.cdp.send('Page.getInstallabilityErrors');
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual(
    [],
  );
  const { data = '' } = await phone.cdp.send('Page.getAppManifest');
  const manifest = JSON.parse(data);
  expect(manifest).toMatchObject({
    display: 'standalone',
    start_url: expect.any(String),
    name: expect.any(String),
  });
  for (const { src } of manifest.icons) expect((await fetch(new URL(src, world.app))).status).toBe(200);
});

describe('without a connection', () => {
  test.each(['/inbox', '/', '/history', '/me'])('the installed app opens at %s and says so', async (path) => {
    await install();
    await phone.network.offline();
    await phone.open(path);
    await untilSays(phone, 'state.offline');
    expect(await phone.page.locator('h1').first().isVisible()).toBe(true);
    await look(phone, `offline${path.replace('/', '-').replace(/-$/, '-home')}`);
  });

  test('an answer cannot be signed; the choice is kept, also when the page is closed, and nothing was sent', async () => {
    const id = await asked();
    await install();
    await review(phone, id);
    await phone.network.offline();
    await confirm(phone);
    await untilSays(phone, 'unsent.unsigned.title');
    await look(phone, 'declaration-offline');
    await phone.network.online();
    await phone.page.reload();
    await untilSays(phone, 'again.unsigned.title');
    expect(await held(id)).toEqual([]);
    await review(phone, id);
    await confirm(phone);
    await arrives(phone, 'outcome.confirmed.title');
    await untilStatus(world.broker, id, 'confirmed');
  });

  test('a signed answer whose way was cut off is kept on the phone, and goes out when there is one', async () => {
    const id = await asked();
    await install();
    await review(phone, id);
    const mend = await phone.network.abort(/\/decision$/);
    await confirm(phone);
    await untilSays(phone, 'unsent.signed.title');
    await look(phone, 'declaration-unsent');
    expect(await held(id)).toEqual([]);
    await phone.open('/inbox');
    await untilSays(phone, 'inbox.unsent.title');
    await look(phone, 'inbox-unsent');
    await mend();
    await phone.open(`/d/${id}`);
    await arrives(phone, 'outcome.confirmed.title');
    await untilStatus(world.broker, id, 'confirmed');
    expect(await held(id)).toEqual([['confirmed', 1]]);
  });
});

test('an answer whose acknowledgement was lost counts once, and the person is told what became of it', async () => {
  const id = await asked();
  await review(phone, id);
  const mend = await phone.network.loseAnswer(/\/decision$/);
  await confirm(phone);
  await untilSays(phone, 'unsent.signed.title');
  await untilStatus(world.broker, id, 'confirmed');
  await mend();
  await part(phone, 'button', 'unsent.retry')
    .click({ timeout: 2_000 })
    .catch(() => {});
  await arrives(phone, 'outcome.confirmed.title');
  expect(await held(id)).toEqual([['confirmed', 1]]);
});

test('at a slow connection it says that it is still sending, and waits', async () => {
  const id = await asked();
  await review(phone, id);
  await phone.context.route(/\/decision$/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    await route.continue();
  });
  await confirm(phone);
  await untilSays(phone, 'answer.slow');
  await arrives(phone, 'outcome.confirmed.title');
});

test('while the service is down the inbox says so, and is there again when it is up', async () => {
  await phone.open('/inbox');
  await arrives(phone, 'inbox.title');
  await world.stack.supervisor.kill('api');
  await install().catch(() => {});
  await phone.open('/inbox').catch(() => {});
  await untilSays(phone, 'problem.offline.title');
  await world.stack.supervisor.restart('api');
  await press(phone, 'action.retry');
  await part(phone, 'button', 'action.retry').waitFor({ state: 'detached' });
});
