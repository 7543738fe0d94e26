/**
 * Once per test run: one Postgres (not durable: its data goes with the run) with a migrated template of both
 * databases, one Temporal dev server in memory, the app and the workflow bundle built. Tests get all by `inject`.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { TestProject } from 'vitest/node';
import { KEY_MIGRATIONS, MIGRATIONS, migrate } from '../../db/migrate.ts';
import { buildApp } from '../../scripts/app/build.ts';
import { takeLock } from '../../scripts/up/lock.ts';
import { CACHE_DIRECTORY } from '../../scripts/up/paths.ts';
import { pickFree } from '../../scripts/up/ports.ts';
import { createDatabases, startPostgres } from '../../scripts/up/postgres.ts';
import { SYSTEM_DIRECTORY } from '../../scripts/up/postgres-binaries.ts';
import { Supervisor } from '../../scripts/up/processes.ts';
import { startTemporal } from '../../scripts/up/temporal.ts';
import { locate, TEMPORAL_CLI, TEMPORAL_TEST_SERVER } from '../../scripts/up/temporal-binary.ts';
import { bundleWorkflows } from '../../workers/bundle.ts';

/** Databases that every test file's own are cloned from; nobody connects to them. */
const MAIN_TEMPLATE = 'template_main';
const KEYS_TEMPLATE = 'template_keys';
const PREFIX = 'consentry-test-';

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: { readonly adminUrl: string; readonly mainTemplate: string; readonly keysTemplate: string };
    /** Dev server; each stack and each test file that starts workflows makes a namespace of its own in it. */
    temporalAddress: string;
    /** Paths of the executables, for tests that start a server of their own. */
    temporalBinary: string;
    temporalTestServerBinary: string;
    /** The workflows' code in a file, as production's workers load it. */
    workflowBundle: { readonly codePath: string };
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = temporaryDirectory();
  const supervisor = new Supervisor(directory);
  const stop = async () => {
    await supervisor.stop('temporal', 'postgres');
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const postgres = await startPostgres(supervisor, {
      directory: join(directory, 'postgres'),
      port: await pickFree(),
      password: 'test',
      durable: false,
    });
    await createDatabases(postgres.url('postgres'), [MAIN_TEMPLATE, KEYS_TEMPLATE]);
    await migrateTemplates(postgres.url);
    await buildApp();
    const codePath = join(directory, 'workflow-bundle.js');
    writeFileSync(codePath, (await bundleWorkflows(pino({ level: 'warn' }))).code);
    project.provide('workflowBundle', { codePath });
    project.provide('postgres', {
      adminUrl: postgres.url('postgres'),
      mainTemplate: MAIN_TEMPLATE,
      keysTemplate: KEYS_TEMPLATE,
    });
    const around = { cacheDirectory: CACHE_DIRECTORY, env: process.env, print: console.log };
    const binary = await locate(TEMPORAL_CLI, around);
    project.provide('temporalBinary', binary);
    project.provide('temporalTestServerBinary', await locate(TEMPORAL_TEST_SERVER, around));
    project.provide('temporalAddress', await startTemporal(supervisor, { binary, port: await pickFree() }));
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function migrateTemplates(url: (database: string) => string): Promise<void> {
  await migrate(url(MAIN_TEMPLATE), MIGRATIONS);
  await migrate(url(KEYS_TEMPLATE), KEY_MIGRATIONS);
}

/** Where the user that Postgres runs as can reach it. Takes away what killed runs left there. */
function temporaryDirectory(): string {
  const parent = process.getuid?.() === 0 ? SYSTEM_DIRECTORY : tmpdir();
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(PREFIX))) {
    const left = join(parent, name);
    if (takeLock(join(left, 'lock'))) rmSync(left, { recursive: true, force: true });
  }
  const directory = mkdtempSync(join(parent, PREFIX));
  chmodSync(directory, 0o755);
  takeLock(join(directory, 'lock'));
  return directory;
}
