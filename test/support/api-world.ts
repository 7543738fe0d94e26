/** The API in this process on a real database, with the processes written by hand: what they are asked is recorded. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createApp } from '../../api/app.ts';
import type { ApiDeps, TemporalReadiness } from '../../api/deps.ts';
import type { Database } from '../../db/database.ts';
import { createKeyStore } from '../../db/keys.ts';
import { createPool } from '../../db/pool.ts';
import { createBlindIndex } from '../../db/seal.ts';
import { KEEP_ALIVE_MS } from '../../domain/limits.ts';
import { formatVerifierKey } from '../../evidence/verify/note.ts';
import type { Processes } from '../../gateways/temporal.ts';
import { BOX_NUMBER } from './poa-fixtures.ts';
import { cloneDatabase } from './postgres.ts';
import { type Answer, call } from './stand-in.ts';

export const CUSTOMS_TOKEN = 'token-of-customs-at-consentry';
/** A log that has not begun, of a key that is nobody's. */
export const LOG_OF_NOBODY = formatVerifierKey('localhost/log', 'ed25519', Buffer.alloc(32));
/** Endpoints of tests are on this machine. */
export const LOOPBACK = ['127.0.0.0/8', '::1/128'];
export const OPERATOR_TOKEN = 'token-of-the-operators';
export const OTHER_BOX_NUMBER = 'B456';

/** Temporal out of reach, whatever is asked; every call is recorded as `[name, id, message?]`. */
export function recordProcesses() {
  const calls: [keyof Processes, string, object?][] = [];
  const unreachable = async (): Promise<never> => {
    throw new Error('unreachable');
  };
  const undelivered = (name: keyof Processes) => async (id: string, message: object) => {
    calls.push([name, id, message]);
    return { kind: 'undelivered' as const };
  };
  const processes: Processes = {
    startPoa: ({ declarationId }) => {
      calls.push(['startPoa', declarationId]);
      return unreachable();
    },
    startRegistration: (id) => {
      calls.push(['startRegistration', id]);
      return unreachable();
    },
    startCustomsNotice: (id) => {
      calls.push(['startCustomsNotice', id]);
      return unreachable();
    },
    startManifest: ({ manifestId }) => {
      calls.push(['startManifest', manifestId]);
      return unreachable();
    },
    decide: undelivered('decide'),
    amend: undelivered('amend'),
    cancel: undelivered('cancel'),
    resolve: undelivered('resolve'),
    lookAgain: (id) => {
      calls.push(['lookAgain', id]);
      return unreachable();
    },
    isBusy: async () => false,
    lookAgainAtRegistration: (id) => {
      calls.push(['lookAgainAtRegistration', id]);
      return unreachable();
    },
    authorizationReceived: (id) => {
      calls.push(['authorizationReceived', id]);
      return unreachable();
    },
  };
  return { calls, processes };
}

/** Whatever the API is wired to, with nothing behind it that answers but the database. */
export async function apiDeps(db: Database, processes: Processes): Promise<ApiDeps> {
  return {
    db,
    processes,
    telecoms: new Map(),
    temporalReady: async () => ({ temporal: true, namespace: true, worker: true }),
    stopping: new AbortController().signal,
    settings: {
      publicUrl: 'http://localhost',
      rpId: 'localhost',
      tokenKey: randomBytes(32),
      customsInboundToken: CUSTOMS_TOKEN,
      operatorToken: OPERATOR_TOKEN,
      brokerRateLimit: 1000,
      importerRateLimit: 1000,
      importerAddressRateLimit: 1000,
      vapidPublicKey: '',
      pushAllowInsecure: true,
      webhookNetworks: LOOPBACK,
      defaultOrder: 'declare-first',
      exchangeRates: { USD: '32.1' },
      build: 'test',
      log: { verifierKey: LOG_OF_NOBODY, witnesses: [] },
    },
    log: pino({ level: 'silent' }),
  };
}

/** Listens on a free port of the loopback. */
export async function listen(deps: ApiDeps): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, createApp(deps));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export async function insertBroker(db: Database, boxNumber: string): Promise<string> {
  const brokerId = uuidv7();
  await db.pool.query(
    `INSERT INTO brokers (broker_id, client_id, name, box_number, secret_hash) VALUES ($1, $2, 'Broker', $2, '\\x00')`,
    [brokerId, boxNumber],
  );
  return brokerId;
}

export type ApiWorld = Awaited<ReturnType<typeof createApiWorld>>;

/** Two brokers, nobody registered, Temporal out of reach. */
export async function createApiWorld(temporal: Partial<TemporalReadiness> = {}) {
  const database = await cloneDatabase();
  const pool = createPool(database.databaseUrl);
  const keysPool = createPool(database.keysUrl);
  const db: Database = {
    pool,
    keys: createKeyStore(keysPool, randomBytes(32)),
    index: createBlindIndex(randomBytes(32)),
  };
  const brokerId = await insertBroker(db, BOX_NUMBER);
  const otherBrokerId = await insertBroker(db, OTHER_BOX_NUMBER);
  const { calls, processes } = recordProcesses();
  const deps = await apiDeps(db, processes);
  const ready = await deps.temporalReady();
  const server = await listen({ ...deps, temporalReady: async () => ({ ...ready, ...temporal }) });
  return {
    db,
    pool,
    databaseUrl: database.databaseUrl,
    keysUrl: database.keysUrl,
    brokerId,
    otherBrokerId,
    tokenKey: deps.settings.tokenKey,
    /** To be replaced where a test wants an answer of Temporal. */
    processes,
    calls,
    url: server.url,
    request: (method: string, path: string, options: Parameters<typeof call>[2] = {}): Promise<Answer> =>
      call(method, `${server.url}${path}`, options),
    close: async () => {
      await server.close();
      await Promise.all([pool.end(), keysPool.end()]);
      await database.drop();
    },
  };
}
