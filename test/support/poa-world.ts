/**
 * A POA process with everything real around it: databases, Temporal, the worker, and the stand-ins of Customs, of the telecom
 * operator and of the push service. Declarations, people and answers are put into the database as the API would.
 */
import { randomBytes } from 'node:crypto';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { inject } from 'vitest';
import webPush from 'web-push';
import { createCustomsNoticeActivities } from '../../activities/customs-notices.ts';
import { guarded } from '../../activities/guard.ts';
import { createManifestActivities } from '../../activities/manifests.ts';
import { createPoaActivities } from '../../activities/poa.ts';
import { createReconciliationActivities } from '../../activities/reconciliation.ts';
import { createRetentionActivities } from '../../activities/retention.ts';
import type { Database } from '../../db/database.ts';
import { createKeyStore } from '../../db/keys.ts';
import { createPool } from '../../db/pool.ts';
import { createBlindIndex } from '../../db/seal.ts';
import { poaWorkflowId } from '../../domain/ids.ts';
import { POA_RETENTION_MONTHS } from '../../domain/law.ts';
import { TASK_QUEUE } from '../../domain/messages.ts';
import type { PoaStatus } from '../../domain/poa-state.ts';
import { createSealer, receiptKeyInUse } from '../../evidence/receipt.ts';
import { createReportWriter } from '../../evidence/report.ts';
import { createTelecomGateways } from '../../gateways/camara.ts';
import { createCustomsGateway } from '../../gateways/customs.ts';
import { createPushGateway } from '../../gateways/push.ts';
import { createSmsGateway } from '../../gateways/sms.ts';
import { createProcesses } from '../../gateways/temporal.ts';
import { createCustoms } from '../../sandbox/customs/customs.ts';
import { createPush } from '../../sandbox/push/push.ts';
import { createTelecom } from '../../sandbox/telecom/telecom.ts';
import { startContextReceiver } from './context-receiver.ts';
import { BOX_NUMBER, PHONE } from './poa-fixtures.ts';
import { cloneDatabase } from './postgres.ts';
import { createNamespace } from './temporal.ts';

// Tests make activities fail on purpose; only what the worker itself cannot do is worth reading.
Runtime.install({ logger: new DefaultLogger('ERROR') });

/** Entry of `GET /_control/poas`. */
export interface HeldPoa {
  declarationId: string;
  version: number;
  outcome: string;
  acknowledgementNumber: string;
}

export type PoaWorld = Awaited<ReturnType<typeof createPoaWorld>>;

export interface WorldOptions {
  /** SMS when the push was not displayed after this long; 10 min. */
  smsAfterMs?: number;
  /** What no channel took is tried again after this long; 30 s. */
  deliverAgainMs?: number;
  /** Messages to one person about one broker's declarations; no limit. */
  messagesPerHour?: number;
  /** Of one broker's on their way to their importers, so many at once; 32. */
  manifestUnderWay?: number;
}

const TOKEN = 'token-of-consentry-at-customs';
const OPERATOR = { name: 'sandbox', clientId: 'consentry', clientSecret: 'secret' };
const PUBLIC_URL = 'http://localhost';

export async function createPoaWorld(options: WorldOptions = {}) {
  const database = await cloneDatabase();
  const pool = createPool(database.databaseUrl);
  const keysPool = createPool(database.keysUrl);
  const masterKey = randomBytes(32);
  const db: Database = {
    pool,
    keys: createKeyStore(keysPool, masterKey),
    index: createBlindIndex(randomBytes(32)),
  };
  const contexts = await startContextReceiver(db, (id) => world.processes.lookAgain(id));
  const customs = await createCustoms({
    token: TOKEN,
    consentry: { url: contexts.url, token: 'any' },
  }).listen(0);
  const push = await createPush({ smsToken: TOKEN }).listen(0);
  const telecom = await createTelecom({
    ...OPERATOR,
    redirectUris: [`${PUBLIC_URL}/app/registrations/callback`],
  }).listen(0);
  const brokerId = uuidv7();
  await pool.query(
    `INSERT INTO brokers (broker_id, client_id, name, box_number, secret_hash) VALUES ($1, 'broker', 'Broker', $2, '\\x00')`,
    [brokerId, BOX_NUMBER],
  );
  const mended: string[] = [];
  const urls = { customs: customs.url, push: push.url, telecom: telecom.url };
  const deps = await createDeps(db, urls, options);
  await warmUp(deps.telecoms);

  /** Client, activities and worker in a namespace of their own. */
  const connect = async () => {
    const temporal = await createNamespace();
    const processes = createProcesses(temporal.client);
    const activities = guarded({
      ...createPoaActivities(deps),
      ...createCustomsNoticeActivities(deps),
      ...createManifestActivities({
        db,
        processes,
        settings: { manifestQueued: 4, manifestUnderWay: options.manifestUnderWay ?? 32 },
        log: deps.log,
      }),
      ...createReconciliationActivities({
        db,
        processes,
        log: deps.log,
        mended: (kind) => mended.push(kind),
      }),
      ...createRetentionActivities({ db, settings: { retentionMonths: POA_RETENTION_MONTHS } }),
    });
    const startWorker = () => runWorker(temporal.address, temporal.namespace, activities);
    return { temporal, processes, activities, startWorker, worker: await startWorker() };
  };
  let connected = await connect();

  const world = {
    db,
    databaseUrl: database.databaseUrl,
    keysUrl: database.keysUrl,
    /** Base64, as the environment has it. */
    masterKey: masterKey.toString('base64'),
    pool,
    keysPool,
    brokerId,
    mended,
    customs: customs.url,
    push: push.url,
    telecom: telecom.url,
    /** The operator knows the number. */
    subscriber: async (phone: string, changes: object = {}) => {
      await control(telecom.url, 'PUT', `/subscribers/${phone}`, { contract: 'PAYM', ...changes });
    },
    vapidPublicKey: deps.vapidPublicKey,
    get processes() {
      return connected.processes;
    },
    get client() {
      return connected.temporal.client;
    },
    get namespace() {
      return connected.temporal.namespace;
    },
    get activities() {
      return connected.activities;
    },
    stopWorker: () => connected.worker.stop(),
    startWorker: async () => {
      connected.worker = await connected.startWorker();
    },
    /** A cluster that knows nothing takes the place of the one so far, whose worker goes on when `keep`. */
    replaceTemporal: async ({ keep }: { keep: boolean }) => {
      const earlier = connected;
      if (!keep) await earlier.worker.stop();
      connected = await connect();
      closing.push(async () => {
        await earlier.worker.stop();
        await earlier.temporal.close();
      });
    },
    close: async () => {
      await connected.worker.stop();
      for (const close of closing) await close();
      await Promise.all([contexts, customs, push, telecom, connected.temporal].map((part) => part.close()));
      await Promise.all([pool.end(), keysPool.end()]);
      await database.drop();
    },
  };
  const closing: (() => Promise<void>)[] = [];
  return world;
}

/** What the process's activities work with, towards the stand-ins. */
async function createDeps(
  db: Database,
  urls: { customs: string; push: string; telecom: string },
  options: WorldOptions,
) {
  const vapid = webPush.generateVAPIDKeys();
  const receiptKey = receiptKeyInUse(db.keys.receipts);
  // Made before the first answer, as the worker does.
  await receiptKey();
  return {
    db,
    customs: createCustomsGateway({ url: urls.customs, token: TOKEN }),
    telecoms: createTelecomGateways([{ ...OPERATOR, issuer: urls.telecom }], PUBLIC_URL),
    push: createPushGateway({ ...vapid, subject: 'mailto:test@consentry.example', allowInsecure: true }),
    sms: createSmsGateway({ url: urls.push, token: TOKEN }),
    writeReport: createReportWriter(createSealer(receiptKey)),
    settings: {
      smsAfterMs: options.smsAfterMs ?? 600_000,
      deliverAgainMs: options.deliverAgainMs ?? 30_000,
      publicUrl: PUBLIC_URL,
      messagesPerHour: options.messagesPerHour ?? 0,
    },
    log: pino({ level: 'silent' }),
    vapidPublicKey: vapid.publicKey,
  };
}

/** The stand-in's first answers take longer than a quick try waits. */
async function warmUp(telecoms: ReturnType<typeof createTelecomGateways>): Promise<void> {
  const limits = { timeoutMs: 10_000 };
  const telecom = telecoms.get(OPERATOR.name);
  await telecom?.simSwapped(PHONE, new Date(), limits);
  await telecom?.numberRecycled(PHONE, '2026-01-01', limits);
}

async function runWorker(address: string, namespace: string, activities: object) {
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: inject('workflowBundle'),
    activities,
    maxHeartbeatThrottleInterval: '500ms',
    defaultHeartbeatThrottleInterval: '500ms',
  });
  const running = worker.run();
  const stop = async () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
    await connection.close();
  };
  let stopped: Promise<void> | undefined;
  return {
    stop: () => {
      stopped ??= stop();
      return stopped;
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
