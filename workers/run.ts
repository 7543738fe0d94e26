import { createServer } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Config } from '../config.ts';
import { TASK_QUEUE } from '../domain/messages.ts';
import { watchCluster } from './cluster.ts';
import { createWorkerParts } from './deps.ts';
import { keepLog } from './log.ts';
import { tellBrokers } from './webhooks.ts';

/** A worker that stops lets what runs finish for this long. */
const SHUTDOWN_GRACE = '10s';
/** A cancelled activity hears of it within this time. */
const HEARTBEAT_THROTTLE = '500ms';

/** How soon a broker hears of an event, ms. */
const WEBHOOKS_EVERY_MS = 500;

/** Runs one worker until SIGTERM or SIGINT; resolves when everything it had begun is finished and closed. */
export async function runWorker(
  config: Config,
  log: Logger,
  bundle: () => Promise<WorkflowBundleOption>,
): Promise<void> {
  // For contexts made from here on, the workflows': the SDK takes a stack trace for every promise in them, a sixth of
  // a worker's time. (As a flag of the command line it breaks the loader of TypeScript.)
  setFlagsFromString('--stack-trace-limit=0');
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message }) => log.warn({ level }, message)),
    shutdownSignals: [],
  });
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await NativeConnection.connect(connectionOptions);
  const client = new Client({ connection: await Connection.connect(connectionOptions), namespace });
  const parts = await createWorkerParts(config, client, log);
  const cluster = watchCluster(client, namespace, parts.db.pool, log, {
    reconcileEveryMs: config.RECONCILE_EVERY_MS,
    retentionEveryMs: config.RETENTION_EVERY_MS,
  });
  await cluster.look();
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: await bundle(),
    activities: parts.activities,
    maxCachedWorkflows: config.MAX_CACHED_WORKFLOWS,
    shutdownGraceTime: SHUTDOWN_GRACE,
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
  });
  if (config.WORKER_METRICS_PORT !== undefined) offerMetrics(parts.registry, config.WORKER_METRICS_PORT);

  const { pool } = parts.db;
  const transparency = keepLog({ pool, sequencer: parts.sequencer, log, everyMs: config.LOG_EVERY_MS });
  const telling = tellBrokers({ pool, dispatcher: parts.dispatcher, log, everyMs: WEBHOOKS_EVERY_MS });
  const stop = () => worker.shutdown();
  process.once('SIGTERM', stop).once('SIGINT', stop);
  // Whatever the log's level: the start-up waits for this line.
  log.child({}, { level: 'info' }).info({ taskQueue: TASK_QUEUE, namespace }, 'worker ready');
  await worker.run();
  cluster.stop();
  await Promise.all([transparency.stop(), telling.stop()]);
  await client.connection.close();
  await connection.close();
  await parts.close();
}

/** On the loopback only: a scraper runs beside the worker. */
function offerMetrics(registry: Registry, port: number): void {
  const server = createServer(async (_request, response) => {
    response.setHeader('content-type', registry.contentType).end(await registry.metrics());
  });
  server.listen(port, '127.0.0.1').unref();
}
