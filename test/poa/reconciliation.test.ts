/** Whatever is recorded and not under way is started or delivered; a cluster that was lost is rebuilt. */
import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createReconciliationActivities } from '../../activities/reconciliation.ts';
import { lockRow, saveRow } from '../../db/poa/process-row.ts';
import { settle } from '../../db/poa/settle.ts';
import { transaction } from '../../db/pool.ts';
import { TASK_QUEUE } from '../../domain/messages.ts';
import { ensureSchedule } from '../../workers/cluster.ts';
import { keepContext } from '../support/context-receiver.ts';
import {
  answer,
  customsMode,
  eventsOf,
  eventually,
  inSeconds,
  keepResolution,
  newPhone,
  standing,
  verdictOf,
} from '../support/poa-acts.ts';
import {
  BOX_NUMBER,
  bindPerson,
  content,
  declare,
  keepConsent,
  NAME,
  PHONE,
  passedCheck,
  propose,
} from '../support/poa-fixtures.ts';
import {
  control,
  createPoaWorld,
  ended,
  heldByCustoms,
  type PoaWorld,
  stateOf,
  until,
} from '../support/poa-world.ts';

const log = pino({ level: 'silent' });

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
  await bindPerson(world);
});
afterAll(() => world?.close());
beforeEach(async () => {
  await control(world.customs, 'POST', '/reset');
  world.mended.length = 0;
});

const reconcile = () =>
  world.client.workflow.execute('reconciliation', { taskQueue: TASK_QUEUE, workflowId: randomUUID() });
/** As if everything recorded so far had been recorded a minute earlier. */
const aMinuteLater = async () => {
  for (const [table, column] of [
    ['declarations', 'created_at'],
    ['declarations', 'updated_at'],
    ['declarations', 'visited_at'],
    ['consents', 'created_at'],
    ['proposals', 'created_at'],
    ['resolutions', 'created_at'],
    ['contexts', 'received_at'],
    ['identities', 'bound_at'],
  ])
    await world.pool.query(`UPDATE ${table} SET ${column} = ${column} - interval '1 minute'`);
};
/** What a local activity does whose workflow task is lost with the Update that asked for it. */
const settleBehindItsBack = async (declarationId: string, consentId: string) => {
  const { rows } = await world.pool.query<{ epoch: number; step: number }>(
    'SELECT epoch, step FROM declarations WHERE declaration_id = $1',
    [declarationId],
  );
  const key = (await world.db.keys.get(declarationId)) ?? Buffer.alloc(32);
  await transaction(world.pool, async (client) => {
    const { epoch = 0, step = 0 } = rows[0] ?? {};
    const row = await lockRow(client, { declarationId, epoch, step: step + 1 });
    const checked = await passedCheck(world, consentId);
    const receipt = 'e.y.z';
    const decidedAt = new Date().toISOString();
    const body = JSON.stringify({ declarationId, outcome: 'confirmed', decidedAt, receipt });
    const writeReport = async () => ({ body, receipt });
    await settle(client, key, row, { outcome: 'as-consented' }, { writeReport, checked });
    await saveRow(client, row);
  });
};
const asked = async (order: 'declare-first' | 'customs-started' = 'customs-started') => {
  const { declarationId, content: submitted } = await declare(world, order);
  await until(world, declarationId, 'awaiting_importer');
  return { declarationId, submitted };
};

describe('undelivered for long', () => {
  test('a declaration whose process was never started', async () => {
    const { declarationId } = await declare(world, 'customs-started', { start: false });
    await reconcile();
    expect((await stateOf(world, declarationId)).status).toBe('received');
    await aMinuteLater();
    await reconcile();
    await until(world, declarationId, 'awaiting_importer');
    expect(world.mended).toContain('unstarted');
  });

  test('a consent', async () => {
    const { declarationId } = await asked();
    const consentId = (await keepConsent(world, declarationId, 'confirmed')) ?? '';
    await reconcile();
    expect(await verdictOf(world, consentId)).toBe('pending');
    await aMinuteLater();
    await reconcile();
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(world.mended).toEqual(['decide']);
  });

  test('a consent whose process runs no more', async () => {
    const { declarationId } = await asked();
    await world.client.workflow.getHandle(`poa/${declarationId}`).terminate();
    const consentId = (await keepConsent(world, declarationId, 'declined')) ?? '';
    await aMinuteLater();
    await reconcile();
    await until(world, declarationId, 'declined');
    expect(await verdictOf(world, consentId)).toBe('accepted');
  });

  test.each([
    ['for workers that are not ours', 'poa', 'nobodys'],
    ['of another type', 'registration', TASK_QUEUE],
    ['of no type at all', 'nothing', TASK_QUEUE],
  ])('a consent whose process something %s keeps from running', async (_what, type, taskQueue) => {
    const { declarationId } = await asked();
    const workflowId = `poa/${declarationId}`;
    await world.client.workflow.getHandle(workflowId).terminate();
    await world.client.workflow.start(type, { taskQueue, workflowId, args: [null] });
    await keepConsent(world, declarationId, 'confirmed');
    await aMinuteLater();
    await reconcile();
    await until(world, declarationId, 'confirmed');
  });

  test('an amendment, a cancellation, another try', async () => {
    const amended = await asked();
    const cancelled = await asked();
    const corrected = await declare(world, 'customs-started', {
      content: content({ importer: { name: '李大華', phone: PHONE } }),
    });
    await until(world, corrected.declarationId, 'needs_correction');
    const change = { ...amended.submitted, packages: 2 };
    await propose(world, amended.declarationId, { kind: 'amendment', version: 2, content: change });
    await propose(world, cancelled.declarationId, { kind: 'cancellation' });
    await propose(world, corrected.declarationId, { kind: 'retry' });
    await aMinuteLater();
    await reconcile();
    expect((await until(world, amended.declarationId, 'awaiting_importer')).version).toBe(2);
    expect(await ended(world.client, cancelled.declarationId)).toEqual({ status: 'cancelled', version: 1 });
    await eventually(
      () => eventsOf(world, corrected.declarationId),
      (events) => events.filter((type) => type === 'needs_correction').length === 2,
    );
    expect(world.mended.sort()).toEqual(['amend', 'amend', 'cancel']);
  });

  test('a context of Customs', async () => {
    await customsMode(world, { context: 'later', delayMs: 3_600_000 });
    const { declarationId, content: submitted } = await declare(world, 'declare-first');
    await until(world, declarationId, 'awaiting_context');
    await keepContext(world.db, {
      ...submitted,
      declarationId,
      version: 1,
      declarationNumber: 'CX 15 123 A1234',
      brokerBoxNumber: BOX_NUMBER,
      lodgedAt: new Date().toISOString(),
    });
    await aMinuteLater();
    await reconcile();
    await until(world, declarationId, 'awaiting_importer');
    expect(world.mended).toEqual(['look']);
  });

  test('but for a context that nobody waits for', async () => {
    const { declarationId, content: submitted } = await declare(world, 'consent-first');
    await until(world, declarationId, 'awaiting_importer');
    await keepContext(world.db, {
      ...submitted,
      declarationId,
      version: 1,
      declarationNumber: 'CX 15 123 B1234',
      brokerBoxNumber: BOX_NUMBER,
      lodgedAt: new Date().toISOString(),
    });
    await aMinuteLater();
    await reconcile();
    expect(world.mended).toEqual([]);
  });

  test("an operator's word", async () => {
    await customsMode(world, { context: 'inline', replyCode: '33' });
    const { declarationId } = await asked();
    await answer(world, declarationId, 'confirmed');
    await until(world, declarationId, 'needs_attention');
    await customsMode(world, { context: 'inline' });
    await keepResolution(world, declarationId, { action: 'retry' });
    await aMinuteLater();
    await reconcile();
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  });

  test('a registration that became bound', async () => {
    const phone = newPhone();
    const { declarationId } = await declare(world, 'customs-started', {
      content: content({ importer: { name: NAME, phone } }),
    });
    await until(world, declarationId, 'awaiting_registration');
    await bindPerson(world, phone);
    await aMinuteLater();
    await reconcile();
    await until(world, declarationId, 'awaiting_importer');
  });

  test('an answer that was settled for an Update which Temporal lost before it knew', async () => {
    const { declarationId } = await asked();
    const consentId = await keepConsent(world, declarationId, 'confirmed');
    await settleBehindItsBack(declarationId, consentId ?? '');
    expect((await stateOf(world, declarationId)).status).toBe('reporting');
    await reconcile();
    expect(world.mended).toEqual([]);
    await aMinuteLater();
    await reconcile();
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await verdictOf(world, consentId ?? '')).toBe('accepted');
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'confirmed', received: 1 }]);
    expect(world.mended).toEqual(['forgotten']);
  });

  test('a process that waits for Customs in vain is at it, and is left alone', async () => {
    const { declarationId } = await asked();
    await control(world.customs, 'POST', '/faults', { route: '/poas', status: 503, times: 1_000 });
    await answer(world, declarationId, 'confirmed');
    await until(world, declarationId, 'reporting');
    await aMinuteLater();
    await reconcile();
    expect(world.mended).toEqual([]);
    await control(world.customs, 'DELETE', '/faults');
  });

  test('a deadline that passed without an outcome', async () => {
    const { declarationId } = await asked();
    for (const table of ['declarations', 'declaration_versions'])
      await world.pool.query(
        `UPDATE ${table} SET respond_by = now() - interval '2 minutes' WHERE declaration_id = $1`,
        [declarationId],
      );
    await reconcile();
    expect(await ended(world.client, declarationId)).toEqual({ status: 'expired', version: 1 });
  });
});

describe('open processes, those unvisited for longest first', () => {
  test('one that Temporal has closed is started again, and counted; one that runs is left alone', async () => {
    const closed = await asked();
    const running = await asked();
    await world.client.workflow.getHandle(`poa/${closed.declarationId}`).terminate();
    await aMinuteLater();
    await reconcile();
    expect(world.mended).toEqual(['restarted']);
    await answer(world, closed.declarationId, 'confirmed');
    await answer(world, running.declarationId, 'confirmed');
    expect(await ended(world.client, closed.declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await ended(world.client, running.declarationId)).toEqual({ status: 'confirmed', version: 1 });
  });

  test('one that could not be visited is not taken for visited', async () => {
    const { declarationId } = await asked();
    await aMinuteLater();
    const visitedAt = async () =>
      ((await stateOf(world, declarationId)) as unknown as { visited_at: Date }).visited_at;
    const before = await visitedAt();
    const unreachable = new Proxy(world.processes, {
      get: () => () => Promise.reject(new Error('Temporal cannot be reached')),
    });
    const { reconcile: inVain } = createReconciliationActivities({
      db: world.db,
      processes: unreachable,
      log,
      mended: () => {},
    });
    await new MockActivityEnvironment().run(inVain);
    expect(await visitedAt()).toEqual(before);
    await reconcile();
    expect((await visitedAt()).getTime()).toBeGreaterThan(before.getTime());
  });
});

test('a cluster lost with all it knew: every open process is started again, more than one batch of them', async () => {
  const finished = await asked();
  await answer(world, finished.declarationId, 'confirmed');
  await ended(world.client, finished.declarationId);
  const waiting = await asked('declare-first');
  const expiring = await declare(world, 'customs-started', { respondBy: inSeconds(6) });
  await until(world, expiring.declarationId, 'awaiting_importer');
  const stuck = await Promise.all(
    Array.from({ length: 210 }, () => declare(world, 'customs-started', { start: false })),
  );
  await world.pool.query(
    `UPDATE declarations SET epoch = 1, status = 'needs_correction', visited_at = now() WHERE declaration_id = ANY($1)`,
    [stuck.map(({ declarationId }) => declarationId)],
  );

  await world.replaceTemporal({ keep: false });
  const consentId = (await keepConsent(world, waiting.declarationId, 'confirmed')) ?? '';
  await ensureSchedule(world.client, world.pool, log, 30_000);

  expect(
    await eventually(
      () => verdictOf(world, consentId),
      (verdict) => verdict === 'accepted',
      30_000,
    ),
  ).toBe('accepted');
  await until(world, expiring.declarationId, 'expired', 30_000);
  const left = async () =>
    (await world.pool.query(`SELECT 1 FROM declarations WHERE NOT finished AND visited_at = '-infinity'`))
      .rowCount;
  await eventually(left, (count) => count === 0, 30_000);
  const unopened = async () =>
    (await world.pool.query('SELECT 1 FROM declarations WHERE NOT finished AND epoch < 2')).rowCount;
  await eventually(unopened, (count) => count === 0, 30_000);
  expect(await standing(world, waiting.declarationId)).toEqual(['v1 confirmed']);
  expect(await heldByCustoms(world, waiting.declarationId)).toHaveLength(1);
  expect(await stateOf(world, finished.declarationId)).toMatchObject({ epoch: 1 });

  // The Schedule is there now: nothing is swept again.
  await ensureSchedule(world.client, world.pool, log, 30_000);
  expect(await left()).toBe(0);
}, 120_000);
