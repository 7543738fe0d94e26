/**
 * Once per test run: one Postgres (not durable: its data goes with the run) with a migrated template of both
 * databases, and one Temporal dev server in memory. Tests get their addresses by `inject`.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { pickFree } from '../../scripts/up/ports.ts';
import { createDatabases, startPostgres } from '../../scripts/up/postgres.ts';
import { SYSTEM_DIRECTORY } from '../../scripts/up/postgres-binaries.ts';
import { Supervisor } from '../../scripts/up/processes.ts';

/** Databases that every test file's own are cloned from; nobody connects to them. */
const MAIN_TEMPLATE = 'template_main';
const KEYS_TEMPLATE = 'template_keys';

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: { readonly adminUrl: string; readonly mainTemplate: string; readonly keysTemplate: string };
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = temporaryDirectory();
  const supervisor = new Supervisor(directory);
  const stop = async () => {
    await supervisor.stop('postgres');
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const postgres = await startPostgres(supervisor, {
      directory: join(directory, 'postgres'),
      port: await pickFree(),
      password: 'test',
      durable: false,
    });
    await createDatabases(postgres, [MAIN_TEMPLATE, KEYS_TEMPLATE]);
    await migrateTemplates(postgres.url);
    project.provide('postgres', {
      adminUrl: postgres.url('postgres'),
      mainTemplate: MAIN_TEMPLATE,
      keysTemplate: KEYS_TEMPLATE,
    });
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function migrateTemplates(url: (database: string) => string): Promise<void> {
  if (!existsSync(new URL('../../db/migrate.ts', import.meta.url))) {
    console.warn('db/migrate.ts does not exist yet: the test databases are empty.');
    return;
  }
  const { migrate } = await import('../../db/migrate.ts');
  await migrate(url(MAIN_TEMPLATE), 'db/migrations');
  await migrate(url(KEYS_TEMPLATE), 'db/migrations-keys');
}

/** Where the user that Postgres runs as can reach it. */
function temporaryDirectory(): string {
  const parent = process.getuid?.() === 0 ? SYSTEM_DIRECTORY : tmpdir();
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'test-'));
  chmodSync(directory, 0o755);
  return directory;
}
