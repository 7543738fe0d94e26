import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';

const directory = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));

/** Numbered migrations of the main database and of the key store. */
export const MIGRATIONS = directory('migrations');
export const KEY_MIGRATIONS = directory('migrations-keys');

/** Brings a database up to date. Two at once wait for each other; does nothing when there is nothing to do. */
export async function migrate(databaseUrl: string, dir: string): Promise<void> {
  await runner({
    databaseUrl,
    dir,
    direction: 'up',
    migrationsTable: 'migrations',
    checkOrder: true,
    singleTransaction: true,
    advisoryLockMode: 'wait',
    log: () => {},
  });
}
