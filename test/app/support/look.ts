/**
 * Looks at a screen as it stands: pictures of it in both themes, what axe-core finds against WCAG 2.2 AA, and whether it
 * stays whole when narrow, when its text is enlarged and when motion is unwanted.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';
import { ROOT } from '../../../scripts/up/paths.ts';
import type { Phone, Theme } from './phone.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WCAG_22_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const THEMES: readonly Theme[] = ['light', 'dark'];
/** 1.4.10 Reflow: CSS pixels across. */
const NARROW = 320;
/** Longest that anything may still move where motion is unwanted, ms: not seen as motion. */
const STILL_MS = 20;

export type Seen = Pick<Phone, 'page' | 'cdp' | 'locale'>;

/**
 * Throws one error that lists every fault of the screen. Pictures go to `.artifacts/screens/<locale>/<name>-<theme>.png`
 * (`SCREENSHOTS_DIR` names another directory).
 */
export async function look(seen: Seen, name: string): Promise<void> {
  const { page } = seen;
  const faults: string[] = [];
  const restore = await unroll(page);
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    faults.push(...(await moving(page)));
    const found = await violations(seen);
    faults.push(...found.map((violation) => `${colorScheme}: ${violation}`));
    await picture(seen, `${name}-${colorScheme}`);
  }
  await restore();
  faults.push(...(await whole(page)));
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  if (faults.length > 0) throw new Error(`${name} (${seen.locale}):\n${faults.join('\n')}`);
}

/**
 * Makes the window as high as the page: what lies under the bar at the bottom now would be judged as covered, although it
 * can be scrolled to. Returns what makes it as it was.
 */
async function unroll(page: Page): Promise<() => Promise<void>> {
  const size = page.viewportSize();
  if (!size) return async () => {};
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width: size.width, height: Math.max(size.height, height) });
  return () => page.setViewportSize(size);
}

/** What axe-core finds, each with its elements. */
export async function violations({ page, cdp }: Pick<Seen, 'page' | 'cdp'>): Promise<string[]> {
  // Past the content security policy, which lets no script in that is not the app's own.
  const { exceptionDetails } = await cdp.send('Runtime.evaluate', { expression: AXE });
  if (exceptionDetails) throw new Error(`axe-core: ${exceptionDetails.text}`);
  const found = await page.evaluate(async (values) => {
    const { axe: checker } = window as unknown as { axe: typeof axe };
    const results = await checker.run({ runOnly: { type: 'tag', values } });
    return results.violations.map(({ id, impact, help, nodes }) => ({
      what: `${id} (${impact}): ${help}`,
      where: nodes.map(({ target, failureSummary }) => `${target}: ${failureSummary?.replace(/\s+/g, ' ')}`),
    }));
  }, WCAG_22_AA);
  return found.map(({ what, where }) => [what, ...where].join('\n    '));
}

/** Two frames: styles that follow the theme have been applied. */
const settled = (page: Page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

async function moving(page: Page): Promise<string[]> {
  await settled(page);
  const found = await page.evaluate((still) => {
    const running = document.getAnimations().filter(({ playState }) => playState === 'running');
    return running.flatMap(({ effect }) => {
      const { activeDuration = 0 } = effect?.getComputedTiming() ?? {};
      const target = effect instanceof KeyframeEffect ? effect.target?.outerHTML.slice(0, 80) : '';
      return Number(activeDuration) > still ? [`moves for ${activeDuration} ms: ${target}`] : [];
    });
  }, STILL_MS);
  return found.map((fault) => `reduced motion: ${fault}`);
}

/** Narrow, and with text of twice its size (1.4.4): nothing sticks out sideways, no text is cut off. */
async function whole(page: Page): Promise<string[]> {
  const size = page.viewportSize();
  if (!size) return [];
  await page.setViewportSize({ width: NARROW, height: size.height });
  const narrow = await overflowing(page);
  await page.setViewportSize(size);
  await enlargeText(page, '200%');
  const enlarged = await overflowing(page);
  await enlargeText(page, '');
  return [
    ...narrow.map((fault) => `at ${NARROW} px: ${fault}`),
    ...enlarged.map((fault) => `at 200 % text: ${fault}`),
  ];
}

async function enlargeText(page: Page, size: string): Promise<void> {
  await page.evaluate((to) => {
    document.documentElement.style.fontSize = to;
  }, size);
}

async function overflowing(page: Page): Promise<string[]> {
  await settled(page);
  return page.evaluate(() => {
    const across = document.documentElement.clientWidth;
    const faults: string[] = [];
    if (document.documentElement.scrollWidth > across)
      faults.push(`the page is ${document.documentElement.scrollWidth} px wide`);
    for (const element of document.body.querySelectorAll<HTMLElement>('*')) {
      const { overflowX, position } = getComputedStyle(element);
      const shown = element.clientWidth > 1 && element.checkVisibility({ visibilityProperty: true });
      const cut = shown && overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1;
      // One line to fill in scrolls with what is written.
      const scrolls = overflowX === 'auto' || overflowX === 'scroll' || element instanceof HTMLInputElement;
      const { left, right, width } = element.getBoundingClientRect();
      const outside = shown && position !== 'static' && width > 1 && (left < -1 || right > across + 1);
      if ((cut && !scrolls) || outside)
        faults.push(`${cut ? 'cut off' : 'sticks out'}: ${element.outerHTML.slice(0, 120)}`);
    }
    return faults;
  });
}

async function picture({ page, locale }: Seen, name: string): Promise<void> {
  const directory = join(process.env.SCREENSHOTS_DIR ?? join(ROOT, '.artifacts', 'screens'), locale);
  mkdirSync(directory, { recursive: true });
  await page.screenshot({
    path: join(directory, `${name}.png`),
    fullPage: true,
    animations: 'disabled',
    caret: 'hide',
  });
}
