/** By what callers without a name are told apart in limits: addresses that one customer has plenty of count as one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { networkOfAddress } from '../../api/caller-network.ts';
import { read, sources } from '../architecture/source-files.ts';

const groups = (length: number) =>
  fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
    minLength: length,
    maxLength: length,
  });
const hex = (all: number[]) => all.map((group) => group.toString(16));
/** The writings of RFC 4291 §2.2 and RFC 4007 §11: in full, padded, compressed, of capitals, with a zone. */
const writings = (all: number[]): string[] => {
  const full = hex(all).join(':');
  const padded = hex(all)
    .map((group) => group.padStart(4, '0'))
    .join(':');
  const compressed = new URL(`http://[${full}]/`).hostname.slice(1, -1);
  return [full, padded, compressed, full.toUpperCase(), `${compressed}%eth0`];
};
const isMapped = (all: number[]) => all.slice(0, 5).every((group) => group === 0) && all[5] === 0xffff;

describe('an address of IPv6', () => {
  test('counts as its network of 64 bits, whatever the rest is and however it is written', () => {
    fc.assert(
      fc.property(groups(4), groups(4), groups(4), (network, one, other) => {
        fc.pre(!isMapped([...network, ...one]) && !isMapped([...network, ...other]));
        const told = [...writings([...network, ...one]), ...writings([...network, ...other])].map(
          networkOfAddress,
        );
        expect(new Set(told).size).toBe(1);
      }),
    );
  });

  test('of another network counts apart', () => {
    fc.assert(
      fc.property(groups(8), groups(8), (one, other) => {
        fc.pre(!isMapped(one) && !isMapped(other) && `${one.slice(0, 4)}` !== `${other.slice(0, 4)}`);
        expect(networkOfAddress(hex(one).join(':'))).not.toBe(networkOfAddress(hex(other).join(':')));
      }),
    );
  });
});

describe('an address of IPv4', () => {
  test('counts as itself, also where it is mapped into IPv6', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const mapped = writings([0, 0, 0, 0, 0, 0xffff, a * 256 + b, c * 256 + d]);
        const told = [address, `::ffff:${address}`, `::FFFF:${address}`, ...mapped].map(networkOfAddress);
        expect(new Set(told)).toEqual(new Set([address]));
      }),
    );
  });
});

test('what is no address counts together, so that made-up ones give nobody a limit of their own', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!/^[\d.]+$|:/.test(text));
      expect(networkOfAddress(text)).toBe(networkOfAddress(''));
    }),
  );
  expect(networkOfAddress('192.0.2.1:4711')).toBe(networkOfAddress(''));
});

test('no limit reads an address past it', () => {
  const readers = sources.filter((file) => file.startsWith('api/') && /\breq\.ips?\b/.test(read(file)));
  expect(readers).toEqual(['api/caller-network.ts']);
});
