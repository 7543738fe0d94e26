/** Brokers' calls with the real process behind them. */
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createBroker } from '../../db/brokers.ts';
import { apiDeps, listen } from '../support/api-world.ts';
import { type BrokerClient, connectBroker, submission } from '../support/broker-client.ts';
import {
  answer,
  customsMode,
  endFaults,
  eventually,
  fault,
  lodgings,
  standing,
} from '../support/poa-acts.ts';
import { bindPerson, keepConsent } from '../support/poa-fixtures.ts';
import { control, createPoaWorld, heldByCustoms, type PoaWorld, until } from '../support/poa-world.ts';

let world: PoaWorld;
let api: Awaited<ReturnType<typeof listen>>;
let broker: BrokerClient;
beforeAll(async () => {
  world = await createPoaWorld();
  await bindPerson(world);
  api = await listen(await apiDeps(world.db, world.processes));
  broker = await connectBroker(api.url, world.pool, 'broker');
});
afterAll(async () => {
  await api?.close();
  await world?.close();
});
beforeEach(async () => {
  await control(world.customs, 'POST', '/reset');
  await customsMode(world, { context: 'inline' });
});

const declared = async (body: object = submission()) => {
  const { status, body: declaration } = await broker.declare(body);
  expect(status).toBe(201);
  return declaration.declarationId as string;
};
const read = async (id: string) => (await broker.get(`/v1/declarations/${id}`)).body;
const events = async (id: string): Promise<string[]> => {
  const { body } = await broker.get(`/v1/declarations/${id}/events`);
  return body.items.map(({ type }: { type: string }) => type.replace('declaration.', ''));
};
const shows = (id: string, status: string) =>
  eventually(
    () => read(id),
    (body) => body.status === status,
  );

test('from the declaration to the sealed receipt', async () => {
  const id = await declared();
  await shows(id, 'awaiting_importer');
  expect((await read(id)).declarationNumber).toBeTruthy();
  await answer(world, id, 'confirmed');
  const confirmed = await shows(id, 'confirmed');
  expect(confirmed.answer).toMatchObject({
    decision: 'confirmed',
    customsAcknowledgedAt: expect.any(String),
  });
  expect(await events(id)).toEqual([
    'received',
    'lodging',
    'awaiting_context',
    'awaiting_importer',
    'reporting',
    'confirmed',
  ]);
  const { body: poa } = await broker.get(`/v1/declarations/${id}/poa`);
  const [held] = await heldByCustoms(world, id);
  expect(poa).toMatchObject({ outcome: 'confirmed', acknowledgementNumber: held?.acknowledgementNumber });
  expect(decodeProtectedHeader(poa.receipt)).toMatchObject({ alg: 'ES256' });
  expect(decodeJwt(poa.receipt)).toMatchObject({
    outcome: 'confirmed',
    declaration: { declarationId: id, digest: confirmed.digest },
  });
});

test('an amendment is the next version at once, and what was asked before is void', async () => {
  const body = submission();
  const id = await declared(body);
  await shows(id, 'awaiting_importer');
  const { status, headers, body: amended } = await broker.amend(id, 1, { ...body, packages: 2 });
  expect([status, headers.get('etag'), amended.version, amended.packages]).toEqual([200, '"2"', 2, 2]);
  expect(await keepConsent(world, id, 'confirmed', 1)).toBeNull();
  await shows(id, 'awaiting_importer');
  expect(await lodgings(world, id)).toEqual(['v1 function 9 → 201', 'v2 function 5 → 201']);
  expect(await events(id)).toContain('amended');
  expect((await broker.amend(id, 1, { ...body, packages: 3 })).status).toBe(412);
});

test('an answer kept before an amendment wins: 409, and nothing is proposed any more', async () => {
  const body = submission();
  const id = await declared(body);
  await shows(id, 'awaiting_importer');
  await keepConsent(world, id, 'confirmed');
  const { status, body: refused } = await broker.amend(id, 1, { ...body, packages: 2 });
  expect([status, refused.type]).toEqual([409, '/problems/already-decided']);
  const confirmed = await shows(id, 'confirmed');
  expect(confirmed).not.toHaveProperty('proposed');
  expect(await events(id)).toContain('proposal-refused');
  expect(await standing(world, id)).toEqual(['v1 confirmed']);
});

test('while no worker runs an amendment is 202 and proposed; judged when one is back', async () => {
  const body = submission();
  const id = await declared(body);
  await shows(id, 'awaiting_importer');
  await world.stopWorker();
  try {
    const { status, headers, body: kept } = await broker.amend(id, 1, { ...body, packages: 2 });
    expect([status, headers.get('etag'), kept.version, kept.proposed]).toEqual([
      202,
      '"1"',
      1,
      { version: 2 },
    ]);
  } finally {
    await world.startWorker();
  }
  const amended = await eventually(
    () => read(id),
    (declaration) => declaration.version === 2,
  );
  expect(amended).not.toHaveProperty('proposed');
});

test('a cancellation takes back what was lodged, and Customs is told', async () => {
  const id = await declared();
  await shows(id, 'awaiting_importer');
  const { status, body } = await broker.cancel(id, { reason: 'not-imported' });
  expect([status, ['reporting', 'cancelled']]).toEqual([200, expect.arrayContaining([body.status])]);
  await shows(id, 'cancelled');
  expect(await heldByCustoms(world, id)).toMatchObject([{ outcome: 'cancelled' }]);
  expect((await broker.cancel(id)).body.type).toBe('/problems/already-decided');
  const { body: poa } = await broker.get(`/v1/declarations/${id}/poa`);
  expect(poa.outcome).toBe('cancelled');
});

test('what Customs refused is shown with its problems; the same once more is tried again', async () => {
  const body = submission();
  await customsMode(world, { context: 'inline', alter: { packages: 7 } });
  const id = await declared(body);
  const { problems } = await shows(id, 'needs_correction');
  expect(problems).toMatchObject([{ pointer: '/packages', code: 'context-differs' }]);
  await customsMode(world, { context: 'inline' });
  const { status, body: again } = await broker.amend(id, 1, body);
  expect([status, again.version]).toEqual([200, 1]);
  await shows(id, 'awaiting_importer');
  expect(await read(id)).not.toHaveProperty('problems');
});

test('a declined declaration is corrected and asked again', async () => {
  const body = submission();
  const id = await declared(body);
  await shows(id, 'awaiting_importer');
  await answer(world, id, 'declined');
  await shows(id, 'declined');
  expect((await broker.cancel(id)).status).toBe(409);
  const { status, body: amended } = await broker.amend(id, 1, { ...body, packages: 2 });
  expect([status, amended.version]).toEqual([200, 2]);
  expect(amended).not.toHaveProperty('answer');
  await shows(id, 'awaiting_importer');
});

test('an outage of Customs: the answer shows while it is reporting, the POA only once acknowledged', async () => {
  const id = await declared();
  await shows(id, 'awaiting_importer');
  await fault(world.customs, { route: '/poas', status: 503, times: 1000 });
  await answer(world, id, 'confirmed');
  const reporting = await shows(id, 'reporting');
  expect(reporting.answer).toEqual({ decision: 'confirmed', decidedAt: expect.any(String) });
  expect((await broker.get(`/v1/declarations/${id}/poa`)).status).toBe(404);
  await endFaults(world.customs);
  await until(world, id, 'confirmed', 15_000);
  expect((await broker.get(`/v1/declarations/${id}/poa`)).status).toBe(200);
});

test('an amendment to waybills that are open at another broker is flagged on both', async () => {
  const { clientId } = await createBroker(world.pool, { name: 'Second', boxNumber: 'C789' });
  const second = await connectBroker(api.url, world.pool, clientId);
  const theirs = submission();
  const { body: held } = await second.declare(theirs);
  const mine = submission();
  const id = await declared(mine);
  await shows(id, 'awaiting_importer');
  const { masterWaybill, houseWaybill } = theirs;
  expect((await broker.amend(id, 1, { ...mine, masterWaybill, houseWaybill })).status).toBe(200);
  const flagged = await world.pool.query(
    'SELECT waybill_elsewhere FROM declarations WHERE declaration_id = ANY($1)',
    [[id, held.declarationId]],
  );
  expect(flagged.rows).toEqual([{ waybill_elsewhere: true }, { waybill_elsewhere: true }]);
});
