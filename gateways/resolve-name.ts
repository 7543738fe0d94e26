/**
 * Names that strangers chose, such as those of webhook and push endpoints. Not by `getaddrinfo`, which Node has four threads for:
 * a few names whose servers never answer would keep every other name, and every file, waiting.
 */
import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';

/** For one question to one name server, ms; asked twice. */
const ANSWER_WITHIN_MS = 2_000;
const TRIES = 2;

const resolver = new Resolver({ timeout: ANSWER_WITHIN_MS, tries: TRIES });

/** RFC 6761 §6.3: no name server is asked about it. */
const LOCALHOST: LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];
const isLocalhost = (name: string) => /^(.+\.)?localhost\.?$/i.test(name);

/** All addresses of a name, of both families. Throws the name service's error when there is none. */
export async function resolveName(name: string): Promise<LookupAddress[]> {
  if (isLocalhost(name)) return LOCALHOST;
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const found = [
    ...(four.status === 'fulfilled' ? four.value.map((address) => ({ address, family: 4 })) : []),
    ...(six.status === 'fulfilled' ? six.value.map((address) => ({ address, family: 6 })) : []),
  ];
  if (found.length === 0 && four.status === 'rejected') throw four.reason;
  return found;
}
