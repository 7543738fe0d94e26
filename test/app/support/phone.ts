/** A person's phone: one browser profile with the app in it, an authenticator, push and a connection. */
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import type { Handset } from '../../../sandbox/handset/handset.ts';
import { addAuthenticator, cdpOf, passkeyOf, type VirtualAuthenticator } from './authenticator.ts';
import { type Network, networkOf } from './network.ts';
import { type PushInbox, pushInbox, type SandboxSubscription, stubPushManager } from './push.ts';

export type Locale = 'zh-TW' | 'en';
export type Theme = 'light' | 'dark';

export interface PhoneOptions {
  /** Language of the phone. */
  locale?: Locale;
  theme?: Theme;
  /** CSS pixels across. */
  width?: number;
  /** Zoom of the browser: at 2 (200 %) half as many CSS pixels are left. */
  zoom?: number;
  /** What the person answers, or has answered, when asked for notifications. */
  notifications?: 'granted' | 'denied';
}

export interface PhoneWorld {
  browser: Browser;
  /** Origin of the app. */
  app: string;
  /** Origin of the sandbox's push service. */
  push: string;
}

export interface Phone {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly locale: Locale;
  readonly cdp: CDPSession;
  readonly authenticator: VirtualAuthenticator;
  readonly network: Network;
  readonly push: PushInbox;
  /** What the browser complained of so far: errors of scripts, violations of the content security policy. */
  readonly complaints: readonly string[];
  /** Opens a page of the app. */
  open(path?: string): Promise<void>;
  /**
   * Logs in without the app's screens: the handset's session and passkeys come to this phone. The handset keeps its
   * session, but must not sign any more.
   */
  adopt(handset: Handset): Promise<void>;
  close(): Promise<void>;
}

const HEIGHT = 844;
const WIDTH = 390;
/** In which a phone's browser calls itself; what it is named by among a person's devices. */
const userAgent = (version: string) =>
  `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version.split('.')[0]}.0.0.0 Mobile Safari/537.36`;

export async function openPhone(world: PhoneWorld, options: PhoneOptions = {}): Promise<Phone> {
  const { locale = 'zh-TW', notifications = 'granted' } = options;
  const context = await newProfile(world, options);
  if (notifications === 'granted') await context.grantPermissions(['notifications'], { origin: world.app });
  const stub = await stubPushManager(context, world.push);
  const page = await context.newPage();
  const complaints = listen(page);
  const cdp = await cdpOf(page);
  const authenticator = await addAuthenticator(cdp);
  return {
    page,
    context,
    locale,
    cdp,
    authenticator,
    network: networkOf(context, cdp),
    push: await pushInbox(stub, { page, cdp, origin: world.app, push: world.push }),
    complaints,
    open: async (path = '/') => void (await page.goto(`${world.app}${path}`)),
    adopt: async (handset) => {
      await context.addCookies(sessionCookies(handset, world.app));
      await authenticator.add(handset.state().credentials.map(passkeyOf));
    },
    close: () => context.close(),
  };
}

async function newProfile(
  { browser }: PhoneWorld,
  { locale = 'zh-TW', theme = 'light', width = WIDTH, zoom = 1 }: PhoneOptions,
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: Math.round(width / zoom), height: Math.round(HEIGHT / zoom) },
    deviceScaleFactor: zoom,
    hasTouch: true,
    locale: locale === 'en' ? 'en-US' : locale,
    timezoneId: 'Asia/Taipei',
    colorScheme: theme,
    userAgent: userAgent(browser.version()),
  });
  context.setDefaultTimeout(15_000);
  return context;
}

function listen(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`);
  });
  return complaints;
}

/** The handset's session, as a browser's context takes it. */
export function sessionCookies(handset: Handset, app: string) {
  const session = handset.browser.cookie(app, 'session');
  if (!session) throw new Error('the handset is not logged in');
  const cookie = { name: 'session', value: session, url: app, httpOnly: true };
  return [{ ...cookie, sameSite: 'Strict' as const }];
}

export type { PushInbox, SandboxSubscription };
