/** A whole running Consentry: databases, Temporal, the sandbox, API and workers. Used by `npm start`, tests and benchmarks. */
import { join, resolve } from 'node:path';
import { buildApp } from '../app/build.ts';
import {
  type BrokerCredentials,
  type ConsoleInvitation,
  ensureBrokers,
  inviteToConsoles,
} from './brokers.ts';
import { type DatabaseUrls, startDatabases } from './databases.ts';
import { type Endpoints, removeEndpoints, writeEndpoints } from './endpoints.ts';
import { releaseLock, takeLock } from './lock.ts';
import { Supervisor } from './processes.ts';
import {
  apiProgram,
  productEnvironment,
  SANDBOX,
  sandboxProgram,
  workerName,
  workerProgram,
} from './programs.ts';
import { localhost, prepareSettings, type Settings } from './settings.ts';
import { startTemporalService, type TemporalService } from './temporal-service.ts';

export interface StackOptions {
  /** Everything that the stack keeps; one stack at a time runs on it. */
  readonly dataDir: string;
  /**
   * Variables as a user of `npm start` would set them: ports, settings of config.ts, and DATABASE_URL,
   * KEYS_DATABASE_URL or TEMPORAL_ADDRESS (and TEMPORAL_NAMESPACE) in place of the embedded parts. Default: none.
   */
  readonly env?: NodeJS.ProcessEnv;
  /** `durable: false` only where the data may be lost. Default true. */
  readonly postgres?: { readonly durable: boolean };
  /** SQLite's `synchronous` for the dev server. Default `full`. */
  readonly temporalSynchronous?: 'full' | 'normal';
  /** Worker processes, called `worker`, `worker-2`, … Default 1; with 0 nothing is moved on. */
  readonly workers?: number;
  /** One line per thing that a person should know. Default: silent. */
  readonly print?: (line: string) => void;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
}

export interface Stack {
  readonly endpoints: Endpoints;
  readonly databases: DatabaseUrls;
  /** What API and worker were started with, for programs that are started beside them. */
  readonly env: NodeJS.ProcessEnv;
  /** Kill, stop and restart programs by name: postgres, temporal, telecom, customs, push, api, worker, worker-2, … */
  readonly supervisor: Supervisor;
  /** Ends everything in order, in less than 5 s. */
  stop(): Promise<void>;
}

/** Starts everything and waits until it can be used. Throws after stopping what had been started. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const dataDir = resolve(options.dataDir);
  const lock = join(dataDir, 'lock');
  if (!takeLock(lock))
    throw new Error(`Consentry is running already on ${dataDir}: stop it before you start it again.`);
  const supervisor = new Supervisor(dataDir);
  const workers = Array.from({ length: options.workers ?? 1 }, (_, index) => index + 1);
  const stop = async () => {
    removeEndpoints(dataDir);
    await supervisor.close([['api', ...workers.map(workerName)], [...SANDBOX, 'temporal'], ['postgres']]);
    releaseLock(lock);
  };
  options.signal?.addEventListener('abort', () => supervisor.refuseStarts());
  try {
    removeEndpoints(dataDir);
    await supervisor.endOrphans();
    return { ...(await startAll(supervisor, dataDir, workers, options)), supervisor, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAll(
  supervisor: Supervisor,
  dataDir: string,
  workers: readonly number[],
  options: StackOptions,
): Promise<Pick<Stack, 'endpoints' | 'databases' | 'env'>> {
  const print = options.print ?? (() => {});
  const settings = await prepareSettings(dataDir, options.env ?? {}, print);
  const [databases, temporal] = await allOrThrow([
    startDatabases(supervisor, settings, options.postgres?.durable ?? true, print),
    startTemporalService(supervisor, settings, options.temporalSynchronous ?? 'full', print),
    ...SANDBOX.map((name) => supervisor.start(sandboxProgram(settings, name))),
    buildApp(print),
  ]);
  const brokers = await ensureBrokers(databases.DATABASE_URL, join(dataDir, 'brokers.json'));
  const invitations = await inviteToConsoles(
    databases,
    settings.secrets.MASTER_KEY,
    localhost(settings.ports.API_PORT),
    brokers,
  );
  const env = productEnvironment(settings, { ...databases }, temporal.env);
  await allOrThrow([
    supervisor.start(apiProgram(env)),
    ...workers.map((number) =>
      supervisor.start(workerProgram(env, number, settings.ports.WORKER_METRICS_PORT)),
    ),
  ]);
  const endpoints = describeEndpoints(settings, databases, temporal, { brokers, invitations });
  writeEndpoints(dataDir, endpoints);
  return { endpoints, databases, env };
}

/** As `Promise.all`, but it waits for all of them before it throws: nothing starts behind the back of a stop. */
async function allOrThrow<T extends readonly unknown[]>(
  promises: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  await Promise.allSettled(promises);
  return (await Promise.all(promises)) as unknown as T;
}

function describeEndpoints(
  { ports, secrets }: Settings,
  databases: DatabaseUrls,
  temporal: TemporalService,
  people: { brokers: readonly BrokerCredentials[]; invitations: readonly ConsoleInvitation[] },
): Endpoints {
  return {
    api: localhost(ports.API_PORT),
    app: localhost(ports.API_PORT),
    temporalAddress: temporal.address,
    ...(temporal.ui && { temporalUi: temporal.ui }),
    databaseUrl: databases.DATABASE_URL,
    telecom: localhost(ports.TELECOM_PORT),
    customs: localhost(ports.CUSTOMS_PORT),
    push: localhost(ports.PUSH_PORT),
    ...people,
    customsToken: secrets.CUSTOMS_INBOUND_TOKEN,
    operatorToken: secrets.OPERATOR_TOKEN,
  };
}
