/** Evidence packs cost a processor: a broker has one rate for them, whichever way its people and its systems ask. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PACK_COST } from '../../domain/limits.ts';
import { type BrokerClient, connectBroker } from '../support/broker-client.ts';
import { type Colleague, joined } from '../support/console-world.ts';
import { createImporterWorld, type ImporterWorld } from '../support/importer-world.ts';

const PACKS_PER_SECOND = 3;
const NOBODY = '01900000-0000-7000-8000-000000000001';
const PATH = `/declarations/${NOBODY}/poa/evidence`;

let world: ImporterWorld;
let system: BrokerClient;
let colleague: Colleague;
beforeAll(async () => {
  world = await createImporterWorld({ settings: { brokerRateLimit: PACKS_PER_SECOND * PACK_COST } });
  system = await connectBroker(world.api.url, world.db.pool, 'b');
  colleague = await joined({ url: world.api.url, db: world.db }, world.brokerId);
});
afterAll(() => world?.close());

test('packs asked for in the console and by its systems count together', async () => {
  const answers = await Promise.all(
    Array.from({ length: PACKS_PER_SECOND }, () => [
      colleague.client.ask('GET', PATH),
      system.get(`/v1${PATH}`),
    ]).flat(),
  );
  const served = answers.filter(({ status }) => status === 404);
  expect(served).toHaveLength(PACKS_PER_SECOND);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(PACKS_PER_SECOND);
});
