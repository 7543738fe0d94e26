/** How much one caller may ask under `/app`: per session, else per address. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHandset, type Handset } from '../../sandbox/handset/handset.ts';
import { createImporterWorld, type ImporterWorld } from '../support/importer-world.ts';

const PER_SESSION = 3;
const PER_ADDRESS = 12;

let world: ImporterWorld;
beforeAll(async () => {
  world = await createImporterWorld({
    settings: { importerRateLimit: PER_SESSION, importerAddressRateLimit: PER_ADDRESS, trustedProxies: 1 },
  });
});
afterAll(() => world?.close());

/** Each test has an address of its own. */
let addresses = 0;
const newAddress = () => ({ 'x-forwarded-for': `192.0.2.${++addresses}` });

const burst = async (handset: Handset, times: number, headers: Record<string, string>): Promise<number> => {
  const answers = await Promise.all(
    Array.from({ length: times }, () => handset.ask('GET', '/app/session', { headers })),
  );
  return answers.filter(({ status }) => status === 200).length;
};
const aSecondLater = () => new Promise((resolve) => setTimeout(resolve, 1_100));

/** Somebody whose session this process has seen alive. */
async function known(headers: Record<string, string>): Promise<Handset> {
  const { handset } = await world.importer();
  await handset.ask('GET', '/app/session', { headers });
  return handset;
}

test('people who share an address do not take each other’s calls', async () => {
  const address = newAddress();
  const people = [await known(address), await known(address), await known(address), await known(address)];
  const crowd = PER_ADDRESS + PER_SESSION;
  await aSecondLater();
  // Whoever has no session uses up the address, and takes nothing from them either.
  const nobody = createHandset({ apiUrl: world.api.url, phone: '' });
  await burst(nobody, crowd, address);
  const served = await Promise.all(people.map((person) => burst(person, PER_SESSION, address)));
  expect(served).toEqual(people.map(() => PER_SESSION));
});

test('one session has one limit, from whatever address', async () => {
  const person = await known(newAddress());
  await aSecondLater();
  const [here, there] = await Promise.all([
    burst(person, PER_SESSION + 1, newAddress()),
    burst(person, PER_SESSION + 1, newAddress()),
  ]);
  expect(here + there).toBe(PER_SESSION);
});

test('without a session the address is limited, and the answer says when to come back', async () => {
  const nobody = createHandset({ apiUrl: world.api.url, phone: '' });
  const address = newAddress();
  expect(await burst(nobody, PER_ADDRESS + 4, address)).toBe(PER_ADDRESS);
  const refused = await nobody.ask('GET', '/app/session', { headers: address });
  expect(refused).toMatchObject({ status: 429, body: { type: '/problems/too-many-requests' } });
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.headers.get('ratelimit-policy')).toBe(`"address";q=${PER_ADDRESS};w=1`);
  expect(refused.headers.get('ratelimit')).toBe('"address";r=0;t=1');
});

test('addresses of one customer’s network count together', async () => {
  const answers = await Promise.all(
    Array.from({ length: PER_ADDRESS + 4 }, (_, i) =>
      fetch(`${world.api.url}/app/session`, {
        headers: { 'x-forwarded-for': `2001:db8:1:2:${i.toString(16)}::${i}` },
      }),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(PER_ADDRESS);
});

test('a cookie that somebody made up gives no limit of its own', async () => {
  const address = newAddress();
  const ask = (cookie: string) =>
    fetch(`${world.api.url}/app/session`, { headers: { ...address, cookie: `session=${cookie}` } });
  const answers = await Promise.all(Array.from({ length: PER_ADDRESS + 4 }, (_, i) => ask(`made-up-${i}`)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(PER_ADDRESS);
});

test('a session is told its own limit', async () => {
  const address = newAddress();
  const person = await known(address);
  const { headers } = await person.ask('GET', '/app/session', { headers: address });
  expect(headers.get('ratelimit-policy')).toBe(`"session";q=${PER_SESSION};w=1`);
  expect(headers.get('ratelimit')).toMatch(/^"session";r=\d;t=1$/);
});
