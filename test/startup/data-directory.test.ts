import { cpSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { postgresDirectory } from '../../scripts/up/data-directory.ts';
import { temporaryDirectory } from './support.ts';

function dataDirectory(): { parent: string; data: string } {
  const parent = temporaryDirectory();
  const data = join(parent, '.data');
  mkdirSync(data);
  return { parent, data };
}

test('a user has it inside, root where the user of Postgres can go', () => {
  const { data } = dataDirectory();
  expect(postgresDirectory(data, false)).toBe(join(data, 'postgres'));
  if (process.getuid?.() !== 0) return;
  expect(postgresDirectory(data, true)).toMatch(/^\/var\/lib\/consentry\/[0-9a-f]{16}$/);
});

test.runIf(process.getuid?.() === 0)('it is found again, also after the checkout was moved', () => {
  const { parent, data } = dataDirectory();
  const first = postgresDirectory(data, true);
  expect(postgresDirectory(data, true)).toBe(first);
  const moved = join(parent, 'moved');
  renameSync(data, moved);
  expect(postgresDirectory(moved, true)).toBe(first);
  mkdirSync(data);
  expect(postgresDirectory(data, true)).not.toBe(first);
  expect(postgresDirectory(moved, true)).toBe(first);
});

test.runIf(process.getuid?.() === 0)(
  'a copy of the checkout gets its own: two servers never share one',
  () => {
    const { parent, data } = dataDirectory();
    const first = postgresDirectory(data, true);
    const copy = join(parent, 'copy');
    cpSync(data, copy, { recursive: true });
    const second = postgresDirectory(copy, true);
    expect(second).not.toBe(first);
    expect(postgresDirectory(copy, true)).toBe(second);
    expect(postgresDirectory(data, true)).toBe(first);
  },
);
