import pg from 'pg';
import { expect, test } from 'vitest';
import { cloneDatabase } from '../support/postgres.ts';

test('each test file gets databases of its own, and dropping them ends the sessions that are left', async () => {
  const one = await cloneDatabase();
  const other = await cloneDatabase();
  expect(new Set([one.databaseUrl, one.keysUrl, other.databaseUrl, other.keysUrl]).size).toBe(4);
  const left = new pg.Client({ connectionString: one.databaseUrl });
  left.on('error', () => {});
  await left.connect();
  await one.drop();
  await other.drop();
  const again = new pg.Client({ connectionString: one.databaseUrl });
  await expect(again.connect()).rejects.toMatchObject({ code: '3D000' });
});
