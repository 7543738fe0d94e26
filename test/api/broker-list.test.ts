/** `GET /v1/declarations`: order, pages, filters. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createBroker } from '../../db/brokers.ts';
import { type ApiWorld, createApiWorld } from '../support/api-world.ts';
import { type BrokerClient, connectBroker } from '../support/broker-client.ts';

const HOUR = 3_600_000;
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

interface Plan {
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}
/** Rows that the busiest part of a plan went through. */
const mostRead = (plan: Plan): number =>
  Math.max(
    plan['Actual Loops'] * (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)),
    ...(plan.Plans ?? []).map(mostRead),
  );

/** Declarations of a broker's that expired long ago. */
const withHistory = (clientId: string, many: number) =>
  world.pool.query(
    `INSERT INTO declarations (declaration_id, broker_id, poa_order, functional_reference, master_waybill, house_waybill,
       digest, respond_by, status, finished, waybill_taken)
     SELECT made_id, broker_id, 'declare-first', 'R', '29712345675', 'H' || n, '', now(), 'expired', true, false
     FROM brokers, generate_series(1, $2::int) n,
       LATERAL (SELECT ('01900000-0000-7000-8000-' || substr(md5(client_id || n), 1, 12))::uuid AS made_id) ids
     WHERE client_id = $1`,
    [clientId, many],
  );

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
  world.processes.startPoa = async () => 'started';
});
afterAll(() => world?.close());

describe('the list', () => {
  let mine: BrokerClient;
  const list = (query = '') => mine.get(`/v1/declarations${query}`);
  const idsOf = (body: { items: { declarationId: string }[] }) =>
    body.items.map((item) => item.declarationId);
  const made: string[] = [];
  beforeAll(async () => {
    const { clientId } = await createBroker(world.pool, { name: 'Lister', boxNumber: 'LIST' });
    mine = await connectBroker(world.url, world.pool, clientId);
    for (let i = 0; i < 7; i++) made.unshift((await mine.declare()).body.declarationId);
  });

  test('is newest first, whole declarations', async () => {
    const { status, body } = await list();
    expect([status, idsOf(body), body.nextCursor]).toEqual([200, made, null]);
    expect(body.items[0]).toEqual((await mine.get(`/v1/declarations/${made[0]}`)).body);
  });

  test('pages through with the cursor, once each, though more are made in between', async () => {
    const seen: string[] = [];
    let query = '?limit=2';
    for (;;) {
      const { body } = await list(query);
      seen.push(...idsOf(body));
      if (body.nextCursor === null) break;
      expect(body.items).toHaveLength(2);
      query = `?limit=2&cursor=${body.nextCursor}`;
      made.unshift((await mine.declare()).body.declarationId);
    }
    expect(seen).toEqual(made.slice(-7));
  });

  test('a limit that just fits leaves no cursor', async () => {
    const { body } = await list(`?limit=${made.length}`);
    expect([body.items.length, body.nextCursor]).toEqual([made.length, null]);
  });

  test.each(['repudiated', 'declined', 'confirmed'])(
    'by a status that is rare among much that has ended (%s) reads what it shows, not the history',
    async (status) => {
      const { clientId } = await createBroker(world.pool, { name: 'Large', boxNumber: `LARGE-${status}` });
      const large = await connectBroker(world.url, world.pool, clientId);
      await withHistory(clientId, 20_000);
      const { declarationId } = (await large.declare()).body;
      await world.pool.query(
        'UPDATE declarations SET status = $2, finished = true WHERE declaration_id = $1',
        [declarationId, status],
      );
      await world.pool.query('ANALYZE declarations');
      const query = vi.spyOn(world.pool, 'query');
      expect(idsOf((await large.get(`/v1/declarations?status=${status}`)).body)).toEqual([declarationId]);
      const calls = query.mock.calls as unknown[][];
      const [text, values] = calls.find(([sql]) => String(sql).includes('ORDER BY')) ?? [];
      query.mockRestore();
      const { rows } = await world.pool.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values as unknown[]);
      expect(mostRead(rows[0]['QUERY PLAN'][0].Plan)).toBeLessThan(100);
    },
  );

  test('filters by status, house waybill and change', async () => {
    const [newest, second] = made;
    await world.pool.query(
      `UPDATE declarations SET status = 'lodging', updated_at = now() + interval '1 hour' WHERE declaration_id = $1`,
      [second],
    );
    expect(idsOf((await list('?status=lodging')).body)).toEqual([second]);
    expect(idsOf((await list(`?updatedSince=${inMs(HOUR / 2)}`)).body)).toEqual([second]);
    const { houseWaybill } = (await mine.get(`/v1/declarations/${newest}`)).body;
    expect(idsOf((await list(`?houseWaybill=${houseWaybill}`)).body)).toEqual([newest]);
    expect(idsOf((await list(`?houseWaybill=${houseWaybill}&status=lodging`)).body)).toEqual([]);
  });

  test.each(['0000-01-01T00:00:00Z', '2026-01-01T00:00:00%2B23:59'])(
    'since %s is everything',
    async (since) => {
      expect(idsOf((await list(`?updatedSince=${since}&limit=200`)).body)).toEqual(made);
    },
  );

  test.each([
    'limit=0',
    'limit=201',
    'limit=1.5',
    'limit=',
    'limit=1&limit=2',
    'cursor=abc',
    `cursor=${'A'.repeat(22)}`,
    'status=open',
    'updatedSince=yesterday',
    'houseWaybill=%00',
    'page=2',
  ])('?%s: 400', async (query) => {
    const { status, body } = await list(`?${query}`);
    expect([status, body.type]).toEqual([400, '/problems/malformed-request']);
  });
});
