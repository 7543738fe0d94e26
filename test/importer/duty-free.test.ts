import { afterAll, beforeAll, expect, test } from 'vitest';
import { halfYearOf } from '../../domain/duty-free.ts';
import { taiwanDay } from '../../domain/taiwan-day.ts';
import { createImporterWorld, type ImporterWorld, importer } from '../support/importer-world.ts';

let world: ImporterWorld;
beforeAll(async () => {
  world = await createImporterWorld();
});
afterAll(() => world?.close());

const today = taiwanDay(Date.now());
const worth = (price: string, currency = 'USD', importDate = today) => ({
  importDate,
  goods: [{ sequence: 1, description: 'tea', quantity: '1', unit: 'PCE', price, currency }],
});

test('the duty-free counter counts what its person confirmed in this half-year, up to NT$2,000 each', async () => {
  const { api, db, shown } = world;
  const [person, other] = [await importer(api, db), await importer(api, db)];
  const { from, to } = halfYearOf(today);
  const answered = [
    worth('10'),
    worth('2000', 'TWD'),
    worth('62.31'),
    worth('10', 'CHF'),
    // Of another half-year.
    worth('10', 'USD', '2020-01-01'),
  ];
  for (const declared of answered) await (await shown(person, declared)).answer();
  await (await shown(person, worth('10'))).answer('declined');
  // Waits for an answer; is somebody else's.
  await shown(person, worth('10'));
  await (await shown(other, worth('10'))).answer();
  expect(await person.handset.call('GET', '/app/duty-free')).toEqual({
    from,
    to,
    limit: 6,
    counted: 2,
    undetermined: 1,
  });
});
