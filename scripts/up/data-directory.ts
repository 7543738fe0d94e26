/** Where the Postgres data of a data directory lie. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SYSTEM_DIRECTORY } from './postgres-binaries.ts';
import { writePrivate } from './secrets.ts';

interface Location {
  /** The data directory that it was made for. */
  readonly dataDirectory: string;
  readonly postgres: string;
}

/**
 * As a user: `<data directory>/postgres`. As root, whose checkout Postgres' own user may have no way into:
 * `/var/lib/consentry/<hash>`, named in `<data directory>/postgres.json`. That name moves with the directory; a
 * copy does not follow it while the original does: two servers on the same files would destroy them.
 */
export function postgresDirectory(dataDirectory: string, asRoot = process.getuid?.() === 0): string {
  if (!asRoot) return join(dataDirectory, 'postgres');
  const named = readLocation(dataDirectory);
  const original =
    named && named.dataDirectory !== dataDirectory ? readLocation(named.dataDirectory) : undefined;
  const postgres =
    named && original?.postgres !== named.postgres
      ? named.postgres
      : join(SYSTEM_DIRECTORY, randomBytes(8).toString('hex'));
  mkdirSync(SYSTEM_DIRECTORY, { recursive: true });
  writePrivate(locationFile(dataDirectory), { dataDirectory, postgres } satisfies Location);
  return postgres;
}

function readLocation(dataDirectory: string): Location | undefined {
  const file = locationFile(dataDirectory);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Location) : undefined;
}

const locationFile = (dataDirectory: string) => join(dataDirectory, 'postgres.json');
