/**
 * A small supervisor of the programs that make up a running Consentry: start and wait until ready, stop in
 * order, kill and restart (for tests), end what an earlier, killed start-up left over. A program writes to its
 * own log file, not to a pipe of ours, so that it neither blocks on us nor dies when we do.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dieWithParent, type SystemUser } from './die-with-parent.ts';
import { endProcess, identify, type ProcessIdentity } from './process-identity.ts';

export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** A line of its log, or a question to ask it every 50 ms, that tells that it can be used. */
  readonly ready: RegExp | (() => Promise<boolean>);
  /** Default 60 s. */
  readonly readyTimeoutMs?: number;
  /** What it says of the one before it, killed but not gone in all its parts: it is started again until that is over. */
  readonly waitsFor?: RegExp;
  /** Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** From the stop signal to SIGKILL; default 3 s. */
  readonly graceMs?: number;
  /** Run as this user (root only). */
  readonly user?: SystemUser;
}

/** What a program ended with, without having been told to. */
export interface UnexpectedEnd {
  readonly name: string;
  /** `exit code 1` or `SIGKILL`. */
  readonly how: string;
}

interface Running {
  readonly program: Program;
  readonly child: ChildProcess;
  /** Its end is our doing. */
  ending: boolean;
  hasEnded: boolean;
  readonly ended: Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;
const LOG_TAIL_LINES = 20;
const STOPPING = 'The start was broken off.';

export class Supervisor {
  readonly #running = new Map<string, Running>();
  #closed = false;
  readonly #logs: string;
  readonly #pids: string;
  /** Told of every program that ends by itself after it was ready. */
  onUnexpectedEnd: (end: UnexpectedEnd) => void = () => {};

  /** Keeps `logs/` and `run/` (pid files) under `directory`. */
  constructor(directory: string) {
    this.#logs = join(directory, 'logs');
    this.#pids = join(directory, 'run');
    mkdirSync(this.#logs, { recursive: true });
    mkdirSync(this.#pids, { recursive: true });
  }

  /** Ends the programs that an earlier start-up on the same directory left behind. Call it before the first start. */
  async endOrphans(): Promise<void> {
    const files = readdirSync(this.#pids).map((file) => join(this.#pids, file));
    await Promise.all(
      files.map(async (file) => {
        const { signal, ...identity } = JSON.parse(readFileSync(file, 'utf8')) as PidFile;
        await endProcess(identity, signal, 5_000);
        rmSync(file, { force: true });
      }),
    );
  }

  /** Starts a program and waits until it is ready. Throws with the end of its log when it ends or is late. */
  async start(program: Program): Promise<void> {
    if (this.isRunning(program.name)) throw new Error(`${program.name} is running already.`);
    keepPreviousLog(this.logFile(program.name));
    await this.#launchInTime(program);
  }

  /** Starts it again as it was started before, after stopping it if it runs. */
  async restart(name: string): Promise<void> {
    const { program } = this.#find(name);
    await this.stop(name);
    await this.#launchInTime(program);
  }

  /** Stops programs together; those that are not running are passed over. */
  async stop(...names: string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#stop(name)));
  }

  /** No start from now on; those under way end with an error. */
  refuseStarts(): void {
    this.#closed = true;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Stops everything, group after group, for good. */
  async close(order: readonly (readonly string[])[]): Promise<void> {
    this.refuseStarts();
    for (const group of order) await this.stop(...group);
  }

  /** Sends a signal and waits for the end. Throws when the program is not known. */
  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const running = this.#find(name);
    running.ending = true;
    running.child.kill(signal);
    await running.ended;
  }

  isRunning(name: string): boolean {
    return this.#running.get(name)?.hasEnded === false;
  }

  /** Undefined when it is not running. */
  pid(name: string): number | undefined {
    return this.isRunning(name) ? this.#find(name).child.pid : undefined;
  }

  logFile(name: string): string {
    return join(this.#logs, `${name}.log`);
  }

  #find(name: string): Running {
    const running = this.#running.get(name);
    if (!running) throw new Error(`No program called ${name} was started.`);
    return running;
  }

  async #stop(name: string): Promise<void> {
    if (!this.isRunning(name)) return;
    const running = this.#find(name);
    running.ending = true;
    running.child.kill(running.program.stopSignal ?? 'SIGTERM');
    const late = new AbortController();
    await Promise.race([
      running.ended,
      sleep(running.program.graceMs ?? 3_000, undefined, { signal: late.signal })
        .then(() => running.child.kill('SIGKILL'))
        .catch(() => {}),
    ]);
    await running.ended;
    late.abort();
  }

  async #launchInTime(program: Program): Promise<void> {
    const until = Date.now() + (program.readyTimeoutMs ?? READY_TIMEOUT_MS);
    for (;;) {
      try {
        return await this.#launch(program);
      } catch (error) {
        const waits = program.waitsFor?.test((error as Error).message) ?? false;
        if (!waits || this.#closed || Date.now() > until) throw error;
        await sleep(100);
      }
    }
  }

  async #launch(program: Program): Promise<void> {
    if (this.#closed) throw new Error(STOPPING);
    const log = openSync(this.logFile(program.name), 'a');
    const logStart = readFileSync(this.logFile(program.name)).length;
    const launch = dieWithParent(
      program.command,
      program.args,
      program.stopSignal === 'SIGINT' ? 'SIGINT' : 'SIGKILL',
      program.user,
    );
    const child = spawn(launch.command, launch.args, {
      cwd: program.cwd ?? '/',
      env: { ...process.env, ...program.env },
      stdio: ['ignore', log, log],
      // Its own process group: Ctrl-C reaches us alone, and we stop the programs in order.
      detached: true,
      ...(launch.uid !== undefined && { uid: launch.uid }),
      ...(launch.gid !== undefined && { gid: launch.gid }),
    });
    closeSync(log);
    const running: Running = { program, child, ending: false, hasEnded: false, ended: endOf(child) };
    this.#running.set(program.name, running);
    this.#recordPid(program, child);
    running.ended.then(() => {
      running.hasEnded = true;
      rmSync(this.#pidFile(program.name), { force: true });
    });
    await this.#untilReady(running, logStart);
    running.ended.then(() => {
      if (!running.ending) this.onUnexpectedEnd({ name: program.name, how: howEnded(child) });
    });
  }

  async #untilReady(running: Running, logStart: number): Promise<void> {
    const { program, child } = running;
    const until = Date.now() + (program.readyTimeoutMs ?? READY_TIMEOUT_MS);
    while (!(await this.#isReady(program, logStart))) {
      if (!this.isRunning(program.name)) {
        throw new Error(
          `${program.name} ended (${howEnded(child)}) instead of starting.\n${this.#tail(program.name)}`,
        );
      }
      if (this.#closed) throw new Error(STOPPING);
      if (Date.now() > until) {
        await this.kill(program.name);
        throw new Error(`${program.name} was not ready in time.\n${this.#tail(program.name)}`);
      }
      await sleep(50);
    }
  }

  async #isReady({ name, ready }: Program, logStart: number): Promise<boolean> {
    if (!this.isRunning(name)) return false;
    if (typeof ready === 'function') return ready();
    return ready.test(readFileSync(this.logFile(name)).subarray(logStart).toString());
  }

  #tail(name: string): string {
    const lines = readFileSync(this.logFile(name), 'utf8').trimEnd().split('\n');
    return [
      `The end of ${this.logFile(name)}:`,
      ...lines.slice(-LOG_TAIL_LINES).map((line) => `  ${line}`),
    ].join('\n');
  }

  #pidFile(name: string): string {
    return join(this.#pids, `${name}.json`);
  }

  #recordPid(program: Program, child: ChildProcess): void {
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (!identity) return;
    const content: PidFile = { ...identity, signal: program.stopSignal ?? 'SIGTERM' };
    writeFileSync(this.#pidFile(program.name), JSON.stringify(content));
  }
}

type PidFile = ProcessIdentity & { readonly signal: NodeJS.Signals };

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

function howEnded(child: ChildProcess): string {
  return (
    child.signalCode ?? (child.exitCode === null ? 'it could not be run' : `exit code ${child.exitCode}`)
  );
}

/** One earlier log is kept, so that logs do not grow without end and a crash can still be read after a restart. */
function keepPreviousLog(file: string): void {
  try {
    renameSync(file, `${file}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
