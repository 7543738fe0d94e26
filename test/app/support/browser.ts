/** The browser that tests of the app run in: Debian's Chromium, driven over the DevTools protocol. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];
const DEBIAN = '/usr/bin/chromium';

/** No sandbox of its own (root in containers has none), no GPU, and no calls home. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const MISSING =
  'These tests need Chromium: install it (Debian: apt-get install chromium fonts-noto-cjk), or name it in CHROMIUM_PATH.';

/** Path of the browser: `CHROMIUM_PATH`, else the one on this machine. Throws one sentence that says what to install. */
export function chromiumPath(env: NodeJS.ProcessEnv = process.env): string {
  const onPath = (env.PATH ?? '')
    .split(delimiter)
    .flatMap((directory) => NAMES.map((name) => join(directory, name)));
  const candidates = env.CHROMIUM_PATH ? [env.CHROMIUM_PATH] : [DEBIAN, ...onPath];
  const found = candidates.find(isExecutable);
  if (!found) throw new Error(MISSING);
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Starts one; it ends with `close()`, and with this process. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath(), args: ARGUMENTS });
