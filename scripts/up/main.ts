/** `npm start`, once the packages are there: starts the stack, plays the demonstration, stays up until Ctrl-C. */
import { parseArgs } from 'node:util';
import { playDemo } from '../demo/play.ts';
import { keepRunning } from './keep-running.ts';
import { DATA_DIRECTORY } from './paths.ts';
import { type Stack, startStack } from './stack.ts';
import { stopRequested } from './stop-request.ts';
import { welcome } from './welcome.ts';

const HELP = `npm start [-- options]

Starts Consentry with everything that it needs (Postgres, Temporal, a sandbox of telecom operator, Customs and push
service) on this machine, plays one registration and one declaration of each order, and stays up until Ctrl-C.
It keeps its data in .data/.

  --no-demo   plays nothing
  --exit      stops after the demonstration; the exit code is 0 only if every step was seen
  --data DIR  keeps its data there instead; one stack at a time runs on a directory
  --help      prints this

DATABASE_URL, KEYS_DATABASE_URL and TEMPORAL_ADDRESS (and the rest of Temporal's environment configuration) replace
the embedded parts. API_PORT, TELECOM_PORT, CUSTOMS_PORT, PUSH_PORT, POSTGRES_PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT
and WORKER_METRICS_PORT fix a port. Any other setting of config.ts may be set too.`;

const print = (line: string) => console.log(line);

/** Returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const flags = readFlags(args);
  if (!flags) return 2;
  if (flags.help) {
    print(HELP);
    return 0;
  }
  const asked = stopRequested();
  let stack: Stack;
  try {
    stack = await startStack({ dataDir: flags.data, env: process.env, print, signal: asked.signal });
  } catch (error) {
    if (asked.signal.aborted) return 0;
    throw error;
  }
  try {
    return await run(stack, flags, asked);
  } finally {
    print('Stopping …');
    await stack.stop();
  }
}

async function run(stack: Stack, flags: Flags, asked: ReturnType<typeof stopRequested>): Promise<number> {
  const failed = keepRunning(stack.supervisor, print);
  const ended = Promise.race([asked.promise.then(() => 0), failed.then(() => 1)]);
  if (!flags['no-demo']) {
    const demo = playDemo({ endpoints: stack.endpoints, print, dataDirectory: flags.data });
    const outcome = await Promise.race([demo, ended]);
    if (typeof outcome === 'number') return outcome;
    if (flags.exit) return outcome ? 0 : 1;
  }
  if (flags.exit) return 0;
  print(welcome(stack.endpoints, flags.data));
  return ended;
}

interface Flags {
  readonly exit: boolean;
  readonly 'no-demo': boolean;
  readonly help: boolean;
  readonly data: string;
}

function readFlags(args: readonly string[]): Flags | undefined {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const data = { type: 'string', default: DATA_DIRECTORY } as const;
    return parseArgs({ args: [...args], options: { exit: flag, 'no-demo': flag, help: flag, data } }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return undefined;
  }
}
