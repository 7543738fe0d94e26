/**
 * Runs in the page before its own script. A screen counts as interactive when its heading and its first action are
 * painted, nothing says any more that it is loading, and the main thread is free to answer a touch.
 */
(() => {
  const ACTIONS = ['main', 'main ~ *']
    .flatMap((place) => [`${place} a[href]`, `${place} button:not([disabled])`])
    .join();
  const isReady = () => {
    if (!document.querySelector('main h1') || document.querySelector('[aria-busy="true"]')) return false;
    return [...document.querySelectorAll(ACTIONS)].some((action) => action.checkVisibility());
  };
  globalThis.consentryInteractive = new Promise((resolve) => {
    // After the frame in which it was painted, and whatever else held the thread.
    const painted = () => requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
    const watch = new MutationObserver(() => {
      if (!isReady()) return;
      watch.disconnect();
      painted();
    });
    watch.observe(document, { attributes: true, childList: true, subtree: true });
  });
})();
