/** Programs that a test starts in order to kill them, and directories for them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ROOT } from '../../scripts/up/paths.ts';
import { SYSTEM_DIRECTORY } from '../../scripts/up/postgres-binaries.ts';

/** A directory for this test; as root one that Postgres' user can reach. */
export function temporaryDirectory(): string {
  const directory = makeTemporaryDirectory();
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function makeTemporaryDirectory(): string {
  const parent = process.getuid?.() === 0 ? SYSTEM_DIRECTORY : tmpdir();
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'startup-test-'));
  chmodSync(directory, 0o755);
  return directory;
}

export interface FixtureOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
}

export interface Fixture {
  readonly child: ChildProcess;
  /** The pid that the fixture printed: of the program that it runs. */
  readonly innerPid: number;
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Runs `fixtures/<name>.ts` until it prints `pid <number>`. */
export async function runFixture(
  name: string,
  args: readonly string[],
  options: FixtureOptions = {},
): Promise<Fixture> {
  const file = join(ROOT, 'test', 'startup', 'fixtures', `${name}.ts`);
  const { env, ...user } = options;
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    ...user,
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let output = '';
  const innerPid = await new Promise<number>((resolve, reject) => {
    child.stdout?.on('data', (data: Buffer) => {
      output += data;
      const pid = /pid (\d+)/.exec(output)?.[1];
      if (pid) resolve(Number(pid));
    });
    ended.then(() => reject(new Error(`${name} ended early: ${output}`)));
  });
  return {
    child,
    innerPid,
    end: async (signal) => {
      child.kill(signal);
      await ended;
    },
  };
}
