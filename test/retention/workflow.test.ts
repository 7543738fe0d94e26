/** The purge as a process: found by its Schedule, and done in batches. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PURGE_BATCH } from '../../db/retention/purge.ts';
import { lastRun, purgedByMonth } from '../../db/retention/runs.ts';
import { RETENTION_SCHEDULE_ID } from '../../domain/ids.ts';
import { POA_RETENTION_MONTHS } from '../../domain/law.ts';
import { ensureRetentionSchedule } from '../../workers/cluster.ts';
import { admin } from '../support/admin.ts';
import { declare } from '../support/poa-fixtures.ts';
import { createPoaWorld, type PoaWorld } from '../support/poa-world.ts';
import { endedBeforeLimit } from '../support/retention-acts.ts';

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
});
afterAll(() => world?.close());

test('its Schedule is made once, and a run of it purges all that is due, batch by batch; the operator is told', async () => {
  const { declarationId } = await declare(world, 'declare-first', { start: false });
  await endedBeforeLimit(world.db, declarationId, 1);
  // As many others as make a second batch.
  await world.pool.query(
    `WITH more AS (
       INSERT INTO declarations (declaration_id, broker_id, poa_order, functional_reference, master_waybill, house_waybill,
         digest, respond_by, status, waybill_taken, finished, ended_at)
       SELECT gen_random_uuid(), broker_id, poa_order, 'R' || n, 'M', 'H', digest, respond_by, 'expired', false, true, ended_at
       FROM declarations, generate_series(1, ${PURGE_BATCH}) n RETURNING declaration_id, digest, respond_by)
     INSERT INTO declaration_versions (declaration_id, version, digest, respond_by, functional_reference, master_waybill,
       house_waybill, sealed, state)
     SELECT declaration_id, 1, digest, respond_by, 'R', 'M', 'H', '\\x00', 'in-force' FROM more`,
  );
  const kept = await declare(world, 'declare-first', { start: false });
  await endedBeforeLimit(world.db, kept.declarationId, -1);

  await ensureRetentionSchedule(world.client, 3_600_000);
  await ensureRetentionSchedule(world.client, 3_600_000);
  await world.client.schedule.getHandle(RETENTION_SCHEDULE_ID).trigger();
  await expect
    .poll(async () => (await lastRun(world.pool))?.endedAt, { timeout: 20_000, interval: 50 })
    .toEqual(expect.any(Date));

  const { rows } = await world.pool.query(
    `SELECT count(*) FILTER (WHERE purged_at IS NOT NULL) AS purged, count(*) FILTER (WHERE purged_at IS NULL) AS kept
     FROM declarations`,
  );
  expect(rows).toEqual([{ purged: PURGE_BATCH + 1, kept: 1 }]);
  expect(await lastRun(world.pool)).toMatchObject({ months: POA_RETENTION_MONTHS, poas: PURGE_BATCH + 1 });
  expect(await purgedByMonth(world.pool)).toMatchObject([{ poas: PURGE_BATCH + 1 }]);

  const environment = {
    DATABASE_URL: world.databaseUrl,
    KEYS_DATABASE_URL: world.keysUrl,
    MASTER_KEY: world.masterKey,
  };
  const operator = (...args: string[]) => admin(environment, ...args);
  expect(
    await operator('poa', 'hold', kept.declarationId, '--by', 'ops', '--reason', 'case 42'),
  ).toMatchObject({
    code: 0,
  });
  const report = await operator('evidence', 'retention');
  expect(report).toMatchObject({ code: 0, err: '' });
  expect(report.out).toMatch(/ended and kept +1\n/);
  expect(report.out).toMatch(/held +1\n/);
  expect(report.out).toMatch(new RegExp(`\\d{4}-\\d\\d +${PURGE_BATCH + 1} +0\n`));
  for (const told of ['Released.', 'Operators hold nothing here.'])
    expect(
      (await operator('poa', 'release', kept.declarationId, '--by', 'ops', '--reason', 'over')).out,
    ).toContain(told);
  expect(await operator('poa', 'hold', declarationId, '--by', 'ops', '--reason', 'late')).toMatchObject({
    code: 1,
  });
});
