/** One load of a page as a phone has it: what came over the network, and when the person could act. */
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, CDPSession } from 'playwright-core';
import { median } from '../load.ts';

const INTERACTIVE = readFileSync(new URL('./interactive.js', import.meta.url), 'utf8');

/** A connection and a processor. */
export interface Profile {
  /** Round trip, ms. */
  rttMs: number;
  kbitPerSecond: number;
  /** How many times slower than this machine. */
  cpuSlowDown: number;
}

/** Lighthouse's "slow 4G": what mobile pages are measured by. */
export const SLOW_4G = { rttMs: 150, kbitPerSecond: 1600 };

const SPEED = readFileSync(new URL('./speed.js', import.meta.url), 'utf8');

/** The speed of this machine's browser, as Lighthouse's BenchmarkIndex counts it; the median of three. */
export async function browserSpeed(browser: Browser): Promise<number> {
  const page = await browser.newPage();
  const speeds: number[] = [];
  for (let run = 0; run < 3; run++) speeds.push(await page.evaluate<number>(SPEED));
  await page.close();
  return median(speeds);
}

/**
 * How many times slower this browser has to be made to be one of a mid-range phone, by Lighthouse's calculator
 * (docs/throttling.md, "Calibrating the CPU slowdown"): 4 on a fast desktop, 2 on a slow one.
 */
export function midRangeSlowDown(speed: number): number {
  if (speed >= 1300) return 3 + (speed - 1300) / 233;
  if (speed >= 800) return 2 + (speed - 800) / 500;
  return Math.max(1, 1 + (speed - 150) / 650);
}

export interface Load {
  /** From the start of the navigation, ms. */
  interactiveMs: number;
  firstPaintMs: number;
  /** Over the network, compressed, with headers; by type of resource (`Script`, `Document`, …). */
  bytes: Record<string, number>;
}

/** Opens the address in a new page of the context, nothing in its memory but what the context keeps. */
export async function measureLoad(
  context: BrowserContext,
  address: string,
  profile: Profile | null = null,
): Promise<Load> {
  const page = await context.newPage();
  try {
    const cdp = await context.newCDPSession(page);
    const bytes = await countBytes(cdp);
    if (profile) await throttle(cdp, profile);
    await page.addInitScript({ content: INTERACTIVE });
    await page.goto(address, { waitUntil: 'commit' });
    const interactiveMs = await page.evaluate<number>('consentryInteractive');
    const firstPaintMs = await page.evaluate<number>(
      `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0`,
    );
    return { interactiveMs, firstPaintMs, bytes };
  } finally {
    await page.close();
  }
}

/** A phone without anything of the app in it. */
export const newContext = (browser: Browser): Promise<BrowserContext> =>
  browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'zh-TW', timezoneId: 'Asia/Taipei' });

async function countBytes(cdp: CDPSession): Promise<Record<string, number>> {
  const bytes: Record<string, number> = {};
  const types = new Map<string, string>();
  cdp.on('Network.responseReceived', ({ requestId, type }) => types.set(requestId, type));
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const type = types.get(requestId) ?? 'Other';
    bytes[type] = (bytes[type] ?? 0) + encodedDataLength;
  });
  await cdp.send('Network.enable');
  return bytes;
}

async function throttle(cdp: CDPSession, { rttMs, kbitPerSecond, cpuSlowDown }: Profile): Promise<void> {
  const throughput = (kbitPerSecond * 1000) / 8;
  await cdp.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: rttMs,
    downloadThroughput: throughput,
    uploadThroughput: throughput,
  });
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: cpuSlowDown });
}
