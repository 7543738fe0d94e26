/** One start-up per data directory. A lock whose holder is gone (kill -9) is taken over. */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';

/** Takes the lock, or returns false when a living process holds it. */
export function takeLock(file: string): boolean {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const mine = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(mine, JSON.stringify(identify(process.pid)));
  try {
    return linkExclusive(mine, file) || (removeStale(file) && linkExclusive(mine, file));
  } finally {
    rmSync(mine, { force: true });
  }
}

export function releaseLock(file: string): void {
  rmSync(file, { force: true });
}

/** As O_EXCL, but the file has its content from the first moment on: no reader finds it empty. */
function linkExclusive(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Of two that find the same stale lock, the slower may move the faster one's fresh lock away: it puts that back. */
function removeStale(file: string): boolean {
  const holder = readHolder(file);
  if (holder && isAlive(holder)) return false;
  const aside = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return true;
  }
  const moved = readHolder(aside);
  if (moved && isAlive(moved)) linkExclusive(aside, file);
  rmSync(aside, { force: true });
  return true;
}

function readHolder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
