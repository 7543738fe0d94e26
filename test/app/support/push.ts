/** Web Push as a phone receives it: subscribes at the sandbox, reads what arrived, and hands it to the service worker. */
import { readFileSync } from 'node:fs';
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { call } from '../../support/stand-in.ts';
import { readPushMessage } from './rfc8291.ts';

const script = (name: string) => readFileSync(new URL(`./page/${name}.js`, import.meta.url), 'utf8');
const PUSH_MANAGER = script('push-manager');
/** A function: the comment before it is no part of it. */
const TAP = script('tap-notification')
  .replace(/^\/\*[\s\S]*?\*\/\s*/, '')
  .replace(/;\s*$/, '');
const SHOWN = `navigator.serviceWorker.ready
  .then((registration) => registration.getNotifications())
  .then((shown) => shown.map(({ title, body, tag, lang }) => ({ title, body, tag, lang })))`;

export interface SandboxSubscription {
  id: string;
  endpoint: string;
  keys: { p256dh: string; auth: string };
  /** The phone's own; a real push service never has it. */
  privateKey: string;
}

export interface PushMessage {
  at: string;
  headers: Record<string, string>;
  /** What the phone reads. */
  text: string;
}

export interface PushInbox {
  /** What the app subscribed last, unless it unsubscribed. */
  subscription(): SandboxSubscription | undefined;
  /** Everything that arrived for it, oldest first, decrypted with the phone's own keys. */
  messages(): Promise<PushMessage[]>;
  /** The push service ends the subscription; the app is not told. */
  expire(): Promise<void>;
  /** The phone wakes the app's service worker with it. */
  deliver(message: PushMessage | string): Promise<void>;
  /** Notifications that the phone shows now. */
  shown(): Promise<ShownNotification[]>;
  /** The person touches a notification (the newest, or that of a tag). The path that opens; null: in the page that is open. */
  tap(tag?: string): Promise<string | null>;
}

export interface ShownNotification {
  title: string;
  body: string;
  tag: string;
  lang: string;
}

interface ServiceWorkerRegistration {
  registrationId: string;
  scopeURL: string;
  isDeleted: boolean;
}

/** Before the context's first page. */
export async function stubPushManager(context: BrowserContext, push: string) {
  let current: (SandboxSubscription & { applicationServerKey: string }) | undefined;
  const reach = async (what: 'subscribe' | 'unsubscribe' | 'current', applicationServerKey = '') => {
    if (what === 'unsubscribe') {
      const was = current;
      current = undefined;
      if (was) await call('DELETE', `${push}/_control/subscriptions/${was.id}`);
      return was !== undefined;
    }
    if (what === 'subscribe' && !current) {
      const answer = await call('POST', `${push}/_control/subscriptions`, { body: { applicationServerKey } });
      current = { ...answer.body, applicationServerKey };
    }
    // The private key stays with the phone.
    return (
      current && {
        endpoint: current.endpoint,
        keys: current.keys,
        applicationServerKey: current.applicationServerKey,
      }
    );
  };
  await context.exposeFunction('consentrySandboxPush', reach);
  await context.addInitScript({ content: PUSH_MANAGER });
  return { subscription: (): SandboxSubscription | undefined => current };
}

/** `origin`: the app's. `cdp`: the page's. */
export async function pushInbox(
  { subscription }: { subscription(): SandboxSubscription | undefined },
  { page, cdp, origin, push }: { page: Page; cdp: CDPSession; origin: string; push: string },
): Promise<PushInbox> {
  const registrations = new Map<string, ServiceWorkerRegistration>();
  cdp.on('ServiceWorker.workerRegistrationUpdated', (event) => {
    for (const registration of event.registrations)
      registrations.set(registration.registrationId, registration);
  });
  await cdp.send('ServiceWorker.enable');
  const appWorker = () => {
    const found = [...registrations.values()].findLast(
      ({ scopeURL, isDeleted }) => !isDeleted && scopeURL.startsWith(`${origin}/`),
    );
    if (!found) throw new Error('the app has registered no service worker');
    return found.registrationId;
  };
  const subscribed = () => {
    const found = subscription();
    if (!found) throw new Error('the app has not subscribed');
    return found;
  };
  return {
    subscription,
    messages: async () => {
      const { endpoint, privateKey, keys } = subscribed();
      const path = `/_control/messages?subscription=${encodeURIComponent(endpoint)}`;
      const { body } = await call('GET', `${push}${path}`);
      const messages: { at: string; headers: Record<string, string>; body: string }[] = body;
      return messages.map(({ at, headers, body: bytes }) => {
        const read = readPushMessage(Buffer.from(bytes, 'base64'), { privateKey, auth: keys.auth });
        return { at, headers, text: read.toString('utf8') };
      });
    },
    expire: async () => void (await call('DELETE', `${push}/_control/subscriptions/${subscribed().id}`)),
    deliver: async (message) => {
      const data = typeof message === 'string' ? message : message.text;
      await cdp.send('ServiceWorker.deliverPushMessage', { origin, registrationId: appWorker(), data });
    },
    shown: () => page.evaluate<ShownNotification[]>(SHOWN),
    tap: async (tag = '') => {
      const worker = page
        .context()
        .serviceWorkers()
        .find((one) => one.url().startsWith(`${origin}/`));
      if (!worker) throw new Error('the app has no service worker');
      return worker.evaluate<string | null>(`(${TAP})(${JSON.stringify(tag)})`);
    },
  };
}
