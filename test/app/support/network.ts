/** A phone's connection: none, slow, or one that breaks where a test wants it to. */
import type { BrowserContext, CDPSession } from 'playwright-core';

export interface Network {
  /** No connection at all: pages, and the service worker, reach nothing. */
  offline(): Promise<void>;
  online(): Promise<void>;
  /** As in a lift: so many ms each way more, so many kbit/s. Of this page's own requests. */
  slow(conditions?: { latencyMs?: number; kbitPerSecond?: number }): Promise<void>;
  /** As fast as it is. */
  fast(): Promise<void>;
  /** Requests whose address fits break off before they leave. Returns how to mend it. */
  abort(address: string | RegExp): Promise<() => Promise<void>>;
  /** Requests whose address fits act, but their answers never arrive. Returns how to mend it. */
  loseAnswer(address: string | RegExp): Promise<() => Promise<void>>;
}

export function networkOf(context: BrowserContext, cdp: CDPSession): Network {
  const emulate = async (latency: number, bytesPerSecond: number) => {
    await cdp.send('Network.enable');
    await cdp.send('Network.emulateNetworkConditions', {
      offline: false,
      latency,
      downloadThroughput: bytesPerSecond,
      uploadThroughput: bytesPerSecond,
    });
  };
  const cut = async (offline: boolean) => {
    await context.setOffline(offline);
    // What pages read as `navigator.onLine`: by itself it is forgotten at the next navigation.
    const unlimited = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    await cdp.send('Network.enable');
    await cdp.send('Network.overrideNetworkState', { offline, ...unlimited });
  };
  const intercept = async (
    address: string | RegExp,
    handler: Parameters<BrowserContext['route']>[1],
  ): Promise<() => Promise<void>> => {
    await context.route(address, handler);
    return () => context.unroute(address, handler);
  };
  return {
    offline: () => cut(true),
    online: () => cut(false),
    slow: ({ latencyMs = 400, kbitPerSecond = 400 } = {}) => emulate(latencyMs, (kbitPerSecond * 1000) / 8),
    fast: () => emulate(0, -1),
    abort: (address) => intercept(address, (route) => route.abort('connectionfailed')),
    loseAnswer: (address) =>
      intercept(address, async (route) => {
        await route.fetch();
        await route.abort('connectionreset');
      }),
  };
}
