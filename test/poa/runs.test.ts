/** Runs of one process: again after its end, beside an older one, after a kill. The database decides who holds it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Order } from '../../domain/outcome.ts';
import { answer, eventsOf, eventually, fault, requestsOf, standing, verdictOf } from '../support/poa-acts.ts';
import { BOX_NUMBER, bindPerson, declare, keepConsent } from '../support/poa-fixtures.ts';
import {
  control,
  createPoaWorld,
  ended,
  heldByCustoms,
  type PoaWorld,
  stateOf,
  until,
} from '../support/poa-world.ts';

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
  await bindPerson(world);
});
afterAll(() => world?.close());
beforeEach(() => control(world.customs, 'POST', '/reset'));

const asked = async (order: Order = 'customs-started') => {
  const { declarationId } = await declare(world, order);
  await until(world, declarationId, 'awaiting_importer');
  return { declarationId, handle: world.client.workflow.getHandle(`poa/${declarationId}`) };
};
const startAgain = (declarationId: string) =>
  world.processes.startPoa(
    {
      declarationId,
      brokerBoxNumber: BOX_NUMBER,
      order: 'customs-started',
      respondBy: new Date(Date.now() + 3_600_000),
    },
    { again: true },
  );
const epochOf = async (declarationId: string) =>
  ((await stateOf(world, declarationId)) as unknown as { epoch: number }).epoch;

test('a second run of a finished process does nothing, and ends the same', async () => {
  const { declarationId } = await asked();
  await answer(world, declarationId, 'confirmed');
  await ended(world.client, declarationId);
  const before = { events: await eventsOf(world, declarationId), state: await stateOf(world, declarationId) };
  expect(await startAgain(declarationId)).toBe('started');
  expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  expect(await eventsOf(world, declarationId)).toEqual(before.events);
  expect(await requestsOf(world, declarationId, '/poas')).toHaveLength(1);
});

test('everybody else starts once for all', async () => {
  const { declarationId } = await asked();
  const start = { declarationId, brokerBoxNumber: BOX_NUMBER, order: 'customs-started' as const };
  const respondBy = new Date(Date.now() + 3_600_000);
  expect(await world.processes.startPoa({ ...start, respondBy })).toBe('already-started');
  await answer(world, declarationId, 'confirmed');
  await ended(world.client, declarationId);
  expect(await world.processes.startPoa({ ...start, respondBy })).toBe('already-started');
  expect(await epochOf(declarationId)).toBe(1);
});

test('a run after one that was terminated goes on where the process stands, with what waits', async () => {
  const { declarationId, handle } = await asked('declare-first');
  await handle.terminate();
  const consentId = await keepConsent(world, declarationId, 'confirmed');
  await startAgain(declarationId);
  expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  expect(await verdictOf(world, consentId ?? '')).toBe('accepted');
  expect(await requestsOf(world, declarationId)).toHaveLength(1);
  expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'confirmed' }]);
});

test('the worker stops and starts: the process goes on', async () => {
  const { declarationId, handle } = await asked('declare-first');
  await world.stopWorker();
  const consentId = (await keepConsent(world, declarationId, 'declined')) ?? '';
  await handle.signal('decision', { consentId });
  await world.startWorker();
  await until(world, declarationId, 'declined');
  expect(await standing(world, declarationId)).toEqual(['v1 declined']);
});

describe('a run whose task was lost after its steps were committed', () => {
  const behindItsBack = (declarationId: string, change: string) =>
    world.pool.query(`UPDATE declarations SET ${change} WHERE declaration_id = $1`, [declarationId]);

  test('goes on in a fresh one, with the answer that found it so', async () => {
    const { declarationId } = await asked();
    await behindItsBack(declarationId, 'step = step + 2');
    const consentId = (await keepConsent(world, declarationId, 'confirmed')) ?? '';
    expect(await world.processes.decide(declarationId, { consentId })).toEqual({
      kind: 'judged',
      result: { verdict: 'unknown', status: 'awaiting_importer' },
    });
    await until(world, declarationId, 'confirmed');
    expect(await verdictOf(world, consentId)).toBe('accepted');
    expect(await epochOf(declarationId)).toBe(2);
  });

  test.each([
    ['needs_correction', 'received', 'awaiting_importer'],
    ['declined', 'received', 'awaiting_importer'],
    ['needs_attention', 'received', 'awaiting_importer'],
  ] as const)(
    'waits in %s though it is %s: news are enough to wake it',
    async (believed, stands, becomes) => {
      const { declarationId } = await declare(world, 'customs-started', { start: false });
      await behindItsBack(declarationId, `status = '${believed}'`);
      await startAgain(declarationId);
      await eventually(
        () => epochOf(declarationId),
        (epoch) => epoch === 1,
      );
      await behindItsBack(declarationId, `status = '${stands}'`);
      await world.processes.lookAgain(declarationId);
      await until(world, declarationId, becomes);
    },
  );
});

describe('a newer run in another cluster', () => {
  test('takes over: the older one ends quietly at its next step, and changes nothing', async () => {
    const { declarationId, handle: older } = await asked();
    await world.replaceTemporal({ keep: true });
    await startAgain(declarationId);
    await eventually(
      () => epochOf(declarationId),
      (epoch) => epoch === 2,
    );
    const consentId = (await keepConsent(world, declarationId, 'confirmed')) ?? '';
    expect(await older.executeUpdate('decide', { args: [{ consentId }] })).toEqual({
      verdict: 'unknown',
      status: 'awaiting_importer',
    });
    expect(await older.result()).toEqual({ status: 'awaiting_importer', version: 1 });
    expect(await verdictOf(world, consentId)).toBe('pending');
    expect(await world.processes.decide(declarationId, { consentId })).toMatchObject({
      result: { verdict: 'accepted', status: 'confirmed' },
    });
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  });

  test('takes over while the older one waits for Customs: one act is held, one process goes on', async () => {
    await fault(world.customs, { route: '/declarations', delayMs: 2_500 });
    const { declarationId } = await declare(world, 'declare-first');
    await until(world, declarationId, 'lodging');
    const older = world.client.workflow.getHandle(`poa/${declarationId}`);
    await world.replaceTemporal({ keep: true });
    await startAgain(declarationId);
    await until(world, declarationId, 'awaiting_importer');
    // On a slow machine it had its answer before; then it hears of the other at its next step.
    await older.signal('lookAgain').catch(() => {});
    expect(await older.result()).toMatchObject({ version: 1 });
    const sent = await requestsOf(world, declarationId);
    expect(new Set(sent.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(await eventsOf(world, declarationId)).toEqual([
      'lodging',
      'awaiting_context',
      'awaiting_importer',
    ]);
    await answer(world, declarationId, 'confirmed');
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  });
});
