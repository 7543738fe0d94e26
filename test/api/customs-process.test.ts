import { afterAll, beforeAll, expect, test } from 'vitest';
import { poaWorkflowId } from '../../domain/ids.ts';
import { apiDeps, listen } from '../support/api-world.ts';
import { context, sendContext } from '../support/customs-contexts.ts';
import { answer, eventsOf, eventually, lodgings, problemsOf, standing } from '../support/poa-acts.ts';
import { BOX_NUMBER, bindPerson, declare } from '../support/poa-fixtures.ts';
import { createPoaWorld, ended, heldByCustoms, type PoaWorld, until } from '../support/poa-world.ts';

let world: PoaWorld;
let api: Awaited<ReturnType<typeof listen>>;
beforeAll(async () => {
  world = await createPoaWorld();
  await bindPerson(world);
  api = await listen(await apiDeps(world.db, world.processes));
});
afterAll(async () => {
  await api?.close();
  await world?.close();
});

const send = (body: unknown) => sendContext(api, body);

test('lodged past us: shown, amended by Customs, confirmed in its new version, reported under its number', async () => {
  const first = context();
  const { status, body } = await send(first);
  expect(status).toBe(201);
  const { declarationId } = body;
  await until(world, declarationId, 'awaiting_importer');
  const amended = await send({ ...first, version: 2, packages: 2 });
  expect([amended.status, amended.body.version]).toEqual([200, 2]);
  await until(world, declarationId, 'awaiting_importer');
  await answer(world, declarationId, 'confirmed', 2);
  expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 2 });
  expect(await standing(world, declarationId)).toEqual(['v1 superseded', 'v2 confirmed']);
  expect(await heldByCustoms(world, declarationId)).toMatchObject([
    { reference: first.declarationNumber, version: 2, outcome: 'confirmed' },
  ]);
  expect(await lodgings(world, declarationId)).toEqual([]);
  const late = await send({ ...first, version: 3 });
  expect([late.status, late.body.type]).toEqual([409, '/problems/already-decided']);
});

test('an answer and an amendment at the same instant: one of them counts, and Customs is told which', async () => {
  const first = context();
  const { declarationId } = (await send(first)).body;
  await until(world, declarationId, 'awaiting_importer');
  const next = { ...first, version: 2, packages: 2 };
  await Promise.all([answer(world, declarationId, 'repudiated').catch(() => null), send(next)]);
  const { status } = await eventually(
    () => send(next),
    ({ status }) => status !== 202,
  );
  expect([status, await standing(world, declarationId)]).toEqual(
    status === 200 ? [200, ['v1 superseded']] : [409, ['v1 repudiated']],
  );
});

test('an amendment that takes waybills of another declaration of the broker is refused', async () => {
  const { content: other } = await declare(world, 'customs-started');
  const first = context();
  const { declarationId } = (await send(first)).body;
  await until(world, declarationId, 'awaiting_importer');
  const { masterWaybill, houseWaybill } = other;
  const amended = await send({ ...first, version: 2, masterWaybill, houseWaybill });
  expect([amended.status, amended.body.type]).toEqual([409, '/problems/duplicate-waybill']);
  expect(await until(world, declarationId, 'awaiting_importer')).toMatchObject({ version: 1 });
});

test('a context that differs from what the broker lodged goes back to the broker, with what differs', async () => {
  const { declarationId, content: submitted } = await declare(world, 'consent-first', { start: false });
  await world.pool.query(
    `UPDATE declarations SET poa_order = 'declare-first', status = 'awaiting_context' WHERE declaration_id = $1`,
    [declarationId],
  );
  const respondBy = new Date(Date.now() + 60_000);
  await world.processes.startPoa({
    declarationId,
    brokerBoxNumber: BOX_NUMBER,
    order: 'declare-first',
    respondBy,
  });
  const { status, body } = await send({ ...context(submitted), declarationId, packages: 4 });
  expect([status, body.status]).toEqual([200, 'needs_correction']);
  await until(world, declarationId, 'needs_correction');
  expect(await problemsOf(world, declarationId)).toMatchObject([{ pointer: '/packages' }]);
  expect(await eventsOf(world, declarationId)).toEqual(['needs_correction']);
});

test('without a worker everything is kept, and done when one is back', async () => {
  const first = context();
  const { declarationId } = (await send(first)).body;
  await until(world, declarationId, 'awaiting_importer');
  await world.stopWorker();
  const kept = await send({ ...first, version: 2, packages: 2 });
  expect([kept.status, kept.body.version]).toEqual([202, 1]);
  await world.startWorker();
  await eventually(
    () => send({ ...first, version: 2, packages: 2 }),
    ({ status, body }) => status === 200 && body.version === 2,
  );
  const { status } = await world.client.workflow.getHandle(poaWorkflowId(declarationId)).describe();
  expect(status.name).toBe('RUNNING');
});
