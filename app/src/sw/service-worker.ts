/// <reference lib="webworker" />
/**
 * Keeps the app's shell, so that it opens at once and without a network, and shows what is pushed. Calls of the API are
 * never answered from here. Web Push: RFC 8030, Push API; no library.
 */
import { notification as en } from '../i18n/notification.en.ts';
import { notification as zhTW } from '../i18n/notification.zh-TW.ts';
import { isAppPath, PATHS } from '../paths.ts';
import { keptLocale } from './kept-locale.ts';

declare const self: ServiceWorkerGlobalScope;

const CACHE = `consentry-shell-${__BUILD__}`;
const SHELL = '/';

self.addEventListener('install', (event) => {
  const fresh = __SHELL__.map((address) => new Request(address, { cache: 'reload' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(forgetOlder().then(() => self.clients.claim()));
});

async function forgetOlder(): Promise<void> {
  const names = await caches.keys();
  const older = names.filter((name) => name.startsWith('consentry-shell-') && name !== CACHE);
  await Promise.all(older.map((name) => caches.delete(name)));
}

self.addEventListener('message', ({ data }) => {
  if ((data as { take?: boolean })?.take) void self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate' && isAppPath(pathname)) event.respondWith(kept(SHELL, request));
  else if (__SHELL__.includes(pathname)) event.respondWith(kept(pathname, request));
});

async function kept(address: string, request: Request): Promise<Response> {
  return (await caches.match(address, { cacheName: CACHE })) ?? fetch(request);
}

// Push ----------------------------------------------------------------------------------------------------------------

const KINDS = ['ask', 'reminder', 'withdrawn', 'recovered', 'phone-change'] as const;
type Kind = (typeof KINDS)[number];

interface Pushed {
  notificationId: string;
  declarationId?: string;
  kind: Kind;
  /** It stands for several declarations, which are in the inbox. */
  several?: boolean;
}

self.addEventListener('push', (event) => {
  const pushed = event.data?.json() as Pushed | undefined;
  if (pushed) event.waitUntil(show(pushed));
});

/** One message per declaration, or for several: a newer one takes the place of the older. */
async function show({ notificationId, declarationId, kind, several = false }: Pushed): Promise<void> {
  const english = (await keptLocale()) === 'en';
  const words = english ? en : zhTW;
  const known = KINDS.includes(kind) ? kind : 'ask';
  const text = several && known === 'ask' ? 'several' : known;
  const options: NotificationOptions & { renotify: boolean } = {
    body: String(words[`notification.${text}.body`]),
    lang: english ? 'en' : 'zh-Hant-TW',
    tag: several ? 'several' : (declarationId ?? known),
    renotify: true,
    icon: '/icon-192.png',
    badge: '/badge.png',
    data: {
      open: several
        ? PATHS.inbox
        : declarationId
          ? PATHS.declaration.replace(':id', declarationId)
          : PATHS.me,
    },
  };
  await self.registration.showNotification(String(words[`notification.${text}.title`]), options);
  // So that no SMS follows. Logged out, or without a network: then one does, which is well.
  await fetch(`/app/notifications/${encodeURIComponent(notificationId)}/displayed`, {
    method: 'POST',
    keepalive: true,
  }).catch(() => undefined);
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open((event.notification.data as { open: string }).open));
});

async function open(path: string): Promise<void> {
  const [page] = await self.clients.matchAll({ type: 'window', includeUncontrolled: false });
  if (!page) return void (await self.clients.openWindow(path));
  await page.focus();
  page.postMessage({ open: path });
}

self.addEventListener('pushsubscriptionchange', ((
  event: ExtendableEvent & { oldSubscription?: PushSubscription },
) => {
  event.waitUntil(subscribeAnew(event.oldSubscription));
}) as EventListener);

/** The push service ended the subscription: the API is told of the new one. */
async function subscribeAnew(old: PushSubscription | undefined): Promise<void> {
  const applicationServerKey = old?.options.applicationServerKey;
  if (!applicationServerKey) return;
  const fresh = await self.registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey,
  });
  const send = (method: string, body: unknown) =>
    fetch('/app/push-subscriptions', {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  await send('POST', fresh.toJSON());
  await send('DELETE', { endpoint: old.endpoint });
}
