/**
 * A POA process with everything real around it: databases, Temporal, the worker, and the stand-ins of Customs and of the
 * push service. Declarations, people and answers are put into the database as the API would.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { exportJWK } from 'jose';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import webPush from 'web-push';
import { guarded } from '../../activities/guard.ts';
import { createPoaActivities } from '../../activities/poa.ts';
import { createReconciliationActivities } from '../../activities/reconciliation.ts';
import type { Database } from '../../db/database.ts';
import { createKeyStore } from '../../db/keys.ts';
import { createPool } from '../../db/pool.ts';
import { createBlindIndex } from '../../db/seal.ts';
import { poaWorkflowId } from '../../domain/ids.ts';
import { TASK_QUEUE } from '../../domain/messages.ts';
import type { PoaStatus } from '../../domain/poa-state.ts';
import { createSealer } from '../../evidence/receipt.ts';
import { createReportWriter } from '../../evidence/report.ts';
import { createCustomsGateway } from '../../gateways/customs.ts';
import { createPushGateway } from '../../gateways/push.ts';
import { createSmsGateway } from '../../gateways/sms.ts';
import { createProcesses } from '../../gateways/temporal.ts';
import { createCustoms } from '../../sandbox/customs/customs.ts';
import { createPush } from '../../sandbox/push/push.ts';
import { bundleWorkflows } from '../../workers/bundle.ts';
import { BOX_NUMBER } from './poa-fixtures.ts';
import { cloneDatabase } from './postgres.ts';
import { createNamespace } from './temporal.ts';

// Tests make activities fail on purpose; only what the worker itself cannot do is worth reading.
Runtime.install({ logger: new DefaultLogger('ERROR') });

let bundle: WorkflowBundleWithSourceMap | undefined;

/** Entry of `GET /_control/poas`. */
export interface HeldPoa {
  declarationId: string;
  version: number;
  outcome: string;
  acknowledgementNumber: string;
}

export type PoaWorld = Awaited<ReturnType<typeof createPoaWorld>>;

export interface WorldOptions {
  smsAfterMs?: number;
}

export async function createPoaWorld(options: WorldOptions = {}) {
  const database = await cloneDatabase();
  const temporal = await createNamespace();
  const token = 'token-of-consentry-at-customs';
  const customs = await createCustoms({ token }).listen(0);
  const push = await createPush({ smsToken: token }).listen(0);
  const pool = createPool(database.databaseUrl);
  const keysPool = createPool(database.keysUrl);
  const db: Database = {
    pool,
    keys: createKeyStore(keysPool, randomBytes(32)),
    index: createBlindIndex(randomBytes(32)),
  };
  const processes = createProcesses(temporal.client);
  const log = pino({ level: 'silent' });
  const vapid = webPush.generateVAPIDKeys();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const sealer = await createSealer({ ...(await exportJWK(privateKey)), kid: 'test' });
  const mended: string[] = [];
  const activities = guarded({
    ...createPoaActivities({
      db,
      customs: createCustomsGateway({ url: customs.url, token }),
      push: createPushGateway({ ...vapid, subject: 'mailto:test@consentry.example', allowInsecure: true }),
      sms: createSmsGateway({ url: push.url, token }),
      writeReport: createReportWriter(sealer),
      settings: { smsAfterMs: options.smsAfterMs ?? 600_000, publicUrl: 'http://localhost' },
      log,
    }),
    ...createReconciliationActivities({ db, processes, log, mended: (kind) => mended.push(kind) }),
  });
  bundle ??= await bundleWorkflows();
  const startWorker = () => runWorker(temporal.address, temporal.namespace, activities);
  const brokerId = uuidv7();
  await pool.query(
    `INSERT INTO brokers (broker_id, client_id, name, box_number, secret_hash) VALUES ($1, 'broker', 'Broker', $2, '\\x00')`,
    [brokerId, BOX_NUMBER],
  );
  let worker = await startWorker();

  return {
    db,
    pool,
    brokerId,
    processes,
    mended,
    client: temporal.client,
    customs: customs.url,
    push: push.url,
    activities,
    stopWorker: () => worker.stop(),
    startWorker: async () => {
      worker = await startWorker();
    },
    close: async () => {
      await worker.stop();
      await Promise.all([customs.close(), push.close(), temporal.close(), pool.end(), keysPool.end()]);
      await database.drop();
    },
  };
}

async function runWorker(address: string, namespace: string, activities: object) {
  if (!bundle) throw new Error('no bundle');
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: bundle,
    activities,
    maxHeartbeatThrottleInterval: '500ms',
    defaultHeartbeatThrottleInterval: '500ms',
  });
  const running = worker.run();
  return {
    stop: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
      await connection.close();
    },
  };
}

export interface ProcessState {
  status: PoaStatus;
  version: number;
  finished: boolean;
  attention: string | null;
  declaration_number: string | null;
}

export async function stateOf({ pool }: PoaWorld, declarationId: string): Promise<ProcessState> {
  const { rows } = await pool.query<ProcessState>('SELECT * FROM declarations WHERE declaration_id = $1', [
    declarationId,
  ]);
  if (!rows[0]) throw new Error('no such declaration');
  return rows[0];
}

/** Polls until the process stands there; the error tells where it stood. */
export async function until(
  world: PoaWorld,
  declarationId: string,
  status: PoaStatus,
  ms = 10_000,
): Promise<ProcessState> {
  const end = Date.now() + ms;
  for (;;) {
    const state = await stateOf(world, declarationId);
    if (state.status === status) return state;
    if (Date.now() > end) throw new Error(`still ${state.status}, not ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** What Customs holds of a declaration, a version each. */
export async function heldByCustoms({ customs }: PoaWorld, declarationId: string): Promise<HeldPoa[]> {
  const poas = (await (await fetch(`${customs}/_control/poas`)).json()) as HeldPoa[];
  return poas.filter((poa) => poa.declarationId === declarationId);
}

export async function control(base: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${base}/_control${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/** Waits for the workflow's end; its result, or the failure's name. */
export async function ended(client: Client, declarationId: string): Promise<unknown> {
  try {
    return await client.workflow.getHandle(poaWorkflowId(declarationId)).result();
  } catch (error) {
    if (error instanceof WorkflowFailedError) return error.cause?.message;
    throw error;
  }
}
