import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { identify, waitForEnd } from '../../scripts/up/process-identity.ts';
import { type Program, Supervisor } from '../../scripts/up/processes.ts';
import { runFixture, temporaryDirectory } from './support.ts';

function supervise(): Supervisor {
  const supervisor = new Supervisor(temporaryDirectory());
  onTestFinished(() => supervisor.close([['program']]));
  return supervisor;
}

/** A Node program that runs `script`. */
const program = (script: string, more: Partial<Program> = {}): Program => ({
  name: 'program',
  command: process.execPath,
  args: ['-e', script],
  ready: /ready/,
  ...more,
});

const IDLE = 'console.log("ready"); setInterval(() => {}, 60_000);';

async function endOf(pid: number | undefined): Promise<boolean> {
  const identity = identify(Number(pid));
  return identity === undefined || waitForEnd(identity, 5_000);
}

test('a program is up when it says so', async () => {
  const supervisor = supervise();
  await supervisor.start(program(`setTimeout(() => { ${IDLE} }, 200)`));
  expect(readFileSync(supervisor.logFile('program'), 'utf8')).toBe('ready\n');
  expect(supervisor.isRunning('program')).toBe(true);
});

test('one that ends instead of starting gives an error with the end of its log', async () => {
  await expect(supervise().start(program('console.error("no such table"); process.exit(3)'))).rejects.toThrow(
    /^program ended \(exit code 3\) instead of starting\.\n.*program\.log:\n {2}no such table$/,
  );
});

test('one that is late is ended and gives an error with the end of its log', async () => {
  const supervisor = supervise();
  const late = program('console.log("waiting"); setInterval(() => {}, 60_000)', { readyTimeoutMs: 300 });
  await expect(supervisor.start(late)).rejects.toThrow(/was not ready in time[\s\S]*waiting$/);
  expect(supervisor.isRunning('program')).toBe(false);
});

test('a command that does not exist gives an error', async () => {
  await expect(supervise().start(program('', { command: '/nowhere/program' }))).rejects.toThrow(
    'instead of starting',
  );
});

test('a stop asks first and takes force after the grace', async () => {
  const supervisor = supervise();
  await supervisor.start(
    program(`process.on("SIGTERM", () => { console.log("bye"); process.exit(0) }); ${IDLE}`),
  );
  await supervisor.stop('program');
  expect(readFileSync(supervisor.logFile('program'), 'utf8')).toContain('bye');

  await supervisor.start(program(`process.on("SIGTERM", () => {}); ${IDLE}`, { graceMs: 200 }));
  const pid = supervisor.pid('program');
  await supervisor.stop('program');
  expect(await endOf(pid)).toBe(true);
});

test('a killed program can be started again as it was', async () => {
  const supervisor = supervise();
  await supervisor.start(program(IDLE));
  const first = supervisor.pid('program');
  await supervisor.kill('program', 'SIGKILL');
  expect(supervisor.pid('program')).toBeUndefined();
  await supervisor.restart('program');
  expect(supervisor.pid('program')).not.toBe(first);
});

test('only an end that nobody asked for is told', async () => {
  const supervisor = supervise();
  const told: string[] = [];
  supervisor.onUnexpectedEnd = ({ name, how }) => told.push(`${name} ${how}`);
  await supervisor.start(program(IDLE));
  await supervisor.restart('program');
  await supervisor.kill('program');
  expect(told).toEqual([]);
  await supervisor.restart('program');
  process.kill(Number(supervisor.pid('program')), 'SIGKILL');
  await expect.poll(() => told).toEqual(['program SIGKILL']);
});

test.runIf(process.platform === 'linux')('programs end with a supervisor that is killed', async () => {
  const fixture = await runFixture('supervised-program', [temporaryDirectory()]);
  await fixture.end('SIGKILL');
  expect(await endOf(fixture.innerPid)).toBe(true);
});

test('where they do not (no setpriv), the next start ends them', async () => {
  const directory = temporaryDirectory();
  const fixture = await runFixture('supervised-program', [directory], { env: { PATH: '/nowhere' } });
  await fixture.end('SIGKILL');
  expect(identify(fixture.innerPid)).toBeDefined();
  await new Supervisor(directory).endOrphans();
  expect(identify(fixture.innerPid)).toBeUndefined();
});

test('a pid that another process has by now is left alone', async () => {
  const supervisor = supervise();
  await supervisor.start(program(IDLE));
  const directory = temporaryDirectory();
  const next = new Supervisor(directory);
  const stale = { pid: supervisor.pid('program'), started: 'another time', signal: 'SIGKILL' };
  writeFileSync(join(directory, 'run', 'program.json'), JSON.stringify(stale));
  await next.endOrphans();
  expect(supervisor.isRunning('program')).toBe(true);
});

test('nothing starts once a stop has begun', async () => {
  const supervisor = supervise();
  const start = supervisor.start(program('setInterval(() => {}, 60_000)'));
  await Promise.all([expect(start).rejects.toThrow('broken off'), supervisor.close([['program']])]);
  await expect(supervisor.start(program(IDLE))).rejects.toThrow('broken off');
  expect(supervisor.isRunning('program')).toBe(false);
});
