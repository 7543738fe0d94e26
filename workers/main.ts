import { createServer } from 'node:http';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { readConfig } from '../config.ts';
import { TASK_QUEUE } from '../domain/messages.ts';
import { bundleWorkflows } from './bundle.ts';
import { watchCluster } from './cluster.ts';
import { createWorkerParts } from './deps.ts';

/** A worker that stops lets what runs finish for this long. */
const SHUTDOWN_GRACE = '10s';
/** A cancelled activity hears of it within this time. */
const HEARTBEAT_THROTTLE = '500ms';

const config = readConfig();
const log = pino({ level: config.LOG_LEVEL, name: 'worker' });

Runtime.install({
  logger: new DefaultLogger('WARN', ({ level, message }) => log.warn({ level }, message)),
  shutdownSignals: [],
});

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await NativeConnection.connect(connectionOptions);
const client = new Client({ connection: await Connection.connect(connectionOptions), namespace });
const parts = await createWorkerParts(config, client, log);
const cluster = watchCluster(client, namespace, parts.db.pool, log);
await cluster.look();

const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: TASK_QUEUE,
  workflowBundle: config.WORKFLOW_BUNDLE ? { codePath: config.WORKFLOW_BUNDLE } : await bundleWorkflows(log),
  activities: parts.activities,
  maxCachedWorkflows: config.MAX_CACHED_WORKFLOWS,
  shutdownGraceTime: SHUTDOWN_GRACE,
  maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
  defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
});

if (config.WORKER_METRICS_PORT !== undefined) {
  createServer(async (_request, response) => {
    response.setHeader('content-type', parts.registry.contentType).end(await parts.registry.metrics());
  }).listen(config.WORKER_METRICS_PORT, '127.0.0.1');
}

const stop = () => worker.shutdown();
process.once('SIGTERM', stop).once('SIGINT', stop);
log.info({ taskQueue: TASK_QUEUE, namespace }, 'worker ready');
await worker.run();
cluster.stop();
await client.connection.close();
await connection.close();
await parts.close();
