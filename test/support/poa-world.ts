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
import { createBlindIndex, hashSecret, seal } from '../../db/seal.ts';
import { canonicalForm } from '../../domain/canonical.ts';
import type { DeclarationContent } from '../../domain/declaration.ts';
import { poaWorkflowId } from '../../domain/ids.ts';
import { TASK_QUEUE } from '../../domain/messages.ts';
import type { Decision, Order } from '../../domain/outcome.ts';
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
import { cloneDatabase } from './postgres.ts';
import { createNamespace } from './temporal.ts';

export const BOX_NUMBER = 'A123';
export const PHONE = '+886912345678';
export const NAME = '王小明';

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

export const content = (changes: Partial<DeclarationContent> = {}): DeclarationContent => ({
  functionalReference: `B-${randomBytes(4).toString('hex').toUpperCase()}`,
  masterWaybill: '29712345675',
  houseWaybill: `H${randomBytes(6).toString('hex').toUpperCase()}`,
  flight: 'CI0006',
  importDate: '2026-11-24',
  importer: { name: NAME, phone: PHONE },
  goods: [
    {
      sequence: 1,
      description: 'running shoes',
      quantity: '2',
      unit: 'PCE',
      price: '35.50',
      currency: 'USD',
    },
  ],
  packages: 1,
  grossMassKg: '1.85',
  ...changes,
});

/** A person bound to a phone, as registration leaves it. */
export async function bindPerson({ db, pool }: PoaWorld, phone = PHONE, name = NAME): Promise<string> {
  const registrationId = uuidv7();
  const subjectId = uuidv7();
  const person = { idNumber: 'A123456789', idType: 'national_id_card', name, birthDate: '1990-01-01', phone };
  const registrationKey = await db.keys.create(registrationId, 'registration');
  await pool.query(
    `INSERT INTO registrations (registration_id, status, sealed, operator, locale, notice_version, browser_hash, subject_id)
     VALUES ($1, 'bound', $2, 'sandbox', 'zh-TW', '2026-11', '\\x00', $3)`,
    [registrationId, seal(registrationKey, `registrations/${registrationId}/sealed`, person), subjectId],
  );
  const key = await db.keys.create(subjectId, 'identity');
  await pool.query(
    `INSERT INTO identities (subject_id, registration_id, id_index, phone_index, sealed, verification, bound_at)
     VALUES ($1, $2, $3, $4, $5, '{"operator": "sandbox"}', now())`,
    [
      subjectId,
      registrationId,
      randomBytes(32),
      db.index.ofPhone(phone),
      seal(key, `identities/${subjectId}/sealed`, person),
    ],
  );
  return subjectId;
}

export interface Lodged {
  declarationId: string;
  content: DeclarationContent;
}

/** A declaration as the API records it, its workflow started. */
export async function declare(
  world: PoaWorld,
  order: Order,
  options: { content?: DeclarationContent; respondBy?: Date; start?: boolean } = {},
): Promise<Lodged> {
  const { db, pool, brokerId, processes } = world;
  const declarationId = uuidv7();
  const submitted = options.content ?? content();
  const respondBy = options.respondBy ?? new Date(Date.now() + 72 * 3_600_000);
  const key = await db.keys.create(declarationId, 'declaration');
  const { text, digest } = canonicalForm(submitted, BOX_NUMBER);
  const phoneIndex = db.index.ofPhone(submitted.importer.phone);
  await pool.query(
    `INSERT INTO declarations (declaration_id, broker_id, poa_order, functional_reference, master_waybill, house_waybill,
       digest, respond_by, phone_index) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      declarationId,
      brokerId,
      order,
      submitted.functionalReference,
      submitted.masterWaybill,
      submitted.houseWaybill,
      digest,
      respondBy,
      phoneIndex,
    ],
  );
  await insertVersion(world, { declarationId, version: 1, content: submitted, respondBy, state: 'in-force' });
  if (order === 'customs-started') {
    await pool.query(
      `WITH numbered AS (UPDATE declarations SET declaration_number = $4 WHERE declaration_id = $1)
       INSERT INTO contexts (declaration_id, version, digest, declaration_number, sealed, taken_at)
       VALUES ($1, 1, $2, $4, $3, now())`,
      [
        declarationId,
        digest,
        seal(key, `contexts/${declarationId}.1/sealed`, { canonical: text }),
        `CX26${randomBytes(4).toString('hex').toUpperCase()}`,
      ],
    );
  }
  if (options.start !== false) {
    await processes.startPoa({ declarationId, brokerBoxNumber: BOX_NUMBER, order, respondBy });
  }
  return { declarationId, content: submitted };
}

async function insertVersion(
  { db, pool }: PoaWorld,
  v: { declarationId: string; version: number; content: DeclarationContent; respondBy: Date; state: string },
): Promise<void> {
  const key = await db.keys.get(v.declarationId);
  if (!key) throw new Error('no key');
  const { text, digest } = canonicalForm(v.content, BOX_NUMBER);
  await pool.query(
    `INSERT INTO declaration_versions (declaration_id, version, digest, respond_by, phone_index, functional_reference,
       master_waybill, house_waybill, sealed, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      v.declarationId,
      v.version,
      digest,
      v.respondBy,
      db.index.ofPhone(v.content.importer.phone),
      v.content.functionalReference,
      v.content.masterWaybill,
      v.content.houseWaybill,
      seal(key, `declaration_versions/${v.declarationId}.${v.version}/sealed`, {
        submitted: v.content,
        canonical: text,
      }),
      v.state,
    ],
  );
}

/** Records a proposal as the API does; the caller sends it. */
export async function propose(
  world: PoaWorld,
  declarationId: string,
  proposal:
    | { kind: 'amendment'; version: number; content: DeclarationContent; respondBy?: Date }
    | { kind: 'cancellation' | 'retry' },
): Promise<string> {
  const proposalId = uuidv7();
  if (proposal.kind === 'amendment') {
    const respondBy = proposal.respondBy ?? new Date(Date.now() + 72 * 3_600_000);
    await insertVersion(world, {
      declarationId,
      version: proposal.version,
      content: proposal.content,
      respondBy,
      state: 'proposed',
    });
  }
  await world.pool.query(
    `INSERT INTO proposals (proposal_id, declaration_id, kind, version, reason) VALUES ($1, $2, $3, $4, 'other')`,
    [proposalId, declarationId, proposal.kind, proposal.kind === 'amendment' ? proposal.version : null],
  );
  return proposalId;
}

/** A consent as the API keeps it, in time only: null when the version cannot be answered any more. */
export async function keepConsent(
  { pool }: PoaWorld,
  declarationId: string,
  decision: Decision,
  version = 1,
): Promise<string | null> {
  const consentId = uuidv7();
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(
      'SELECT 1 FROM declaration_versions WHERE declaration_id = $1 AND version = $2 FOR UPDATE',
      [declarationId, version],
    );
    const { rowCount } = await client.query(
      `INSERT INTO consents (consent_id, declaration_id, version, digest, subject_id, decision, credential_id, assertion_hash, sealed)
       SELECT $1, v.declaration_id, v.version, v.digest, v.shown_to, $4, '\\x00', $5, '\\x00'
       FROM declaration_versions v JOIN declarations d USING (declaration_id, version)
       WHERE v.declaration_id = $2 AND v.version = $3 AND v.shown_to IS NOT NULL AND clock_timestamp() <= v.respond_by
         AND NOT EXISTS (SELECT 1 FROM version_outcomes o WHERE o.declaration_id = $2 AND o.version = $3 AND o.set_aside_at IS NULL)
         AND NOT EXISTS (SELECT 1 FROM consents c WHERE c.declaration_id = $2 AND c.version = $3 AND c.verdict IN ('pending', 'accepted'))`,
      [consentId, declarationId, version, decision, hashSecret(consentId)],
    );
    await client.query('COMMIT');
    return rowCount === 1 ? consentId : null;
  } finally {
    client.release();
  }
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
