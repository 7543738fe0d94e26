/**
 * Addresses that strangers name (push endpoints, webhooks) must lead out to the internet, never inside (SSRF). The name
 * is resolved once and the connection made to the very addresses that were checked, so that a second look-up cannot
 * bring another.
 */
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';
import { resolveName } from './resolve-name.ts';

/** Special-purpose addresses that are not reachable across the internet (IANA registries, RFC 6890). */
const INSIDE_4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;
/** Global unicast is 2000::/3; inside it, what embeds or documents other addresses is left out. */
const OUTSIDE_6 = ['2000::', 3] as const;
const INSIDE_6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const inside = new BlockList();
for (const [network, prefix] of INSIDE_4) inside.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of INSIDE_6) inside.addSubnet(network, prefix, 'ipv6');
const outside6 = new BlockList();
outside6.addSubnet(...OUTSIDE_6, 'ipv6');

/** Whether an IP address is one of the public internet. IPv4 addresses mapped into IPv6 are not: nobody needs them. */
export const isPublicAddress = (address: string): boolean =>
  isIPv6(address)
    ? outside6.check(address, 'ipv6') && !inside.check(address, 'ipv6')
    : !inside.check(address, 'ipv4');

/**
 * Networks in CIDR notation, such as `10.20.0.0/16`, that strangers' addresses may lead into although they are inside. Throws
 * on what is none.
 */
export function networksOf(list: readonly string[]): BlockList {
  const networks = new BlockList();
  for (const network of list) {
    const [address = '', prefix = ''] = network.split('/');
    if (!isIP(address) || !/^\d+$/.test(prefix)) throw new Error(`${network} is no network in CIDR notation`);
    networks.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return networks;
}

/** The address leads inside, or is not https on its usual form. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/**
 * Checks a stranger's URL: https, no credentials, every address public. Returns the look-up to connect with.
 * Throws `AddressRefused`; a name that does not resolve throws the resolver's error.
 */
export async function publicLookup(url: URL): Promise<LookupFunction> {
  if (url.protocol !== 'https:' || url.username || url.password) throw new AddressRefused('not plain https');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  const addresses = family ? [{ address: host, family }] : await resolveName(host);
  if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address))) {
    throw new AddressRefused('not a public address');
  }
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (options.all) callback(null, addresses);
    else if (first) callback(null, first.address, first.family);
  };
}
