/**
 * Runs in every page before its own script. A real `PushManager` subscribes at the push service of the browser's vendor;
 * this one at the sandbox's, which `consentrySandboxPush` (push.ts) reaches. As the real one it asks for permission.
 */
(() => {
  if (!globalThis.PushManager) return;
  const bytesOf = (base64url) =>
    Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const base64urlOf = (source) => {
    if (typeof source === 'string') return source;
    const bytes = new Uint8Array(ArrayBuffer.isView(source) ? source.buffer : source);
    return btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '');
  };

  const subscriptionOf = (json) =>
    json && {
      endpoint: json.endpoint,
      expirationTime: null,
      options: { userVisibleOnly: true, applicationServerKey: bytesOf(json.applicationServerKey).buffer },
      getKey: (name) => bytesOf(json.keys[name]).buffer,
      toJSON: () => ({ endpoint: json.endpoint, expirationTime: null, keys: json.keys }),
      unsubscribe: () => globalThis.consentrySandboxPush('unsubscribe'),
    };

  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey } = {}) => {
    if (!userVisibleOnly) throw new DOMException('Only with userVisibleOnly.', 'NotAllowedError');
    const permission = await Notification.requestPermission();
    if (permission !== 'granted') throw new DOMException('Permission denied.', 'NotAllowedError');
    return subscriptionOf(
      await globalThis.consentrySandboxPush('subscribe', base64urlOf(applicationServerKey)),
    );
  };
  PushManager.prototype.getSubscription = async () =>
    subscriptionOf(await globalThis.consentrySandboxPush('current'));
})();
