/** Webhooks in the console: its people see how endpoints are doing, and what they do about it is recorded. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEndpoint } from '../../db/webhooks/endpoints.ts';
import { sequenceEvents } from '../../db/webhooks/sequence.ts';
import { insertBroker } from '../support/api-world.ts';
import { connectBroker, submission } from '../support/broker-client.ts';
import { joined } from '../support/console-world.ts';
import { createImporterWorld, type ImporterWorld } from '../support/importer-world.ts';

let world: ImporterWorld;
beforeAll(async () => {
  world = await createImporterWorld();
});
afterAll(() => world?.close());

test('a member sees endpoints and messages, without secrets; resuming and sending again are recorded with their name', async () => {
  const { db, api } = world;
  const brokerId = await insertBroker(db, 'HOOKS');
  const broker = await connectBroker(api.url, db.pool, 'HOOKS');
  const url = 'https://broker.example/hook';
  const created = await createEndpoint(db, brokerId, { url, events: null });
  const { declarationId } = (await broker.declare(submission())).body;
  await sequenceEvents(db.pool);
  const { client, userId } = await joined({ url: api.url, db }, brokerId, 'member', '林小姐');
  const id = created?.endpoint.id;
  const listed = await client.call('GET', '/webhook-endpoints');
  expect(listed.items).toMatchObject([{ id, url, events: ['*'], status: 'active' }]);
  expect(JSON.stringify(listed)).not.toContain('whsec_');
  const [message] = (await client.call('GET', `/webhook-endpoints/${id}/deliveries`)).items;
  expect(message).toMatchObject({
    type: 'declaration.received',
    declarationId,
    status: 'waiting',
    attempts: 0,
  });

  await client.call('POST', `/webhook-endpoints/${id}/resumption`);
  expect(
    (await client.ask('POST', `/webhook-endpoints/${id}/deliveries/${message.id}/redelivery`)).status,
  ).toBe(202);
  const acts = (await client.call('GET', '/acts')).items;
  expect(acts.slice(0, 2)).toMatchObject([
    { kind: 'webhook-redelivered', by: { userId, name: '林小姐' } },
    { kind: 'webhook-resumed', by: { userId, name: '林小姐' } },
  ]);
  // By its own system it is nobody's of the console.
  await broker.request('POST', `/v1/webhook-endpoints/${id}/resumption`);
  expect((await client.call('GET', '/acts')).items).toHaveLength(acts.length);
  for (const [method, path] of [
    ['DELETE', `/webhook-endpoints/${id}`],
    ['POST', `/webhook-endpoints/${id}/secret-rotation`],
  ] as const)
    expect((await client.ask(method, path)).status).toBeGreaterThanOrEqual(404);
});
