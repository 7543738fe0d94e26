/** Turns of a manifest's process, one by one: how much it takes, and what it does with a line that cannot be taken. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { manifestWorkflowId } from '../../domain/ids.ts';
import { apiDeps, insertBroker, listen } from '../support/api-world.ts';
import { connectBroker } from '../support/broker-client.ts';
import {
  expectCountsKept,
  replaceLine,
  turnsOf,
  unreachable,
  uploadUnheard,
} from '../support/manifest-turns.ts';
import { linesOf, submissions } from '../support/manifests.ts';
import { createPoaWorld, type PoaWorld } from '../support/poa-world.ts';

let world: PoaWorld;
let api: Awaited<ReturnType<typeof listen>>;
beforeAll(async () => {
  world = await createPoaWorld();
  api = await listen(await apiDeps(world.db, world.processes));
});
afterAll(async () => {
  await api?.close();
  await world?.close();
});
afterEach(() => expectCountsKept(world));

test('of a manifest only so many wait for a worker, so that whoever comes next is not behind all of it', async () => {
  await insertBroker(world.db, 'C789');
  const { manifestId } = await uploadUnheard(world, submissions(30), 'C789');
  const { takeLines, started } = turnsOf(world, { manifestQueued: 4, manifestUnderWay: 32 });
  expect(await takeLines({ manifestId })).toMatchObject({ completed: false, waiting: 26, pauseMs: 0 });
  expect(started).toHaveLength(4);
  await world.pool.query(`UPDATE declarations SET status = 'lodging' WHERE declaration_id = ANY($1)`, [
    started.slice(0, 2),
  ]);
  expect(await takeLines({ manifestId })).toMatchObject({ waiting: 24 });
});

test('where only one may be under way, one after the other is declared', async () => {
  await insertBroker(world.db, 'D012');
  const { manifestId } = await uploadUnheard(world, submissions(2), 'D012');
  const { takeLines, started } = turnsOf(world, { manifestQueued: 4, manifestUnderWay: 1 });
  expect(await takeLines({ manifestId })).toMatchObject({ completed: false, waiting: 1 });
  await world.pool.query(
    `UPDATE declarations SET status = 'awaiting_importer' WHERE declaration_id = ANY($1)`,
    [started],
  );
  expect(await takeLines({ manifestId })).toMatchObject({ completed: true, waiting: 0 });
});

test('a line that passed every check, and that the database refuses, is rejected alone', async () => {
  await insertBroker(world.db, 'E345');
  const { manifestId } = await uploadUnheard(world, submissions(4), 'E345');
  await replaceLine(world, manifestId, 2, (sent) => ({
    ...sent,
    submitted: { ...sent.submitted, importDate: '0000-01-01' },
  }));
  const { takeLines } = turnsOf(world, { manifestQueued: 4, manifestUnderWay: 32 });
  expect(await takeLines({ manifestId })).toMatchObject({ completed: true });
  const lines = await linesOf(await connectBroker(api.url, world.pool, 'E345'), manifestId);
  expect(lines.map(({ result }) => result)).toEqual(['accepted', 'rejected', 'accepted', 'accepted']);
  expect(lines[1]?.problem).toMatchObject({ status: 422, detail: expect.stringContaining('22008') });
});

test('a manifest whose turns fail holds up no other of its broker until they end well', async () => {
  await insertBroker(world.db, 'G901');
  const { manifestId: broken } = await uploadUnheard(world, submissions(1), 'G901');
  const { manifestId: later } = await uploadUnheard(world, submissions(1), 'G901');
  const { takeLines } = turnsOf(world, { manifestQueued: 4, manifestUnderWay: 32 });
  const [{ sealed }] = (
    await world.pool.query('SELECT sealed FROM manifest_lines WHERE manifest_id = $1', [broken])
  ).rows as [{ sealed: Buffer }];
  const replace = (bytes: Buffer) =>
    world.pool.query('UPDATE manifest_lines SET sealed = $2 WHERE manifest_id = $1', [broken, bytes]);
  await replace(Buffer.alloc(64));
  await expect(takeLines({ manifestId: broken })).rejects.toThrow();
  expect(await takeLines({ manifestId: later })).toMatchObject({ completed: true });
  await replace(sealed);
  const { manifestId: last } = await uploadUnheard(world, submissions(1), 'G901');
  const held = turnsOf(world, { manifestQueued: 4, manifestUnderWay: 32 }, { startPoa: unreachable });
  await expect(held.takeLines({ manifestId: broken })).rejects.toThrow();
  expect(await takeLines({ manifestId: broken })).toMatchObject({ completed: true });
  expect(await takeLines({ manifestId: last })).toMatchObject({ completed: true });
});

test('lines that were not counted keep nothing from happening, and are counted at the end', async () => {
  await insertBroker(world.db, 'F678');
  const { manifestId } = await uploadUnheard(world, submissions(6), 'F678');
  // As by a program of before lines were counted.
  await world.pool.query('UPDATE manifests SET lines_total = 0 WHERE manifest_id = $1', [manifestId]);
  const { takeLines, started } = turnsOf(world, { manifestQueued: 4, manifestUnderWay: 32 });
  expect(await takeLines({ manifestId })).toMatchObject({ completed: false, waiting: 0 });
  await world.pool.query(`UPDATE declarations SET status = 'lodging' WHERE declaration_id = ANY($1)`, [
    started,
  ]);
  expect(await takeLines({ manifestId })).toMatchObject({ completed: true });
  const broker = await connectBroker(api.url, world.pool, 'F678');
  const { lines } = (await broker.get(`/v1/manifests/${manifestId}`)).body;
  expect(lines).toEqual({ total: 6, waiting: 0, accepted: 6, rejected: 0 });
});

test('of a broker that was revoked nothing more is declared', async () => {
  const brokerId = await insertBroker(world.db, 'R111');
  const { manifestId } = await uploadUnheard(world, submissions(2), 'R111');
  await world.pool.query('UPDATE brokers SET revoked_at = now() WHERE broker_id = $1', [brokerId]);
  await world.processes.startManifest({ manifestId, brokerBoxNumber: 'R111' });
  await expect(world.client.workflow.getHandle(manifestWorkflowId(manifestId)).result()).rejects.toThrow();
  const { rows } = await world.pool.query('SELECT count(*) FROM declarations WHERE broker_id = $1', [
    brokerId,
  ]);
  expect(rows).toEqual([{ count: 0 }]);
});
