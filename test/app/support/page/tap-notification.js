/**
 * Evaluated in the service worker: what a touch of a notification does. Headless Chromium shows none that could be touched,
 * so the worker's own handler is called, and where it opens or focuses a window, for which the browser wants a real touch,
 * that is noted instead. Returns the path that it opened, or null when it went to a page that was there.
 */
async (tag) => {
  const [notification] = await self.registration.getNotifications(tag ? { tag } : {});
  if (!notification) throw new Error('no such notification');
  const { openWindow } = Clients.prototype;
  const { focus } = WindowClient.prototype;
  const work = [];
  let opened = null;
  Clients.prototype.openWindow = async (path) => {
    opened = path;
    return null;
  };
  WindowClient.prototype.focus = async function focused() {
    return this;
  };
  try {
    const event = new NotificationEvent('notificationclick', { notification });
    event.waitUntil = (promise) => work.push(promise);
    self.dispatchEvent(event);
    await Promise.all(work);
  } finally {
    Object.assign(Clients.prototype, { openWindow });
    Object.assign(WindowClient.prototype, { focus });
  }
  return opened;
};
