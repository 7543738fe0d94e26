/** `npm start` as a person or a script meets it: with its own Postgres and Temporal, signals and kills included. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Endpoints } from '../../scripts/up/endpoints.ts';
import { ROOT } from '../../scripts/up/paths.ts';
import { pickFree } from '../../scripts/up/ports.ts';
import { isAlive, type ProcessIdentity } from '../../scripts/up/process-identity.ts';
import { makeTemporaryDirectory } from './support.ts';

let data: string;

beforeAll(() => {
  data = makeTemporaryDirectory();
});

afterAll(() => {
  const { postgres } = JSON.parse(readFileSync(join(data, 'postgres.json'), 'utf8')) as { postgres: string };
  rmSync(postgres, { recursive: true, force: true });
  rmSync(data, { recursive: true, force: true });
});

interface Start {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Start {
  const child = spawn(process.execPath, [join(ROOT, 'scripts', 'start.mjs'), '--data', data, ...args], {
    env: { ...process.env, TEMPORAL_CLI_PATH: inject('temporalBinary'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  return { child, output: () => output, ended: new Promise((resolve) => child.once('exit', resolve)) };
}

async function untilUp({ output, ended }: Start): Promise<Endpoints> {
  let code: number | null | undefined;
  ended.then((result) => {
    code = result;
  });
  await expect
    .poll(() => code !== undefined || output().includes('Ctrl-C stops'), { timeout: 60_000 })
    .toBe(true);
  if (code !== undefined) throw new Error(`It ended (${code}): ${output()}`);
  return JSON.parse(readFileSync(join(data, 'endpoints.json'), 'utf8')) as Endpoints;
}

/** Programs of the stack, as its pid files tell. */
function programs(): ProcessIdentity[] {
  const directory = join(data, 'run');
  return readdirSync(directory).map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8')));
}

async function brokerCount({ databaseUrl }: Endpoints): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM brokers');
  await client.end();
  return rows[0]?.n ?? 0;
}

test('it comes up, tells where, and Ctrl-C stops all of it in less than 5 s', async () => {
  const running = start(['--no-demo']);
  const endpoints = await untilUp(running);
  expect(statSync(join(data, 'endpoints.json')).mode & 0o777).toBe(0o600);
  expect((await fetch(`${endpoints.api}/readyz`)).status).toBe(200);
  expect(endpoints.brokers).toHaveLength(2);
  expect(await brokerCount(endpoints)).toBe(2);
  const started = programs();
  expect(started).toHaveLength(7);

  const asked = performance.now();
  // Twice, as a terminal and npm send it.
  running.child.kill('SIGINT');
  setTimeout(() => running.child.kill('SIGINT'), 100);
  expect(await running.ended).toBe(0);
  expect(performance.now() - asked).toBeLessThan(5_000);
  expect(started.filter(isAlive)).toEqual([]);
  expect(existsSync(join(data, 'endpoints.json'))).toBe(false);
});

test('addresses, credentials and data survive a kill -9, and a second start while one runs is refused', async () => {
  const killed = start(['--no-demo']);
  const before = await untilUp(killed);
  const second = start(['--no-demo']);
  expect(await second.ended).toBe(1);
  expect(second.output().trim()).toBe(
    `Consentry is running already on ${data}: stop it before you start it again.`,
  );

  killed.child.kill('SIGKILL');
  await killed.ended;
  const again = start(['--no-demo']);
  // Of an invitation only the hash is kept: each start makes another.
  const links = { invitations: [expect.any(Object), expect.any(Object)] };
  expect(await untilUp(again)).toEqual({ ...before, ...links });
  expect(await brokerCount(before)).toBe(2);
  again.child.kill('SIGTERM');
  expect(await again.ended).toBe(0);
});

test('--exit plays the demonstration, also on the data of an earlier one, and tells by its code that all was seen', async () => {
  for (const run of ['first', 'second']) {
    const playing = start(['--exit']);
    const code = await playing.ended;
    expect(playing.output(), run).toContain('✓ P5');
    expect([run, code]).toEqual([run, 0]);
  }
});

test('a kill -9 of npm, which reaches npm alone, stops what it had started', async () => {
  const command = `"${process.execPath}" "${join(ROOT, 'scripts', 'start.mjs')}" --data "${data}" --no-demo; true`;
  const npm = spawn('sh', ['-c', command], {
    env: { ...process.env, TEMPORAL_CLI_PATH: inject('temporalBinary'), npm_lifecycle_event: 'start' },
    stdio: 'ignore',
  });
  await expect.poll(() => existsSync(join(data, 'endpoints.json')), { timeout: 60_000 }).toBe(true);
  const started = programs();
  npm.kill('SIGKILL');
  await expect.poll(() => started.filter(isAlive), { timeout: 6_000 }).toEqual([]);
  await expect.poll(() => existsSync(join(data, 'lock')), { timeout: 6_000 }).toBe(false);
});

test('Ctrl-C during the start-up ends it cleanly', async () => {
  const running = start(['--no-demo']);
  await expect.poll(() => existsSync(join(data, 'run', 'postgres.json')), { timeout: 30_000 }).toBe(true);
  const started = programs();
  running.child.kill('SIGINT');
  expect(await running.ended).toBe(0);
  expect(started.filter(isAlive)).toEqual([]);
});

test('a port that is set and busy ends the start-up with one sentence', async () => {
  const port = await pickFree();
  const server = createServer().listen(port, '127.0.0.1');
  const refused = start(['--no-demo'], { API_PORT: String(port) });
  expect(await refused.ended).toBe(1);
  expect(refused.output().trim()).toBe(
    `Port ${port} (API_PORT) is in use by another program; set API_PORT to a free port, or leave it unset.`,
  );
  server.close();
});

test('an unknown option is told, with the help', async () => {
  const refused = start(['--demo']);
  expect(await refused.ended).toBe(2);
  expect(refused.output()).toContain("Unknown option '--demo'");
  expect(refused.output()).toContain('--no-demo');
});
