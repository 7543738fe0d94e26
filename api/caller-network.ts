/** Where a call comes from, for limits of callers who have no name. */
import { isIPv4, isIPv6 } from 'node:net';
import type { Request } from 'express';

export const networkOf = (req: Request): string => networkOfAddress(req.ip ?? '');

/**
 * An IPv4 address, also one mapped into IPv6, is itself. Of IPv6 the network of 64 bits counts: the least that one customer has
 * (RFC 6177), with more addresses in it than any limit could tell apart. What is no address counts together.
 */
export function networkOfAddress(address: string): string {
  const [plain = ''] = address.split('%');
  if (isIPv4(plain)) return plain;
  if (!isIPv6(plain)) return 'unknown';
  const groups = groupsOf(plain);
  return mappedIPv4(groups) ?? `${groups.slice(0, 4).join(':')}::/64`;
}

/** Eight groups in lower-case hexadecimal. The URL parser knows every writing, and leaves one. */
function groupsOf(address: string): string[] {
  const [head = '', tail = ''] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const [left, right] = [head, tail].map((text) => (text === '' ? [] : text.split(':'))) as [
    string[],
    string[],
  ];
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
}

/** Of `::ffff:0:0/96` (RFC 4291 §2.5.5.2), or null. */
function mappedIPv4(groups: readonly string[]): string | null {
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return null;
  return groups
    .slice(6)
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}
