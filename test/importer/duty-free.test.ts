/** `GET /app/duty-free`: the person's own confirmed imports of this half-year. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../config.ts';
import { halfYearOf } from '../../domain/duty-free.ts';
import { taiwanDay } from '../../domain/taiwan-day.ts';
import type { Handset } from '../../sandbox/handset/handset.ts';
import { createImporterWorld, type ImporterWorld } from '../support/importer-world.ts';

let world: ImporterWorld;
beforeAll(async () => {
  world = await createImporterWorld({ settings: { exchangeRates: { USD: '32.1' } } });
});
afterAll(() => world?.close());

const today = taiwanDay(Date.now());
const count = (handset: Handset) => handset.call('GET', '/app/duty-free');
const goods = (price: string, currency = 'USD') => [
  { sequence: 1, description: 'shoes', quantity: '1', unit: 'PCE', price, currency },
];

test('only what the person confirmed counts, freight included', async () => {
  const [person, other] = [await world.importer(), await world.importer()];
  const half = { ...halfYearOf(today), limit: 6 };
  expect(await count(person.handset)).toEqual({ ...half, counted: 0, undetermined: 0 });
  const declared = (changes: Parameters<typeof world.shown>[1]) =>
    world.shown(person, { importDate: today, goods: goods('62.30'), ...changes });

  await (await declared({})).settle('confirmed');
  await (await declared({ freight: { amount: '1', currency: 'USD' } })).settle('confirmed');
  await (await declared({ goods: goods('1', 'THB') })).settle('confirmed');
  await (await declared({})).settle('declined');
  await (await declared({})).settle('repudiated');
  await (await declared({ importDate: '2020-01-01' })).settle('confirmed');
  await (await declared({})).answer('confirmed');
  await (await world.shown(other, { importDate: today })).settle('confirmed');
  expect(await count(person.handset)).toEqual({ ...half, counted: 1, undetermined: 1 });
});

test('what was set aside does not count', async () => {
  const person = await world.importer();
  const { declarationId, settle } = await world.shown(person, { importDate: today, goods: goods('1') });
  await settle('confirmed', 1, true);
  expect(await count(person.handset)).toMatchObject({ counted: 1 });
  await world.db.pool.query('UPDATE version_outcomes SET set_aside_at = now() WHERE declaration_id = $1', [
    declarationId,
  ]);
  expect(await count(person.handset)).toMatchObject({ counted: 0 });
});

test('needs a login', async () => {
  const { handset } = await world.importer();
  await handset.logout();
  await expect(count(handset)).rejects.toMatchObject({ status: 401 });
});

test.each(['{"USD": 32.1}', '{"USD": "0"}', '{"USD": "-1"}', '{"USD": "1e3"}', '{"usd": "1"}', 'USD'])(
  'rates that are none are told at start: %s',
  (text) => {
    expect(() => readConfig({ CUSTOMS_EXCHANGE_RATES: text })).toThrow('CUSTOMS_EXCHANGE_RATES');
  },
);

test('no rates are none, and well-formed ones are taken', () => {
  for (const text of ['', '{}', '{"USD": "32.1", "JPY": "0.215"}'])
    expect(() => readConfig({ CUSTOMS_EXCHANGE_RATES: text })).not.toThrow('CUSTOMS_EXCHANGE_RATES');
});
