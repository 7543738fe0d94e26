/**
 * `npm run screens [-- app|console]`: takes the pictures of the app and the console that the documentation shows (`docs/screens/`), from a sandbox of its own, as a
 * phone shows them, in both themes. Run by hand when a screen has changed: times and numbers in them differ each time.
 */
import { mkdirSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../test/app/support/browser.ts';
import { openPhone, type Phone } from '../../test/app/support/phone.ts';
import { removeData } from '../../test/support/stack-world.ts';
import { askAbout, registeredImporter } from '../demo/person.ts';
import type { Endpoints } from '../up/endpoints.ts';
import { ROOT } from '../up/paths.ts';
import { startStack } from '../up/stack.ts';
import { takeConsole } from './console.ts';

const DIRECTORY = join(ROOT, 'docs', 'screens');
/** A page with ten of them is still quick. */
const MAX_BYTES = 60_000;
/** A small phone, CSS pixels. */
const SIZE = { width: 360, height: 720 };

const line = (sequence: number, description: string, quantity: string, unit: string, price: string) => ({
  sequence,
  description,
  quantity,
  unit,
  price,
  currency: 'USD',
});
const HISTORY = [{ goods: [line(1, '兒童洋裝', '2', 'PCE', '38.00')] }];
const WAITING = [
  {
    goods: [
      line(1, '運動鞋（黑色，尺寸 26.5）', '1', 'PR', '71.00'),
      line(2, 'cotton socks 棉襪', '5', 'PR', '14.50'),
    ],
  },
  { goods: [line(1, '無線耳機', '1', 'PCE', '129.90')], consignor: { name: 'Hifi Store', country: 'US' } },
];

async function take(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const path = join(DIRECTORY, `${name}-${colorScheme}.png`);
    await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
    const { size } = statSync(path);
    console.log(
      `docs/screens/${name}-${colorScheme}.png  ${size} bytes${size > MAX_BYTES ? ', too large' : ''}`,
    );
    if (size > MAX_BYTES) process.exitCode = 1;
  }
}

async function takeApp(browser: Browser, endpoints: Endpoints): Promise<void> {
  const world = { browser, app: endpoints.app, push: endpoints.push };
  const stranger = await openPhone(world);
  await show(stranger, '/');
  await take(stranger.page, 'welcome');

  const handset = await registeredImporter(endpoints);
  for (const id of await askAbout(endpoints, handset, HISTORY)) await handset.decide(id, 'confirmed');
  const [first = ''] = await askAbout(endpoints, handset, WAITING);
  const phone = await openPhone(world);
  await phone.adopt(handset);
  await show(phone, '/inbox');
  await phone.page.locator('a[href^="/d/"]').first().waitFor();
  await take(phone.page, 'inbox');
  await show(phone, `/d/${first}`);
  const confirm = phone.page.locator('.actions .button-primary');
  await phone.page.locator('.goods').waitFor();
  await take(phone.page, 'declaration');
  await readTo(phone.page, confirm);
  await confirm.click();
  await phone.page.locator('.step-done').nth(2).waitFor();
  await take(phone.page, 'confirmed');
  await show(phone, '/history');
  await phone.page.locator('a[href^="/history/"]').nth(1).waitFor();
  await take(phone.page, 'history');
}

async function show(phone: Phone, path: string): Promise<void> {
  await phone.page.setViewportSize(SIZE);
  await phone.open(path);
  await phone.page.locator('h1').waitFor();
}

/** Until everything was seen, and can be signed. */
async function readTo(page: Page, confirm: ReturnType<Page['locator']>): Promise<void> {
  while (!(await confirm.isVisible())) {
    await page.mouse.wheel(0, 300);
    await page.waitForTimeout(500);
  }
}

mkdirSync(DIRECTORY, { recursive: true });
const [only] = process.argv.slice(2);
const dataDir = mkdtempSync(join(tmpdir(), 'consentry-screens-'));
const browser = await launchBrowser();
const stack = await startStack({ dataDir, env: { LOG_LEVEL: 'warn' } });
try {
  const { endpoints } = stack;
  const world = { browser, app: endpoints.app, push: endpoints.push };
  if (only !== 'app') await takeConsole(world, endpoints, take);
  if (only !== 'console') await takeApp(browser, endpoints);
} finally {
  await browser.close();
  await stack.stop();
  removeData(dataDir);
}
