/** The page's side of the service worker: registered, told the language, asked to take over when the person says so. */
import { locale, onLocale } from '../i18n/index.ts';
import { navigate } from '../router.ts';
import { createStore } from '../store.ts';
import { keepLocale } from './kept-locale.ts';

const FILE = '/sw.js';

/** A newer version of the app is there, and waits. */
export const updateWaits = createStore(false);
let waiting: ServiceWorker | null = null;

export function startServiceWorker(): void {
  if (!('serviceWorker' in navigator)) return;
  const tell = () => void keepLocale(locale()).catch(() => {});
  tell();
  onLocale(tell);
  navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent<{ open?: string }>) => {
    if (data.open) navigate(data.open);
  });
  navigator.serviceWorker
    .register(trustedScript(FILE), { updateViaCache: 'none' })
    .then(watch)
    // Private windows and the like: the app works without.
    .catch(() => {});
}

/** A worker that is installed beside the active one is a new version. */
function watch(registration: ServiceWorkerRegistration): void {
  const look = () => {
    waiting = registration.active ? registration.waiting : null;
    updateWaits.set(waiting !== null);
  };
  look();
  registration.addEventListener('updatefound', () =>
    registration.installing?.addEventListener('statechange', look),
  );
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') registration.update().catch(() => {});
  });
}

/** The new version takes over, and the page is loaded anew with it. */
export function takeUpdate(): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  waiting?.postMessage({ take: true });
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): {
    createScriptURL(url: string): string;
  };
}

/** The Content-Security-Policy lets no other text become an address of a script (Trusted Types). */
function trustedScript(file: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy('service-worker', {
    createScriptURL: (url) => {
      if (url !== FILE) throw new TypeError('not our service worker');
      return url;
    },
  });
  return policy?.createScriptURL(file) ?? file;
}
