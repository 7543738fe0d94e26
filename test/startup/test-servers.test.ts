import pg from 'pg';
import { expect, test } from 'vitest';
import { cloneDatabase } from '../support/postgres.ts';
import { createNamespace, startTimeSkipping } from '../support/temporal.ts';

test('each test file gets databases of its own, and dropping them ends the sessions that are left', async () => {
  const one = await cloneDatabase();
  const other = await cloneDatabase();
  expect(new Set([one.databaseUrl, one.keysUrl, other.databaseUrl, other.keysUrl]).size).toBe(4);
  const left = new pg.Client({ connectionString: one.databaseUrl });
  left.on('error', () => {});
  await left.connect();
  const { rows } = await left.query('SELECT count(*)::int AS found FROM brokers');
  expect(rows).toEqual([{ found: 0 }]);
  await one.drop();
  await other.drop();
  const again = new pg.Client({ connectionString: one.databaseUrl });
  await expect(again.connect()).rejects.toMatchObject({ code: '3D000' });
});

test('a new namespace of the shared server takes workflows with the search attributes at once', async () => {
  const { client, close } = await createNamespace();
  const handle = await client.workflow.start('unknown', {
    taskQueue: 'nobody',
    workflowId: 'poa/1',
    searchAttributes: { ConsentryStatus: ['received'], ConsentryDeadline: [new Date()] },
  });
  expect((await handle.describe()).status.name).toBe('RUNNING');
  await close();
});

test('the time-skipping server sleeps a day in no time', async () => {
  const environment = await startTimeSkipping();
  const before = await environment.currentTimeMs();
  await environment.sleep('1 day');
  expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(86_400_000);
  await environment.teardown();
});
