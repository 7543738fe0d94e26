/** A database connection that is lost, whenever: the caller is told to come back (503), not of an error of ours. */
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toProblem } from '../../api/problem.ts';
import { createPool, transaction } from '../../db/pool.ts';
import { cloneDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let pool: ReturnType<typeof createPool>;
beforeAll(async () => {
  database = await cloneDatabase();
  pool = createPool(database.databaseUrl);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

const lose = async (client: PoolClient) => {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return () => pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
};
const problemOf = (work: (client: PoolClient) => Promise<unknown>) =>
  transaction(pool, work).then(() => null, toProblem);

test('during a statement', async () => {
  const problem = await problemOf(async (client) => {
    const losing = await lose(client);
    await Promise.all([client.query('SELECT pg_sleep(3)'), losing()]);
  });
  expect(problem).toMatchObject({ status: 503, code: 'temporarily-unavailable' });
});

test('between two statements of a transaction', async () => {
  const problem = await problemOf(async (client) => {
    const lost = new Promise((resolve) => client.once('end', () => resolve(null)));
    await (await lose(client))();
    await lost;
    await client.query('SELECT 1');
  });
  expect(problem).toMatchObject({ status: 503, code: 'temporarily-unavailable' });
});
