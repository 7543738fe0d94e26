import { createServer } from 'node:http';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { pino } from 'pino';
import { readConfig } from '../config.ts';
import { createKeyStore } from '../db/keys.ts';
import { createPool } from '../db/pool.ts';
import { createBlindIndex } from '../db/seal.ts';
import { KEEP_ALIVE_MS } from '../domain/limits.ts';
import { createCheckpointSigner } from '../evidence/log/signer.ts';
import { createTelecomGateways } from '../gateways/camara.ts';
import { createProcesses } from '../gateways/temporal.ts';
import { createApp } from './app.ts';
import { temporalReadiness } from './operator/temporal-readiness.ts';

/** Requests under way are finished within this time of a stop, ms. */
const CLOSE_WITHIN_MS = 5_000;

const config = readConfig();
const log = pino({ level: config.LOG_LEVEL, name: 'api' });
const pool = createPool(config.DATABASE_URL, { max: 30, applicationName: 'consentry-api' });
const keysPool = createPool(config.KEYS_DATABASE_URL, { max: 10, applicationName: 'consentry-api' });
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
// Lazy: the API answers, and keeps what it is given, while Temporal is away.
const connection = Connection.lazy(connectionOptions);
const client = new Client({ connection, namespace });

const publicUrl = new URL(config.PUBLIC_URL).origin;
const stopping = new AbortController();
const app = createApp({
  db: { pool, keys: createKeyStore(keysPool, config.MASTER_KEY), index: createBlindIndex(config.INDEX_KEY) },
  processes: createProcesses(client),
  telecoms: createTelecomGateways(config.TELECOM_OPERATORS, publicUrl),
  temporalReady: () => temporalReadiness(client, namespace),
  settings: {
    publicUrl,
    rpId: config.RP_ID,
    trustedProxies: config.TRUSTED_PROXIES,
    tokenKey: config.TOKEN_KEY,
    customsInboundToken: config.CUSTOMS_INBOUND_TOKEN,
    operatorToken: config.OPERATOR_TOKEN,
    brokerRateLimit: config.BROKER_RATE_LIMIT,
    importerRateLimit: config.IMPORTER_RATE_LIMIT,
    importerAddressRateLimit: config.IMPORTER_ADDRESS_RATE_LIMIT,
    vapidPublicKey: config.VAPID_PUBLIC_KEY,
    pushAllowInsecure: config.PUSH_ALLOW_INSECURE,
    webhookNetworks: config.WEBHOOK_NETWORKS,
    defaultOrder: config.DEFAULT_ORDER,
    build: config.BUILD,
    log: {
      verifierKey: createCheckpointSigner(config.LOG_ORIGIN, config.LOG_KEY).verifierKey,
      witnesses: config.LOG_WITNESSES,
    },
    exchangeRates: config.CUSTOMS_EXCHANGE_RATES,
    ...(config.SANDBOX_LINKS && { sandboxLinks: config.SANDBOX_LINKS }),
  },
  stopping: stopping.signal,
  appDirectory: config.APP_DIRECTORY,
  log,
});

const servers = await Promise.all(
  config.API_LISTEN.map(
    (host) =>
      new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
        const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, app);
        server.once('error', reject).listen(config.API_PORT, host, () => resolve(server));
      }),
  ),
);
// Whatever the log's level: the start-up waits for this line.
log.child({}, { level: 'info' }).info(`api ready on ${config.PUBLIC_URL}`);

async function stop(): Promise<void> {
  stopping.abort();
  const closing = servers.map((server) => new Promise((resolve) => server.close(resolve)));
  // Again and again: a connection becomes idle when its request is answered, and would be kept.
  const closer = setInterval(() => {
    for (const server of servers) server.closeIdleConnections();
  }, 50);
  setTimeout(() => process.exit(0), CLOSE_WITHIN_MS).unref();
  await Promise.all(closing);
  clearInterval(closer);
  await Promise.all([connection.close(), pool.end(), keysPool.end()]);
}
process.once('SIGTERM', stop).once('SIGINT', stop);
