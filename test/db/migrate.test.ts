import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { KEY_MIGRATIONS, MIGRATIONS, migrate } from '../../db/migrate.ts';

/** Empty databases of this file's own: the other tests' are cloned from a migrated one. */
const suffix = randomBytes(5).toString('hex');
const names = { twice: `twice_${suffix}`, atOnce: `at_once_${suffix}`, keys: `only_keys_${suffix}` };

async function query<Row extends pg.QueryResultRow>(database: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: urlOf(database) });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

function urlOf(database: string): string {
  const url = new URL(inject('postgres').adminUrl);
  url.pathname = `/${database}`;
  return url.toString();
}

const tables = async (database: string) =>
  (
    await query<{ table_name: string }>(
      database,
      `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name`,
    )
  ).map((row) => row.table_name);
const applied = (database: string) =>
  query<{ name: string; run_on: Date }>(database, 'SELECT * FROM migrations');

beforeAll(async () => {
  for (const name of Object.values(names)) await query('postgres', `CREATE DATABASE ${name}`);
});
afterAll(async () => {
  for (const name of Object.values(names)) await query('postgres', `DROP DATABASE ${name} WITH (FORCE)`);
});

describe('migrating', () => {
  it('twice does nothing the second time', async () => {
    await migrate(urlOf(names.twice), MIGRATIONS);
    const before = await applied(names.twice);
    await migrate(urlOf(names.twice), MIGRATIONS);
    expect(await applied(names.twice)).toEqual(before);
    expect(await tables(names.twice)).toEqual(
      expect.arrayContaining(['declarations', 'identities', 'version_outcomes']),
    );
  });

  it('by several programs at once applies each migration once', async () => {
    await Promise.all(Array.from({ length: 3 }, () => migrate(urlOf(names.atOnce), MIGRATIONS)));
    const migrations = (await applied(names.atOnce)).map(({ name }) => name);
    expect(migrations.length).toBeGreaterThan(0);
    expect(new Set(migrations).size).toBe(migrations.length);
    expect(await tables(names.atOnce)).toEqual(await tables(names.twice));
  });

  it("the key store makes its keys, and the second copy of the log's head", async () => {
    await migrate(urlOf(names.keys), KEY_MIGRATIONS);
    expect(await tables(names.keys)).toEqual(['data_keys', 'log_heads', 'migrations', 'receipt_keys']);
  });
});
