/** The app on a phone without a network, or without the service: it opens all the same, and says so. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { arrives, part, press, untilSays } from './support/acts.ts';
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

/** The service worker keeps the app from now on. */
async function install(): Promise<void> {
  await phone.open('/inbox');
  await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

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
});

test('while the service is down the inbox says so, and is there again when it is up', async () => {
  await install();
  await arrives(phone, 'inbox.title');
  await world.stack.supervisor.kill('api');
  await phone.open('/inbox');
  await untilSays(phone, 'problem.offline.title');
  await world.stack.supervisor.restart('api');
  await press(phone, 'action.retry');
  await part(phone, 'button', 'action.retry').waitFor({ state: 'detached' });
});
