/** The embedded Postgres: made once with `initdb`, run by the supervisor on the loopback, with a password. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { dieWithParent, type SystemUser, unprivilegedUser } from './die-with-parent.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { commandLine, endProcess, identify } from './process-identity.ts';
import type { Supervisor } from './processes.ts';

export interface PostgresOptions {
  /** Holds the data; made when missing. Its parent must be open to the user that Postgres runs as. */
  readonly directory: string;
  readonly port: number;
  readonly password: string;
  /** False only for tests: a crash of the machine may then lose or break everything. Default true. */
  readonly durable?: boolean;
}

export interface PostgresServer {
  /** Address of one of its databases. */
  readonly url: (database: string) => string;
}

/** Starts the server under the name `postgres`; what an earlier start-up left running on the same data is ended first. */
export async function startPostgres(
  supervisor: Supervisor,
  options: PostgresOptions,
): Promise<PostgresServer> {
  const { directory, port, password } = options;
  const user = unprivilegedUser();
  const binaries = postgresBinaries(user);
  const data = join(directory, 'data');
  await endOrphan(data);
  if (!existsSync(join(data, 'PG_VERSION'))) initialise(binaries, directory, password, user);

  const url = (database: string) => `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
  await supervisor.start({
    name: 'postgres',
    command: join(binaries, 'bin', 'postgres'),
    args: ['-D', data, ...settings(port, options.durable ?? true)],
    ready: () => answers(url('postgres')),
    // Sessions that compute outlive a killed server by a while.
    waitsFor: /pre-existing shared memory block/,
    // SIGINT is Postgres' fast shutdown: sessions are ended, everything is written.
    stopSignal: 'SIGINT',
    ...(user && { user }),
  });
  return { url };
}

/** Makes each database that does not exist yet, through a session of any database of the same server. */
export async function createDatabases(databaseUrl: string, names: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const name of names) {
      const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
      if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
    }
  } finally {
    await client.end();
  }
}

function settings(port: number, durable: boolean): string[] {
  const lines = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `port=${port}`,
    'max_connections=200',
    'timezone=UTC',
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ];
  return lines.flatMap((line) => ['-c', line]);
}

/** `initdb` into a directory of another name first: one that was interrupted is never taken for a whole one. */
function initialise(
  binaries: string,
  directory: string,
  password: string,
  user: SystemUser | undefined,
): void {
  mkdirSync(directory, { recursive: true });
  if (user) chownSync(directory, user.uid, user.gid);
  chmodSync(directory, 0o700);
  const part = join(directory, 'data.part');
  rmSync(part, { recursive: true, force: true });
  const passwordFile = join(directory, `password.${randomBytes(4).toString('hex')}`);
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  try {
    const launch = dieWithParent(
      join(binaries, 'bin', 'initdb'),
      [
        '-D',
        part,
        '-U',
        'postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
      ].concat('--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-instructions'),
      'SIGKILL',
      user,
    );
    execFileSync(launch.command, launch.args, {
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(launch.uid !== undefined && { uid: launch.uid }),
      ...(launch.gid !== undefined && { gid: launch.gid }),
    });
    renameSync(part, join(directory, 'data'));
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Where a killed start-up's Postgres lives on (no `setpriv`), its pid file tells of it: line 1 pid, line 2 data directory. */
async function endOrphan(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const identity = identify(pid);
  // The pid may by now be another program's.
  if (identity && commandLine(pid).includes(data)) await endProcess(identity, 'SIGINT', 10_000);
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
