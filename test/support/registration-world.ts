/**
 * A registration with everything real around it: databases, Temporal, the worker, the stand-ins of the operator, Customs
 * and the push service. Registrations and redirects are put into the database by the functions that the API uses.
 */
import { createHash, randomBytes } from 'node:crypto';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { inject } from 'vitest';
import webPush from 'web-push';
import { createCustomsNoticeActivities } from '../../activities/customs-notices.ts';
import { guarded } from '../../activities/guard.ts';
import { createReconciliationActivities } from '../../activities/reconciliation.ts';
import { createRegistrationActivities } from '../../activities/registration.ts';
import type { Database } from '../../db/database.ts';
import { createKeyStore } from '../../db/keys.ts';
import { createPool } from '../../db/pool.ts';
import type { SealedPerson } from '../../db/registration/person.ts';
import {
  addAuthorization,
  insertRegistration,
  type NewAuthorization,
  recordRedirect,
} from '../../db/registrations.ts';
import { createBlindIndex, hashSecret } from '../../db/seal.ts';
import { registrationWorkflowId } from '../../domain/ids.ts';
import { TASK_QUEUE } from '../../domain/messages.ts';
import type { RegistrationStatus } from '../../domain/registration-state.ts';
import { authorizationError, createTelecomGateways } from '../../gateways/camara.ts';
import { createCustomsGateway } from '../../gateways/customs.ts';
import { createPushGateway } from '../../gateways/push.ts';
import { createSmsGateway } from '../../gateways/sms.ts';
import { createProcesses, type Processes } from '../../gateways/temporal.ts';
import { createCustoms } from '../../sandbox/customs/customs.ts';
import { createPush } from '../../sandbox/push/push.ts';
import { createTelecom } from '../../sandbox/telecom/telecom.ts';
import { cloneDatabase } from './postgres.ts';
import { call } from './stand-in.ts';
import { createNamespace } from './temporal.ts';

// Tests make activities fail on purpose; only what the worker itself cannot do is worth reading.
Runtime.install({ logger: new DefaultLogger('ERROR') });

const TOKEN = 'token-of-consentry-at-customs';
/** Where the operator sends people back to; nobody listens there. */
export const PUBLIC_URL = 'http://localhost:9';
const OPERATOR = { name: 'sandbox', clientId: 'consentry', clientSecret: 'secret' };

/** Subscribers of the sandbox's operator (sandbox/telecom/subscribers.ts). */
export const WANG: SealedPerson = {
  idNumber: 'A123456789',
  idType: 'national_id_card',
  name: '王小明',
  birthDate: '1990-01-01',
  phone: '+886912345678',
};
export const CHEN: SealedPerson = {
  idNumber: 'C223344555',
  idType: 'national_id_card',
  name: '陳怡君',
  birthDate: '1988-08-08',
  phone: '+886944444444',
};

export type RegistrationWorld = Awaited<ReturnType<typeof createRegistrationWorld>>;

export async function createRegistrationWorld(settings: { phoneChangeHoldMs?: number } = {}) {
  const database = await cloneDatabase();
  const temporal = await createNamespace();
  const customs = await createCustoms({ token: TOKEN }).listen(0);
  const push = await createPush({ smsToken: TOKEN }).listen(0);
  const telecom = await createTelecom({
    ...OPERATOR,
    redirectUris: [`${PUBLIC_URL}/app/registrations/callback`],
  }).listen(0);
  const pool = createPool(database.databaseUrl);
  const keysPool = createPool(database.keysUrl);
  const db: Database = {
    pool,
    keys: createKeyStore(keysPool, randomBytes(32)),
    index: createBlindIndex(randomBytes(32)),
  };
  const log = pino({ level: 'silent' });
  const told: string[] = [];
  const vapid = webPush.generateVAPIDKeys();
  const telecoms = createTelecomGateways([{ ...OPERATOR, issuer: telecom.url }], PUBLIC_URL);
  const processes = createProcesses(temporal.client);
  const customsGateway = createCustomsGateway({ url: customs.url, token: TOKEN });
  const mended: string[] = [];
  /** POAs are rows only here: who is told of what is noted. */
  const noPoas: Processes = {
    ...processes,
    startPoa: async () => 'already-started',
    isBusy: async () => true,
    lookAgain: async (declarationId) => void told.push(declarationId),
  };
  const activities = guarded({
    ...createRegistrationActivities({
      db,
      telecoms,
      customs: customsGateway,
      push: createPushGateway({ ...vapid, subject: 'mailto:test@consentry.example', allowInsecure: true }),
      sms: createSmsGateway({ url: push.url, token: TOKEN }),
      processes: noPoas,
      settings: { publicUrl: PUBLIC_URL, phoneChangeHoldMs: settings.phoneChangeHoldMs ?? 24 * 3_600_000 },
      log,
    }),
    ...createCustomsNoticeActivities({ db, customs: customsGateway }),
    ...createReconciliationActivities({ db, processes: noPoas, log, mended: (kind) => mended.push(kind) }),
  });
  const connection = await NativeConnection.connect({ address: temporal.address });
  const startWorker = async () => {
    const worker = await Worker.create({
      connection,
      namespace: temporal.namespace,
      taskQueue: TASK_QUEUE,
      workflowBundle: inject('workflowBundle'),
      activities,
      maxHeartbeatThrottleInterval: '500ms',
      defaultHeartbeatThrottleInterval: '500ms',
    });
    const running = worker.run();
    return async () => {
      worker.shutdown();
      await running;
    };
  };
  let stop = await startWorker();
  return {
    db,
    keysPool,
    stopWorker: () => stop(),
    startWorker: async () => {
      stop = await startWorker();
    },
    processes,
    client: temporal.client,
    telecoms,
    /** What the reconciliation had to mend. */
    mended,
    /** Declarations whose processes were told to look again. */
    told,
    urls: { customs: customs.url, push: push.url, telecom: telecom.url },
    close: async () => {
      await stop();
      await connection.close();
      await Promise.all([customs.close(), push.close(), telecom.close(), temporal.close()]);
      await Promise.all([pool.end(), keysPool.end()]);
      await database.drop();
    },
  };
}

/** A browser that began a registration. */
export interface Browser {
  registrationId: string;
  browserHash: Buffer;
  authorization: Try;
}

interface Try {
  state: string;
  url: string;
}

/** R1: the importer fills in the form; the process starts. */
export async function begin(
  world: RegistrationWorld,
  person: SealedPerson,
  begunBy: string | null = null,
): Promise<Browser> {
  const registrationId = uuidv7();
  const browserHash = hashSecret(randomBytes(32));
  const { row, authorization } = await newTry(world);
  await insertRegistration(
    world.db,
    {
      registrationId,
      person,
      operator: 'sandbox',
      locale: 'zh-TW',
      noticeVersion: '2026-11',
      browserHash,
      begunBy,
    },
    row,
  );
  await world.processes.startRegistration(registrationId);
  return { registrationId, browserHash, authorization };
}

/** A fresh authorization URL. */
export async function tryAgain(world: RegistrationWorld, browser: Browser): Promise<Browser> {
  const { row, authorization } = await newTry(world);
  await addAuthorization(world.db, browser.registrationId, browser.browserHash, row);
  return { ...browser, authorization };
}

async function newTry({
  telecoms,
}: RegistrationWorld): Promise<{ row: NewAuthorization; authorization: Try }> {
  const secret = () => randomBytes(32).toString('base64url');
  const [state, nonce, verifier] = [secret(), secret(), secret()];
  const codeChallenge = createHash('sha256').update(verifier).digest('base64url');
  const telecom = telecoms.get('sandbox');
  if (!telecom) throw new Error('no operator');
  const url = await telecom.authorizationUrl({ state, nonce, codeChallenge }, { timeoutMs: 2_000 });
  return {
    row: { authorizationId: uuidv7(), stateHash: hashSecret(state), nonce, verifier },
    authorization: { state, url },
  };
}

/** The handset opens the operator's page over mobile data (`msisdn`) or Wi-Fi (null); what the redirect says. */
export async function openOperator(
  { authorization }: Browser,
  msisdn: string | null,
): Promise<URLSearchParams> {
  const headers: Record<string, string> = msisdn ? { 'x-sandbox-msisdn': msisdn } : {};
  const answer = await call('GET', authorization.url, { headers });
  return new URL(answer.headers.get('location') ?? '').searchParams;
}

/** The redirect reaches us. */
export async function comeBack(
  world: RegistrationWorld,
  { browserHash }: Pick<Browser, 'browserHash'>,
  redirect: URLSearchParams,
): Promise<string | null> {
  const code = redirect.get('code');
  const error = authorizationError(redirect.get('error') ?? '', redirect.get('error_description') ?? '');
  const state = hashSecret(redirect.get('state') ?? '');
  const found = await recordRedirect(world.db, browserHash, state, code ? { code } : { error });
  if (found?.news) await world.processes.authorizationReceived(found.registrationId);
  return found?.registrationId ?? null;
}

/** Over mobile data, as most do. */
export async function visitOperator(
  world: RegistrationWorld,
  browser: Browser,
  msisdn: string | null,
): Promise<void> {
  await comeBack(world, browser, await openOperator(browser, msisdn));
}

/** R1 to the end, or to where it waits. */
export async function register(
  world: RegistrationWorld,
  person: SealedPerson,
  msisdn: string | null = person.phone,
  begunBy: string | null = null,
): Promise<Browser> {
  const browser = await begin(world, person, begunBy);
  await visitOperator(world, browser, msisdn);
  return browser;
}

export interface RegistrationState {
  status: RegistrationStatus;
  reason: string | null;
  subject_id: string | null;
  recovery: boolean;
  hold_until: Date | null;
  objected_at: Date | null;
  file_number: string | null;
  epoch: number;
}

export async function stateOf({ db }: RegistrationWorld, registrationId: string): Promise<RegistrationState> {
  const { rows } = await db.pool.query<RegistrationState>(
    'SELECT * FROM registrations WHERE registration_id = $1',
    [registrationId],
  );
  if (!rows[0]) throw new Error('no such registration');
  return rows[0];
}

/** Polls until the registration stands there; the error tells where it stood. */
export async function until(
  world: RegistrationWorld,
  { registrationId }: Pick<Browser, 'registrationId'>,
  wanted: Partial<RegistrationState>,
  ms = 10_000,
): Promise<RegistrationState> {
  const end = Date.now() + ms;
  for (;;) {
    const state = await stateOf(world, registrationId);
    const reached = Object.entries(wanted).every(([k, v]) => state[k as keyof RegistrationState] === v);
    if (reached) return state;
    if (Date.now() > end) throw new Error(`${state.status} (${state.reason}), not ${JSON.stringify(wanted)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The workflow's result. */
export const ended = ({ client }: RegistrationWorld, { registrationId }: Browser): Promise<unknown> =>
  client.workflow.getHandle(registrationWorkflowId(registrationId)).result();
