/** What Customs is told outside of declarations and POAs: once, whatever fails, and never what it refused. */
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { insertCustomsNotice, type NewCustomsNotice } from '../../db/customs-notices.ts';
import { countsForOperators } from '../../db/operator-counts.ts';
import { customsNoticeWorkflowId } from '../../domain/ids.ts';
import { TASK_QUEUE } from '../../domain/messages.ts';
import { ensureSchedule } from '../../workers/cluster.ts';
import { detailsOf } from '../support/history.ts';
import { endFaults, eventually, fault } from '../support/poa-acts.ts';
import { control, createPoaWorld, type PoaWorld } from '../support/poa-world.ts';

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
});
afterAll(() => world?.close());
beforeEach(async () => {
  await control(world.customs, 'POST', '/reset');
  await world.pool.query('DELETE FROM customs_notices');
  world.mended.length = 0;
});

const openedAt = '2026-11-24T00:00:00Z';
const fraudCase = (): NewCustomsNotice => ({
  kind: 'fraud-case',
  about: uuidv7(),
  body: { declarationId: uuidv7(), reference: 'CX1', version: 1, openedAt, kind: 'repudiated' },
});

/** Recorded, and started unless the moment passed by. */
async function notice(start = true, what = fraudCase()): Promise<{ noticeId: string; caseId: string }> {
  const noticeId = await insertCustomsNotice(world.pool, what);
  if (start) await world.processes.startCustomsNotice(noticeId);
  return { noticeId, caseId: what.about };
}
const ended = (noticeId: string): Promise<unknown> =>
  world.client.workflow.getHandle(customsNoticeWorkflowId(noticeId)).result();
const casesAtCustoms = async () =>
  ((await control(world.customs, 'GET', '/fraud-cases')) as { caseId: string }[]).map(({ caseId }) => caseId);
const asked = async (path: string) =>
  (await control(world.customs, 'GET', `/requests?path=${path}`)) as {
    body: unknown;
    headers: Record<string, string>;
  }[];
const counts = async () => (await countsForOperators(world.pool)).waiting;
const reconcile = () =>
  world.client.workflow.execute('reconciliation', { taskQueue: TASK_QUEUE, workflowId: randomUUID() });
const aMinuteLater = () =>
  world.pool.query(`UPDATE customs_notices SET visited_at = visited_at - interval '1 minute'`);

test('Customs gets it, and operators see that', async () => {
  const { noticeId, caseId } = await notice();
  expect(await ended(noticeId)).toEqual({ status: 'acknowledged', code: null });
  expect(await casesAtCustoms()).toEqual([caseId]);
  expect(await counts()).toMatchObject({ unacknowledgedNotices: 0, refusedNotices: 0 });
  const described = await world.client.workflow.getHandle(customsNoticeWorkflowId(noticeId)).describe();
  expect(JSON.stringify(described.typedSearchAttributes)).toContain('acknowledged');
});

test('the end of an identity deletes its file', async () => {
  const registrationId = uuidv7();
  const body = { reason: 'left', endedAt: openedAt };
  const { noticeId } = await notice(true, { kind: 'identity-ended', about: registrationId, body });
  expect(await ended(noticeId)).toEqual({ status: 'acknowledged', code: null });
  expect(await asked(`/identities/${registrationId}`)).toMatchObject([{ method: 'DELETE', body }]);
});

test('an outage is waited out, a lost answer repeated: the same bytes under the same key', async () => {
  await fault(world.customs, { route: '/fraud-cases', status: 503 });
  await fault(world.customs, { route: '/fraud-cases', drop: 'after' });
  const { noticeId, caseId } = await notice();
  expect(await ended(noticeId)).toEqual({ status: 'acknowledged', code: null });
  const requests = await asked('/fraud-cases');
  expect(requests).toHaveLength(3);
  for (const { body, headers } of requests) {
    expect(body).toEqual(requests[0]?.body);
    expect(headers['idempotency-key']).toBe(`notice/${noticeId}`);
  }
  expect(await casesAtCustoms()).toEqual([caseId]);
});

test('while it waits, operators read so; what Customs refuses is counted, told, and never sent again', async () => {
  await fault(world.customs, { route: '/fraud-cases', status: 503, times: 1_000 });
  const { noticeId } = await notice();
  await eventually(
    () => detailsOf(world.client, customsNoticeWorkflowId(noticeId)),
    (text) => text.includes('Customs has not taken it yet'),
  );
  expect(await counts()).toMatchObject({ unacknowledgedNotices: 1 });
  await endFaults(world.customs);
  await fault(world.customs, { route: '/fraud-cases', status: 422 });
  expect(await ended(noticeId)).toEqual({ status: 'refused', code: 'fault' });
  expect(await counts()).toMatchObject({ unacknowledgedNotices: 0, refusedNotices: 1 });
  expect(await detailsOf(world.client, customsNoticeWorkflowId(noticeId))).toContain('An operator must look');
  const sent = (await asked('/fraud-cases')).length;
  await aMinuteLater();
  await reconcile();
  expect(await world.processes.startCustomsNotice(noticeId, { again: true })).toBe('started');
  expect(await ended(noticeId)).toEqual({ status: 'refused', code: 'fault' });
  expect(await asked('/fraud-cases')).toHaveLength(sent);
});

describe('found by the reconciliation', () => {
  test('one that nobody started, after ten seconds', async () => {
    const { noticeId, caseId } = await notice(false);
    await reconcile();
    expect(await casesAtCustoms()).toEqual([]);
    await aMinuteLater();
    await reconcile();
    expect(await ended(noticeId)).toEqual({ status: 'acknowledged', code: null });
    expect(await casesAtCustoms()).toEqual([caseId]);
    expect(world.mended).toEqual(['restarted']);
  });

  test('all of them once the cluster is lost, more than a batch: each reaches Customs once', async () => {
    await fault(world.customs, { route: '/fraud-cases', status: 503, times: 1_000 });
    const running = await notice();
    await world.pool.query(
      `INSERT INTO customs_notices (notice_id, kind, about, body)
       SELECT gen_random_uuid(), kind, gen_random_uuid(), body FROM customs_notices, generate_series(1, 209)`,
    );
    await world.replaceTemporal({ keep: false });
    await endFaults(world.customs);
    await ensureSchedule(world.client, world.pool, pino({ level: 'silent' }), 30_000);
    await eventually(counts, ({ unacknowledgedNotices }) => unacknowledgedNotices === 0, 60_000);
    const cases = await casesAtCustoms();
    expect([cases.length, new Set(cases).size]).toEqual([210, 210]);
    expect(cases).toContain(running.caseId);
  }, 90_000);
});

test('an id that nobody recorded, or an input that is not that of the workflow id, ends at once', async () => {
  const unknown = uuidv7();
  await world.processes.startCustomsNotice(unknown);
  await expect(ended(unknown)).rejects.toThrow();
  const handle = await world.client.workflow.start('customsNotice', {
    taskQueue: TASK_QUEUE,
    workflowId: customsNoticeWorkflowId(unknown).replace(unknown, uuidv7()),
    args: [{ noticeId: unknown }],
  });
  await expect(handle.result()).rejects.toThrow();
  expect(await asked('/fraud-cases')).toEqual([]);
});
