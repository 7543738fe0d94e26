import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { Counter, Registry } from 'prom-client';
import { createCustomsNoticeActivities } from '../activities/customs-notices.ts';
import { guarded } from '../activities/guard.ts';
import { createManifestActivities } from '../activities/manifests.ts';
import { createPoaActivities } from '../activities/poa.ts';
import { createReconciliationActivities } from '../activities/reconciliation.ts';
import { createRegistrationActivities } from '../activities/registration.ts';
import { createRetentionActivities } from '../activities/retention.ts';
import { createDispatcher, type Dispatcher } from '../activities/webhooks.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import { createKeyStore } from '../db/keys.ts';
import { createHeadStore } from '../db/log/heads.ts';
import { createPool } from '../db/pool.ts';
import { createBlindIndex } from '../db/seal.ts';
import { DELIVER_AGAIN_MS, WEBHOOK_TIMEOUT_MS } from '../domain/limits.ts';
import { createSequencer, type Sequencer } from '../evidence/log/sequencer.ts';
import { createCheckpointSigner } from '../evidence/log/signer.ts';
import { createSealer, receiptKeyInUse } from '../evidence/receipt.ts';
import { createReportWriter } from '../evidence/report.ts';
import { createTelecomGateways } from '../gateways/camara.ts';
import { createCustomsGateway } from '../gateways/customs.ts';
import { networksOf } from '../gateways/public-address.ts';
import { createPushGateway } from '../gateways/push.ts';
import { createSmsGateway } from '../gateways/sms.ts';
import { createProcesses } from '../gateways/temporal.ts';
import { createWebhookGateway } from '../gateways/webhook.ts';

/** Connections of one worker to each database: activities of both kinds run at once. */
const POOL_SIZE = 20;
/** Any statement of an activity, ms: shorter than the activity's 10 s. */
const STATEMENT_TIMEOUT_MS = 5_000;

export interface WorkerParts {
  db: Database;
  activities: ReturnType<typeof wireActivities> extends Promise<infer A> ? A : never;
  registry: Registry;
  sequencer: Sequencer;
  dispatcher: Dispatcher;
  close(): Promise<void>;
}

/** Wires the activities to the databases and the counterparts. */
export async function createWorkerParts(config: Config, client: Client, log: Logger): Promise<WorkerParts> {
  const pool = createPool(config.DATABASE_URL, {
    max: POOL_SIZE,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    applicationName: 'consentry-worker',
  });
  const keysPool = createPool(config.KEYS_DATABASE_URL, { max: 5, applicationName: 'consentry-worker' });
  const db: Database = {
    pool,
    keys: createKeyStore(keysPool, config.MASTER_KEY),
    index: createBlindIndex(config.INDEX_KEY),
  };
  const registry = new Registry();
  return {
    db,
    registry,
    sequencer: createSequencer({
      pool,
      keys: db.keys,
      heads: createHeadStore(keysPool),
      signer: createCheckpointSigner(config.LOG_ORIGIN, config.LOG_KEY),
    }),
    dispatcher: createDispatcher({
      db,
      gateway: createWebhookGateway({
        networks: networksOf(config.WEBHOOK_NETWORKS),
        timeoutMs: WEBHOOK_TIMEOUT_MS,
      }),
      log,
    }),
    activities: await wireActivities(config, client, log, db, registry),
    close: async () => {
      await Promise.all([pool.end(), keysPool.end()]);
    },
  };
}

async function wireActivities(config: Config, client: Client, log: Logger, db: Database, registry: Registry) {
  const mended = new Counter({
    name: 'consentry_reconciled_total',
    help: 'Processes and messages that the reconciliation had to mend',
    labelNames: ['kind'],
    registers: [registry],
  });
  const processes = createProcesses(client);
  const customs = createCustomsGateway({ url: config.CUSTOMS_URL, token: config.CUSTOMS_TOKEN });
  const push = createPushGateway({
    publicKey: config.VAPID_PUBLIC_KEY,
    privateKey: config.VAPID_PRIVATE_KEY,
    subject: config.VAPID_SUBJECT,
    allowInsecure: config.PUSH_ALLOW_INSECURE,
  });
  const sms = createSmsGateway({ url: config.SMS_URL, token: config.SMS_TOKEN });
  const receiptKey = receiptKeyInUse(db.keys.receipts, config.RECEIPT_KEY);
  // Published before it is used. While the key store is away there is nothing to seal, either.
  receiptKey().catch(() => {});
  const writeReport = createReportWriter(createSealer(receiptKey));
  const telecoms = createTelecomGateways(config.TELECOM_OPERATORS, config.PUBLIC_URL);
  const settings = {
    smsAfterMs: config.SMS_AFTER_MS,
    deliverAgainMs: DELIVER_AGAIN_MS,
    publicUrl: config.PUBLIC_URL,
    messagesPerHour: config.MESSAGES_PER_HOUR,
  };
  return guarded({
    ...createPoaActivities({ db, customs, telecoms, push, sms, writeReport, settings, log }),
    ...createRegistrationActivities({
      db,
      telecoms,
      customs,
      push,
      sms,
      processes,
      settings: { publicUrl: config.PUBLIC_URL, phoneChangeHoldMs: config.PHONE_CHANGE_HOLD_MS },
      log,
    }),
    ...createCustomsNoticeActivities({ db, customs }),
    ...createManifestActivities({
      db,
      processes,
      settings: { manifestQueued: config.MANIFEST_QUEUED, manifestUnderWay: config.MANIFEST_UNDER_WAY },
      log,
    }),
    ...createReconciliationActivities({ db, processes, log, mended: (kind) => mended.inc({ kind }) }),
    ...createRetentionActivities({ db, settings: { retentionMonths: config.RETENTION_MONTHS } }),
  });
}
