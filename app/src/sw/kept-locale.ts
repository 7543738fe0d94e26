/** The language of the app, where the service worker finds it when a message comes and no page is open. */
const CACHE = 'consentry-settings';
const ENTRY = '/locale';

export async function keepLocale(locale: string): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.put(ENTRY, new Response(locale));
}

/** Undefined before a page has told. */
export async function keptLocale(): Promise<string | undefined> {
  const kept = await caches.match(ENTRY, { cacheName: CACHE });
  return kept?.text();
}
