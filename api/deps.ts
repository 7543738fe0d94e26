import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';
import type { ExchangeRates } from '../domain/duty-free.ts';
import type { Order } from '../domain/outcome.ts';
import type { TelecomGateway } from '../gateways/camara.ts';
import type { Processes } from '../gateways/temporal.ts';

/** What the API is wired to; `createApp(deps)` knows nothing of the environment. */
export interface ApiDeps {
  db: Database;
  processes: Processes;
  /** By operator name. */
  telecoms: ReadonlyMap<string, TelecomGateway>;
  /** Temporal as `/readyz` sees it: reachable, namespace there, a worker polling. */
  temporalReady: () => Promise<TemporalReadiness>;
  /** Aborted when the process is to end: what would go on by itself is ended then. */
  stopping: AbortSignal;
  settings: ApiSettings;
  /** The importers' app as built; without it only the API is there. */
  appDirectory?: string;
  log: Logger;
}

export interface TemporalReadiness {
  temporal: boolean;
  namespace: boolean;
  worker: boolean;
}

export interface ApiSettings {
  /** Origin under which people and brokers reach us, without a slash at the end. */
  publicUrl: string;
  rpId: string;
  /** Proxies in front of us, for callers' addresses. */
  trustedProxies?: number;
  tokenKey: Buffer;
  customsInboundToken: string;
  operatorToken: string;
  /** Requests per second. */
  brokerRateLimit: number;
  /** Of one session. */
  importerRateLimit: number;
  /** Of one address, without a session. */
  importerAddressRateLimit: number;
  vapidPublicKey: string;
  pushAllowInsecure: boolean;
  /** Networks (CIDR) that webhook endpoints may lie in although they are inside. */
  webhookNetworks: readonly string[];
  defaultOrder: Exclude<Order, 'customs-started'>;
  /** What runs here, as signed answers name it: visible ASCII. */
  build: string;
  /** Verifier keys (C2SP signed-note) of the transparency log, and of those who may cosign its checkpoints. */
  log: { verifierKey: string; witnesses: readonly string[] };
  /** TWD for one unit of each currency: for the duty-free counter; a currency without one stays undetermined. */
  exchangeRates: ExchangeRates;
  /** The sandbox's own pages; nowhere else. */
  sandboxLinks?: SandboxLinks;
}

export interface SandboxLinks {
  messagesUrl: string;
  customsUrl: string;
  telecomUrl: string;
}
