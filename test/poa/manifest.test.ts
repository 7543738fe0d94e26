/** What the process makes of a manifest: each good line one declaration whose process runs, whatever else happens. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { manifestWorkflowId } from '../../domain/ids.ts';
import { TASK_QUEUE } from '../../domain/messages.ts';
import { apiDeps, insertBroker, listen } from '../support/api-world.ts';
import { type BrokerClient, connectBroker, submission } from '../support/broker-client.ts';
import { expectCountsKept, turnsOf, unreachable, uploadUnheard } from '../support/manifest-turns.ts';
import { linesOf, ndjson, submissions, upload } from '../support/manifests.ts';
import { bindPerson, keepConsent } from '../support/poa-fixtures.ts';
import { control, createPoaWorld, type PoaWorld } from '../support/poa-world.ts';

let world: PoaWorld;
let api: Awaited<ReturnType<typeof listen>>;
let broker: BrokerClient;
let other: BrokerClient;
beforeAll(async () => {
  world = await createPoaWorld({ manifestUnderWay: 8 });
  api = await listen(await apiDeps(world.db, world.processes));
  broker = await connectBroker(api.url, world.pool, 'broker');
  await insertBroker(world.db, 'B456');
  other = await connectBroker(api.url, world.pool, 'B456');
  await bindPerson(world);
});
afterAll(async () => {
  await api?.close();
  await world?.close();
});
beforeEach(() => control(world.customs, 'POST', '/reset'));
afterEach(() => expectCountsKept(world));
const shown = async (manifestId: string, who = broker) => (await who.get(`/v1/manifests/${manifestId}`)).body;
const completed = (manifestId: string, who = broker) =>
  expect
    .poll(async () => (await shown(manifestId, who)).status, { timeout: 20_000, interval: 100 })
    .toBe('completed');

async function taken(lines: readonly unknown[], who = broker, key: string = randomUUID()) {
  const { status, body } = await upload(who, ndjson(lines), { key });
  expect(status).toBe(202);
  await completed(body.manifestId, who);
  return { manifestId: body.manifestId as string, lines: await linesOf(who, body.manifestId) };
}

describe('a manifest', () => {
  test('makes a declaration of each good line, asks its importer, and counts them live', async () => {
    const bodies = [...submissions(20), '{"cut off', ...submissions(5)];
    const { manifestId, lines } = await taken(bodies);
    expect(lines.map(({ result }) => result)).toEqual(
      bodies.map((body) => (typeof body === 'string' ? 'rejected' : 'accepted')),
    );
    for (const [i, line] of lines.entries()) {
      if (line.result !== 'accepted') continue;
      const { status, body } = await broker.get(`/v1/declarations/${line.declarationId}`);
      expect([status, body]).toMatchObject([200, bodies[i] as object]);
    }
    await expect
      .poll(async () => (await shown(manifestId)).declarations, { timeout: 20_000 })
      .toEqual({ awaiting_importer: 25 });
    expect((await shown(manifestId)).lines).toEqual({ total: 26, waiting: 0, accepted: 25, rejected: 1 });
  });

  test('keeps no line once it is a declaration', async () => {
    const { manifestId } = await taken(submissions(2));
    const { rows } = await world.pool.query(
      'SELECT sealed, phone_index FROM manifest_lines WHERE manifest_id = $1',
      [manifestId],
    );
    expect(rows).toEqual([
      { sealed: null, phone_index: null },
      { sealed: null, phone_index: null },
    ]);
  });

  test('begins each declaration with the event of a single one', async () => {
    const { lines } = await taken(submissions(1));
    const events = await broker.get(`/v1/declarations/${lines[0]?.declarationId}/events`);
    expect(events.body.items[0]).toEqual({
      type: 'declaration.received',
      at: expect.any(String),
      version: 1,
      data: {},
    });
  });

  test('sent again makes nothing more', async () => {
    const bodies = submissions(3);
    const { manifestId, lines } = await taken(bodies, broker, 'again');
    const again = await taken(bodies, broker, 'again');
    expect(again).toEqual({ manifestId, lines });
  });

  test('with a key of its own rejects each line that is a declaration already', async () => {
    const bodies = submissions(2);
    const { lines } = await taken(bodies);
    const { lines: again } = await taken(bodies);
    expect(again.map(({ result, problem }) => [result, problem?.type, problem?.errors?.[0]?.detail])).toEqual(
      lines.map(({ declarationId }) => ['rejected', '/problems/duplicate-waybill', declarationId]),
    );
  });
});

describe('a waybill', () => {
  test('twice in one manifest: the first line has it, the second names its declaration', async () => {
    const [first, between] = [submission(), submission()];
    const { lines } = await taken([first, between, { ...first, importer: between.importer }]);
    expect(lines.map(({ result }) => result)).toEqual(['accepted', 'accepted', 'rejected']);
    expect(lines[2]?.problem).toMatchObject({
      status: 409,
      detail: expect.stringContaining(lines[0]?.declarationId ?? '-'),
    });
  });

  test('of a single declaration is taken', async () => {
    const body = submission();
    const { body: single } = await broker.declare(body);
    const { lines } = await taken([body]);
    expect(lines[0]?.problem?.detail).toContain(single.declarationId);
  });

  test('of a cancelled one is free', async () => {
    const body = submission();
    const { body: single } = await broker.declare(body);
    await broker.cancel(single.declarationId);
    await expect
      .poll(async () => (await broker.get(`/v1/declarations/${single.declarationId}`)).body.status)
      .toBe('cancelled');
    const { lines } = await taken([body]);
    expect(lines[0]?.result).toBe('accepted');
  });

  test('at another broker is accepted there, and flagged at both', async () => {
    const body = submission();
    const { lines } = await taken([body]);
    const { lines: theirs } = await taken([body], other);
    expect(theirs[0]?.result).toBe('accepted');
    const { rows } = await world.pool.query(
      'SELECT waybill_elsewhere AS flagged FROM declarations WHERE declaration_id = ANY($1)',
      [[lines[0]?.declarationId, theirs[0]?.declarationId]],
    );
    expect(rows).toEqual([{ flagged: true }, { flagged: true }]);
  });
});

test('a broker has only so many under way from its manifests while Customs is out, and another broker is not held up', async () => {
  await control(world.customs, 'POST', '/faults', { route: '/declarations', status: 503, times: 100_000 });
  const { manifestId } = (await upload(broker, ndjson(submissions(30)))).body;
  // Eight may be under way, and a single place is not worth a turn.
  const accepted = async () => (await shown(manifestId)).lines.accepted;
  await expect.poll(accepted, { timeout: 10_000 }).toBeGreaterThanOrEqual(7);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await accepted()).toBeLessThanOrEqual(8);
  const { manifestId: theirs } = (await upload(other, ndjson(submissions(3)))).body;
  await completed(theirs, other);
  await control(world.customs, 'DELETE', '/faults');
  await completed(manifestId);
});

describe('the reconciliation', () => {
  test('starts a manifest whose workflow was never started', async () => {
    const { manifestId } = await uploadUnheard(world, submissions(2), 'B456');
    await world.pool.query(
      `UPDATE manifests SET received_at = now() - interval '1 minute' WHERE manifest_id = $1`,
      [manifestId],
    );
    await reconcile();
    await expect.poll(() => statusOf(manifestId), { timeout: 20_000 }).toBe('completed');
  });

  test('starts a manifest again that stands still, its workflow gone', async () => {
    const { manifestId } = await taken(submissions(2));
    await world.pool.query(
      `UPDATE manifests SET status = 'taking', visited_at = now() - interval '1 hour' WHERE manifest_id = $1`,
      [manifestId],
    );
    await reconcile();
    await expect.poll(() => statusOf(manifestId), { timeout: 20_000 }).toBe('completed');
  });
});

describe('corrections', () => {
  const correct = async (lines: readonly unknown[]) => {
    const { status, body } = await upload(broker, ndjson(lines), { path: '/v1/corrections' });
    expect(status).toBe(202);
    await completed(body.manifestId);
    return { manifestId: body.manifestId as string, lines: await linesOf(broker, body.manifestId) };
  };
  const declared = async (count: number) => {
    const bodies = submissions(count);
    const { manifestId, lines } = await taken(bodies);
    await expect
      .poll(async () => (await shown(manifestId)).declarations, { timeout: 20_000 })
      .toEqual({ awaiting_importer: count });
    return bodies.map((body, i) => ({ body, id: lines[i]?.declarationId ?? '' }));
  };
  const read = async (id: string) => (await broker.get(`/v1/declarations/${id}`)).body;

  test('amend each declaration by its waybills, its reference or its id; a bad line stops nobody else', async () => {
    const [a, b, c, d] = await declared(4);
    if (!a || !b || !c || !d) throw new Error('not declared');
    const { manifestId, lines } = await correct([
      { version: 1, ...a.body, packages: 2 },
      { version: 1, ...b.body, houseWaybill: 'OTHER-1', packages: 3 },
      { version: 1, declarationId: c.id, ...submission(), packages: 4 },
      { version: 7, ...d.body, packages: 5 },
      { version: 1, ...submission() },
      { ...d.body, packages: 5 },
      '{"cut',
      { version: 1, ...d.body },
      { version: 1, declarationId: randomUUID(), ...d.body },
    ]);
    expect(lines.map(({ declarationId }) => declarationId)).toEqual([
      a.id,
      b.id,
      c.id,
      ...Array(4).fill(undefined),
      d.id,
      undefined,
    ]);
    expect(lines.map(({ result, problem }) => problem?.type ?? result)).toEqual([
      'accepted',
      'accepted',
      'accepted',
      '/problems/version-conflict',
      '/problems/not-found',
      '/problems/validation-failed',
      '/problems/malformed-request',
      'accepted',
      '/problems/not-found',
    ]);
    expect(lines[3]?.problem?.status).toBe(412);
    expect(lines[5]?.problem?.errors?.[0]?.pointer).toBe('/version');
    await expect.poll(async () => (await linesOf(broker, manifestId))[0]?.version).toBe(2);
    for (const [{ id }, packages] of [
      [a, 2],
      [b, 3],
      [c, 4],
    ] as const) {
      await expect.poll(() => read(id)).toMatchObject({ version: 2, packages, status: 'awaiting_importer' });
    }
    expect(await read(b.id)).toMatchObject({ houseWaybill: 'OTHER-1' });
    // What says the same as the version in force changes nothing.
    expect(await read(d.id)).toMatchObject({ version: 1, packages: d.body.packages });
    expect(await shown(manifestId)).toMatchObject({
      kind: 'corrections',
      lines: { total: 9, waiting: 0, accepted: 4, rejected: 5 },
      declarations: { awaiting_importer: 4 },
    });
  });

  test('that come too late for the process, since the person answered, are rejected after all', async () => {
    const [a] = await declared(1);
    if (!a) throw new Error('not declared');
    const line = { version: 1, ...a.body, packages: 2 };
    const { manifestId } = await uploadUnheard(world, [line], 'broker', '/v1/corrections');
    const sent: string[] = [];
    const later: PoaWorld['processes']['amend'] = async (_, { proposalId }) => {
      sent.push(proposalId);
      return { kind: 'undelivered' };
    };
    const { takeLines } = turnsOf(world, { manifestQueued: 4, manifestUnderWay: 8 }, { amend: later });
    await takeLines({ manifestId });
    broker = await connectBroker(api.url, world.pool, 'broker');
    expect((await shown(manifestId)).lines).toMatchObject({ accepted: 1, rejected: 0 });
    // Its process goes on: Customs does not take the answer.
    await control(world.customs, 'POST', '/faults', { route: '/poas', status: 503, times: 100_000 });
    const consentId = await keepConsent(world, a.id, 'confirmed');
    await world.processes.decide(a.id, { consentId: consentId ?? '' });
    for (const proposalId of sent) await world.processes.amend(a.id, { proposalId });
    await expect
      .poll(async () => (await shown(manifestId)).lines)
      .toMatchObject({ accepted: 0, rejected: 1 });
    const [refused] = await linesOf(broker, manifestId);
    expect(refused?.problem?.type).toBe('/problems/already-decided');
  });

  test("of another broker's declaration find nothing", async () => {
    const body = submission();
    const { lines: theirs } = await taken([body], other);
    const { lines } = await correct([
      { version: 1, ...body, packages: 9 },
      { version: 1, declarationId: theirs[0]?.declarationId, ...body, packages: 9 },
    ]);
    expect(lines.map(({ problem, declarationId }) => [problem?.type, declarationId])).toEqual([
      ['/problems/not-found', undefined],
      ['/problems/not-found', undefined],
    ]);
  });

  test('that are sent again, or whose process was not told, are made once', async () => {
    const [a] = await declared(1);
    if (!a) throw new Error('not declared');
    const line = { version: 1, ...a.body, packages: 2 };
    const key = randomUUID();
    const lost = await listen(await apiDeps(world.db, { ...world.processes, startManifest: unreachable }));
    const elsewhere = await connectBroker(lost.url, world.pool, 'broker');
    const send = (who: BrokerClient) => upload(who, ndjson([line]), { path: '/v1/corrections', key });
    const { manifestId } = (await send(elsewhere)).body;
    await lost.close();
    broker = await connectBroker(api.url, world.pool, 'broker');
    expect((await send(broker)).body).toEqual({ manifestId });
    await completed(manifestId);
    await expect.poll(() => read(a.id)).toMatchObject({ version: 2, packages: 2 });
    expect((await send(broker)).body).toEqual({ manifestId });
    expect(await read(a.id)).toMatchObject({ version: 2 });
    const otherKind = await upload(broker, ndjson([line]), { key });
    expect([otherKind.status, otherKind.body.type]).toEqual([409, '/problems/idempotency-key-reused']);
  });
});

test('a CSV is declared a row a line of goods, its columns mapped', async () => {
  const [a, b] = [submission(), submission()];
  const heading = 'MAWB,HAWB,ref,收件人,phone,item,qty,price,pieces,kg';
  const row = (of: typeof a, item: string) =>
    [of.masterWaybill, of.houseWaybill, of.functionalReference, of.importer.name, of.importer.phone]
      .concat([`"${item}"`, '2', '35.50', '1', '1.850'])
      .join(',');
  const columns = {
    masterWaybill: 'MAWB',
    houseWaybill: 'HAWB',
    functionalReference: 'ref',
    'importer.name': '收件人',
    'importer.phone': 'phone',
    'goods.description': 'item',
    'goods.quantity': 'qty',
    'goods.price': 'price',
    'goods.currency': { fixed: 'USD' },
    'goods.unit': { fixed: 'PCE' },
    flight: { fixed: 'CI0006' },
    importDate: { fixed: '2026-11-24' },
    packages: 'pieces',
    grossMassKg: 'kg',
  };
  const csv = [heading, row(a, 'shoes, red'), row(a, 'say ""hi""'), row(b, '盒子')].join('\r\n');
  const path = `/v1/manifests?${new URLSearchParams({ columns: JSON.stringify(columns) })}`;
  const { status, body } = await upload(broker, csv, { path, type: 'text/csv; charset=utf-8' });
  expect(status).toBe(202);
  await completed(body.manifestId);
  const lines = await linesOf(broker, body.manifestId);
  expect(lines.map(({ line, result }) => [line, result])).toEqual([
    [2, 'accepted'],
    [4, 'accepted'],
  ]);
  expect((await broker.get(`/v1/declarations/${lines[0]?.declarationId}`)).body).toMatchObject({
    houseWaybill: a.houseWaybill,
    importer: a.importer,
    flight: 'CI0006',
    packages: 1,
    goods: [
      { sequence: 1, description: 'shoes, red', quantity: '2', unit: 'PCE', price: '35.50', currency: 'USD' },
      { sequence: 2, description: 'say "hi"' },
    ],
  });
});

const reconcile = () =>
  world.client.workflow.execute('reconciliation', { taskQueue: TASK_QUEUE, workflowId: randomUUID() });

async function statusOf(manifestId: string): Promise<string> {
  const { rows } = await world.pool.query('SELECT status FROM manifests WHERE manifest_id = $1', [
    manifestId,
  ]);
  return rows[0]?.status;
}

test('nothing of a person is in the history', async () => {
  const { manifestId } = await taken([submission({ importer: { name: '祕密某', phone: '0955666777' } })]);
  const history = await world.client.workflow.getHandle(manifestWorkflowId(manifestId)).fetchHistory();
  expect(JSON.stringify(history)).not.toMatch(/祕密某|955666777/);
});
