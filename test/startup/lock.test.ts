import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { releaseLock, takeLock } from '../../scripts/up/lock.ts';
import { temporaryDirectory } from './support.ts';

test('one process holds the lock until it lets go', () => {
  const file = join(temporaryDirectory(), 'data', 'lock');
  expect(takeLock(file)).toBe(true);
  expect(takeLock(file)).toBe(false);
  releaseLock(file);
  expect(takeLock(file)).toBe(true);
});

test.each([
  ['of a process that has ended', () => ({ pid: endedPid(), started: 'once' })],
  ['of a pid that another process has by now', () => ({ pid: process.pid, started: 'another time' })],
  ['that is not whole', () => ''],
])('a lock %s is taken over', (_, content) => {
  const file = join(temporaryDirectory(), 'lock');
  writeFileSync(file, JSON.stringify(content()));
  expect(takeLock(file)).toBe(true);
  expect(takeLock(file)).toBe(false);
});

function endedPid(): number {
  return Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
}
