/** The programs of Consentry and of its sandbox: how each is started, and with which environment. */
import { join } from 'node:path';
import { ROOT } from './paths.ts';
import type { Program } from './processes.ts';
import { TELECOM_CLIENT_ID } from './secrets.ts';
import { localhost, type Settings } from './settings.ts';

/** Names of the stand-ins' programs; each is `sandbox/<name>/main.ts`. */
export const SANDBOX = ['telecom', 'customs', 'push'] as const;

/** Invented, of the right order: TWD for one unit. */
const SANDBOX_RATES = {
  USD: '32.1',
  EUR: '35.2',
  JPY: '0.21',
  CNY: '4.45',
  KRW: '0.023',
  HKD: '4.1',
  GBP: '41.3',
};

/** The sandbox allows one client to do what load tests want (requests per second). */
const SANDBOX_RATE_LIMIT = '200';

/** API and worker read the same environment (config.ts). What the user set wins over what is made up here. */
export function productEnvironment(
  settings: Settings,
  databases: NodeJS.ProcessEnv,
  temporal: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const { env, ports, secrets } = settings;
  const { POSTGRES_PASSWORD: _, TELECOM_CLIENT_SECRET, ...own } = secrets;
  const telecom = {
    name: 'sandbox',
    issuer: localhost(ports.TELECOM_PORT),
    clientId: TELECOM_CLIENT_ID,
    clientSecret: TELECOM_CLIENT_SECRET,
  };
  return {
    NODE_ENV: 'production',
    ...own,
    TELECOM_OPERATORS: JSON.stringify([telecom]),
    CUSTOMS_URL: localhost(ports.CUSTOMS_PORT),
    SMS_URL: localhost(ports.PUSH_PORT),
    PUSH_ALLOW_INSECURE: 'true',
    WEBHOOK_NETWORKS: '127.0.0.0/8 ::1/128',
    CUSTOMS_EXCHANGE_RATES: JSON.stringify(SANDBOX_RATES),
    SANDBOX_LINKS: JSON.stringify(sandboxLinks(ports)),
    PUBLIC_URL: localhost(ports.API_PORT),
    RP_ID: 'localhost',
    API_LISTEN: settings.loopbacks.join(','),
    BROKER_RATE_LIMIT: SANDBOX_RATE_LIMIT,
    IMPORTER_RATE_LIMIT: SANDBOX_RATE_LIMIT,
    IMPORTER_ADDRESS_RATE_LIMIT: SANDBOX_RATE_LIMIT,
    ...env,
    API_PORT: String(ports.API_PORT),
    ...databases,
    ...temporal,
  };
}

/** The sandbox's pages for people, as the app links them. */
const sandboxLinks = (ports: Settings['ports']) => ({
  messagesUrl: `${localhost(ports.PUSH_PORT)}/`,
  customsUrl: `${localhost(ports.CUSTOMS_PORT)}/`,
  telecomUrl: `${localhost(ports.TELECOM_PORT)}/`,
});

export function apiProgram(env: NodeJS.ProcessEnv): Program {
  return { ...program('api', 'api/main.ts', env), graceMs: 2_000 };
}

/** `number` counts from 1; only the first offers metrics, since they share the port's variable. */
export function workerProgram(env: NodeJS.ProcessEnv, number: number, metricsPort: number): Program {
  const WORKER_METRICS_PORT = number === 1 ? String(metricsPort) : undefined;
  return {
    ...program(workerName(number), 'workers/main.ts', { ...env, WORKER_METRICS_PORT }),
    graceMs: 2_000,
  };
}

export const workerName = (number: number): string => (number === 1 ? 'worker' : `worker-${number}`);

/** A stand-in; it keeps its state in a file, so that a restart of the stack forgets nothing. */
export function sandboxProgram(settings: Settings, name: (typeof SANDBOX)[number]): Program {
  const { ports, secrets, dataDirectory } = settings;
  const port = { telecom: ports.TELECOM_PORT, customs: ports.CUSTOMS_PORT, push: ports.PUSH_PORT }[name];
  const own = {
    telecom: {
      TELECOM_CLIENT_ID,
      TELECOM_CLIENT_SECRET: secrets.TELECOM_CLIENT_SECRET,
      TELECOM_REDIRECT_URIS: `${localhost(ports.API_PORT)}/app/registrations/callback`,
    },
    customs: {
      CUSTOMS_TOKEN: secrets.CUSTOMS_TOKEN,
      CONSENTRY_URL: localhost(ports.API_PORT),
      CONSENTRY_TOKEN: secrets.CUSTOMS_INBOUND_TOKEN,
    },
    push: { SMS_TOKEN: secrets.SMS_TOKEN },
  }[name];
  return {
    ...program(name, `sandbox/${name}/main.ts`, {
      PORT: String(port),
      STATE_FILE: join(dataDirectory, `${name}.jsonl`),
      SANDBOX_PAGES: JSON.stringify({ appUrl: `${localhost(ports.API_PORT)}/`, ...sandboxLinks(ports) }),
      ...own,
    }),
    graceMs: 1_000,
  };
}

/** Each tells on its output when it can be used: `… ready on http://localhost:<port>`. */
function program(name: string, file: string, env: NodeJS.ProcessEnv): Program {
  return {
    name,
    command: process.execPath,
    args: ['--import', 'tsx', file],
    cwd: ROOT,
    env,
    ready: /\bready\b/,
  };
}
