import type { Request } from 'express';

/** Browsers that people know by name; the first that fits, since all of them also name those they descend from. */
const BROWSERS: readonly [string, RegExp][] = [
  ['LINE', /\bLine\//],
  ['Edge', /\bEdg(A|iOS)?\/|Microsoft Edge/],
  ['Opera', /\bOPR\/|\bOpera\b/],
  ['Samsung Internet', /\bSamsungBrowser\/|Samsung Internet/],
  ['Brave', /\bBrave\b/],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS)\//],
  ['Safari', /\bSafari\//],
];

const PLATFORMS: readonly [string, RegExp][] = [
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['ChromeOS', /\bCrOS\b|Chrome ?OS/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMacintosh\b|\bmacOS\b/],
  ['Linux', /\bLinux\b/],
];

/**
 * What a person tells their devices apart by: "Chrome, Android", from the User-Agent and the client hints that browsers
 * send of themselves (RFC 8942, low entropy). Words of these tables alone: no version, no model, nothing of a
 * fingerprint. Null for what is not known.
 */
export function deviceLabel(req: Pick<Request, 'get'>): string | null {
  const header = (name: string) => req.get(name) ?? '';
  const told = `${header('sec-ch-ua')} ${header('sec-ch-ua-platform')} ${header('user-agent')}`;
  const first = (table: typeof BROWSERS) => table.find(([, pattern]) => pattern.test(told))?.[0];
  const known = [first(BROWSERS), first(PLATFORMS)].filter((word) => word !== undefined);
  return known.length > 0 ? known.join(', ') : null;
}
