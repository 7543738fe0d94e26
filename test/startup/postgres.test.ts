import { execFileSync } from 'node:child_process';
import {
  accessSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { findOnPath, unprivilegedUser } from '../../scripts/up/die-with-parent.ts';
import { ROOT } from '../../scripts/up/paths.ts';
import { pickFree } from '../../scripts/up/ports.ts';
import { createDatabases, startPostgres } from '../../scripts/up/postgres.ts';
import { linkLibraries } from '../../scripts/up/postgres-binaries.ts';
import { commandLine, identify, waitForEnd } from '../../scripts/up/process-identity.ts';
import { Supervisor } from '../../scripts/up/processes.ts';
import { runFixture, temporaryDirectory } from './support.ts';

const isRoot = process.getuid?.() === 0;
const address = (port: number) => `postgresql://postgres:test@127.0.0.1:${port}/postgres`;

async function query(port: number, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: address(port) });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function start(directory: string, port: number): Promise<Supervisor> {
  const supervisor = new Supervisor(directory);
  onTestFinished(() => supervisor.stop('postgres'));
  await startPostgres(supervisor, { directory: join(directory, 'postgres'), port, password: 'test' });
  return supervisor;
}

test('what was committed is there after a restart, and only with the password', async () => {
  const directory = temporaryDirectory();
  const port = await pickFree();
  const supervisor = await start(directory, port);
  await createDatabases(address(port), ['consentry', 'consentry_keys']);
  await createDatabases(address(port), ['consentry', 'consentry_keys']);
  await query(port, 'CREATE TABLE kept AS SELECT 1 AS n');
  // A session that computes does not notice at once that its server was killed, and holds its memory until then.
  const computing = query(port, 'SELECT sum(n) FROM generate_series(1, 10000000) AS n').catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 300));
  await supervisor.kill('postgres', 'SIGKILL');
  await supervisor.restart('postgres');
  await computing;
  expect(await query(port, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  expect(await query(port, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  const stranger = new pg.Client({ connectionString: address(port).replace(':test@', ':other@') });
  await expect(stranger.connect()).rejects.toMatchObject({ code: '28P01' });
});

test.runIf(process.platform === 'linux')(
  'it ends with a start-up that is killed, and the next one goes on',
  async () => {
    const directory = temporaryDirectory();
    const port = await pickFree();
    const killed = await runFixture('postgres-program', [directory, String(port)]);
    await query(port, 'CREATE TABLE kept AS SELECT 1 AS n');
    const server = identify(killed.innerPid);
    if (!server) throw new Error('Postgres is not running.');
    await killed.end('SIGKILL');
    expect(await waitForEnd(server, 5_000)).toBe(true);
    await start(directory, port);
    expect(await query(port, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  },
);

test('a server that outlived its start-up (no setpriv) is ended by the next one, on another port too', async () => {
  const directory = temporaryDirectory();
  const port = await pickFree();
  const killed = await runFixture('postgres-program', [directory, String(port)], {
    env: { PATH: pathWithoutSetpriv() },
  });
  await query(port, 'CREATE TABLE kept AS SELECT 1 AS n');
  await killed.end('SIGKILL');
  expect(commandLine(killed.innerPid)).toContain(directory);
  const other = await pickFree();
  await start(directory, other);
  expect(identify(killed.innerPid)).toBeUndefined();
  expect(await query(other, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
});

test.runIf(isRoot)('root runs it as a user without rights', async () => {
  const directory = temporaryDirectory();
  const supervisor = await start(directory, await pickFree());
  const status = readFileSync(`/proc/${supervisor.pid('postgres')}/status`, 'utf8');
  const uid = unprivilegedUser()?.uid;
  expect(uid).toBeGreaterThan(0);
  expect(status).toMatch(new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, 'm'));
});

test.runIf(isRoot && othersMayRead(ROOT))('another user runs it as itself', async () => {
  const directory = temporaryDirectory();
  const nobody = unprivilegedUser();
  if (!nobody) throw new Error('not root');
  chownSync(directory, nobody.uid, nobody.gid);
  const port = await pickFree();
  const fixture = await runFixture('postgres-program', [directory, String(port)], {
    uid: nobody.uid,
    gid: nobody.gid,
    env: { HOME: directory, TMPDIR: directory },
  });
  expect(await query(port, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  await fixture.end('SIGTERM');
  expect(lstatSync(join(directory, 'postgres')).uid).toBe(nobody.uid);
});

test('links between libraries, which npm packages cannot hold, are made where install scripts did not', () => {
  const native = join(temporaryDirectory(), 'native');
  mkdirSync(join(native, 'lib'), { recursive: true });
  writeFileSync(join(native, 'lib', 'libpq.so.5.18'), '');
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links));
  linkLibraries(native);
  linkLibraries(native);
  expect(readlinkSync(join(native, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
});

/** Holds only what the start-up cannot do without as root. */
function pathWithoutSetpriv(): string {
  const directory = temporaryDirectory();
  symlinkSync(findOnPath('id') ?? '', join(directory, 'id'));
  return directory;
}

/** True when a user other than the owner can read the checkout. */
function othersMayRead(directory: string): boolean {
  const user = unprivilegedUser();
  if (!user) return false;
  try {
    accessSync(directory);
    execFileSync('ls', [directory], { uid: user.uid, gid: user.gid, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
