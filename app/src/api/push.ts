/** Web Push on this device: whether it can be, may be, and is. */
import { ApiProblem, api } from './client.ts';
import type { PushKey } from './types.ts';

/**
 * `unsupported` this browser has none · `needs-install` only as an installed app (iOS and iPadOS) · `denied` the person, or
 * the phone, said no · `off` · `on`
 */
export type PushState = 'unsupported' | 'needs-install' | 'denied' | 'off' | 'on';

export async function pushState(): Promise<PushState> {
  if (!('PushManager' in globalThis) || !('serviceWorker' in navigator) || !('Notification' in globalThis)) {
    return isApplePhone() && !isInstalled() ? 'needs-install' : 'unsupported';
  }
  if (Notification.permission === 'denied') return 'denied';
  const subscription = await current();
  return subscription && Notification.permission === 'granted' ? 'on' : 'off';
}

/** Asks for permission where it was not given yet, so only after a tap. Throws as `api`. */
export async function turnOnPush(): Promise<PushState> {
  const permission = await Notification.requestPermission();
  if (permission !== 'granted') return permission === 'denied' ? 'denied' : 'off';
  const { publicKey } = await api.get<PushKey>('/app/push-key');
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytesOf(publicKey),
  });
  await api.post('/app/push-subscriptions', subscription.toJSON());
  return 'on';
}

/** Also where the API cannot be told: what the push service refuses is dropped there. */
export async function turnOffPush(): Promise<PushState> {
  const subscription = await current();
  if (!subscription) return 'off';
  const { endpoint } = subscription;
  await subscription.unsubscribe();
  await api.delete('/app/push-subscriptions', { endpoint }).catch((error: unknown) => {
    if (error instanceof ApiProblem && error.status === 401) throw error;
  });
  return 'off';
}

const current = async (): Promise<PushSubscription | null> => {
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ?? null;
};

/** From base64url. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

/** iPads call themselves Macs, but have several touch points. */
const isApplePhone = (): boolean =>
  /iPhone|iPad/.test(navigator.userAgent) ||
  (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);

const isInstalled = (): boolean => matchMedia('(display-mode: standalone)').matches;
