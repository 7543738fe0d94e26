import { rmSync } from 'node:fs';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { postgresDirectory } from '../../scripts/up/data-directory.ts';
import { type DatabaseUrls, startDatabases } from '../../scripts/up/databases.ts';
import { Supervisor } from '../../scripts/up/processes.ts';
import { prepareSettings } from '../../scripts/up/settings.ts';
import { cloneDatabase } from '../support/postgres.ts';
import { temporaryDirectory } from './support.ts';

const WARNING = /^WARNING: KEYS_DATABASE_URL is on the same server as DATABASE_URL/;

async function start(
  env: NodeJS.ProcessEnv,
): Promise<{ urls: DatabaseUrls; lines: string[]; embedded: boolean }> {
  const directory = temporaryDirectory();
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  const supervisor = new Supervisor(directory);
  onTestFinished(async () => {
    await supervisor.stop('postgres');
    rmSync(postgresDirectory(directory), { recursive: true, force: true });
  });
  const urls = await startDatabases(supervisor, await prepareSettings(directory, env, print), true, print);
  return { urls, lines, embedded: supervisor.isRunning('postgres') };
}

async function tables(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
  );
  await client.end();
  return rows.map(({ name }) => name);
}

test('without variables both are embedded and migrated; that they share a server is said quietly', async () => {
  const { urls, lines } = await start({});
  expect(await tables(urls.DATABASE_URL)).toContain('brokers');
  expect(await tables(urls.KEYS_DATABASE_URL)).toContain('data_keys');
  expect(lines).toEqual([
    'The key store shares the embedded Postgres; production gives it a server of its own.',
  ]);
});

test('DATABASE_URL alone: the key store is a second database of that server, and the warning comes once', async () => {
  const own = await cloneDatabase();
  onTestFinished(() => own.drop());
  const { urls, lines, embedded } = await start({ DATABASE_URL: own.databaseUrl });
  expect(embedded).toBe(false);
  expect(urls).toEqual({ DATABASE_URL: own.databaseUrl, KEYS_DATABASE_URL: `${own.databaseUrl}_keys` });
  expect(await tables(urls.KEYS_DATABASE_URL)).toContain('data_keys');
  expect(lines).toEqual([expect.stringMatching(WARNING)]);
});

test('a key store on another server gives no warning', async () => {
  const own = await cloneDatabase();
  onTestFinished(() => own.drop());
  const { urls, lines, embedded } = await start({ KEYS_DATABASE_URL: own.keysUrl });
  expect(embedded).toBe(true);
  expect(urls.KEYS_DATABASE_URL).toBe(own.keysUrl);
  expect(lines).toEqual([]);
});
