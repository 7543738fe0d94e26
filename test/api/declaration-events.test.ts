/** `GET /v1/declarations/{id}/events`: what happened to one, from its beginning. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiWorld, createApiWorld } from '../support/api-world.ts';
import { type BrokerClient, connectBroker } from '../support/broker-client.ts';
import { BOX_NUMBER } from '../support/poa-fixtures.ts';
import type { Answer } from '../support/stand-in.ts';

let world: ApiWorld;
let broker: BrokerClient;
beforeAll(async () => {
  world = await createApiWorld();
  broker = await connectBroker(world.url, world.pool, BOX_NUMBER);
});
afterAll(() => world?.close());

describe('events', () => {
  test('begin with declaration.received', async () => {
    const { body } = await broker.declare();
    const events = await broker.get(`/v1/declarations/${body.declarationId}/events`);
    expect(events.body).toEqual({
      items: [{ type: 'declaration.received', at: expect.any(String), version: 1, data: {} }],
      nextCursor: null,
    });
  });

  test('of a declaration that was amended all day come page by page, and 200 of them to whoever names no limit', async () => {
    const { declarationId } = (await broker.declare()).body;
    await world.pool.query(
      `INSERT INTO events (declaration_id, type, version) SELECT $1, 'declaration.amended', n FROM generate_series(2, 205) n`,
      [declarationId],
    );
    const path = `/v1/declarations/${declarationId}/events`;
    const versions = ({ body }: Answer) => body.items.map(({ version }: { version: number }) => version);
    const unlimited = await broker.get(path);
    expect(versions(unlimited)).toHaveLength(200);
    const seen: number[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Answer = await broker.get(`${path}?limit=100${cursor && `&cursor=${cursor}`}`);
      seen.push(...versions(page));
      cursor = page.body.nextCursor;
    }
    expect(seen).toEqual(Array.from({ length: 205 }, (_, i) => i + 1));
    const rest = await broker.get(`${path}?cursor=${unlimited.body.nextCursor}`);
    expect([versions(rest), rest.body.nextCursor]).toEqual([[201, 202, 203, 204, 205], null]);
    for (const bad of ['limit=0', 'limit=201', 'cursor=abc'])
      expect([bad, (await broker.get(`${path}?${bad}`)).status]).toEqual([bad, 400]);
  });
});
