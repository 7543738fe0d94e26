/** What a first load brings over the network, as a browser without anything kept receives it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { measureLoad, newContext } from '../../bench/app/load.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { launchBrowser } from './support/browser.ts';

/** Compressed, with headers: what a slow connection carries in half a second. */
const MAX_SCRIPT_BYTES = 100_000;
const MAX_STYLE_BYTES = 20_000;

let browser: Browser;
let stack: TestStack;
beforeAll(async () => {
  browser = await launchBrowser();
  stack = await startTestStack({ workers: 0 });
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

test.each([
  ['the app', '/'],
  ["a broker's console", '/console/login'],
])(
  '%s weighs less than 100 kB of JavaScript, compressed, and asks for no font, picture or stranger',
  async (_, path) => {
    const context = await newContext(browser);
    const strangers: string[] = [];
    context.on('request', (request) => {
      if (new URL(request.url()).origin !== stack.endpoints.app) strangers.push(request.url());
    });
    const { bytes } = await measureLoad(context, `${stack.endpoints.app}${path}`);
    await context.close();
    expect(bytes.Script).toBeGreaterThan(1_000);
    expect(bytes.Script).toBeLessThan(MAX_SCRIPT_BYTES);
    expect(bytes.Stylesheet).toBeLessThan(MAX_STYLE_BYTES);
    expect(bytes).not.toHaveProperty('Font');
    expect(strangers).toEqual([]);
  },
);
