import { pino } from 'pino';
import { allRoutes } from '../../api/app.ts';
import type { ApiDeps, ApiSettings } from '../../api/deps.ts';
import { openApiDocument } from '../../api/openapi.ts';
import type { Metrics } from '../../api/operator/metrics.ts';
import { formatVerifierKey } from '../../evidence/verify/note.ts';

/** A key of nobody. */
const DOCUMENTS_KEY = formatVerifierKey('localhost/log', 'ed25519', Buffer.alloc(32));

/** What routes ask for while they are being described; nothing behind them is ever called. */
const settings: ApiSettings = {
  publicUrl: 'http://localhost',
  rpId: 'localhost',
  tokenKey: Buffer.alloc(32),
  customsInboundToken: '',
  operatorToken: '',
  brokerRateLimit: 1,
  importerRateLimit: 1,
  importerAddressRateLimit: 1,
  vapidPublicKey: '',
  pushAllowInsecure: false,
  webhookNetworks: [],
  defaultOrder: 'declare-first',
  exchangeRates: {},
  build: 'documents',
  log: { verifierKey: DOCUMENTS_KEY, witnesses: [] },
};

/** `docs/openapi.json`: what a running service offers at `/openapi.json`. */
export function openApiText(): string {
  const { signal: stopping } = new AbortController();
  const log = pino({ level: 'silent' });
  const deps = { settings, telecoms: new Map(), stopping, log } as unknown as ApiDeps;
  const routes = allRoutes(deps, {} as Metrics);
  return `${JSON.stringify(openApiDocument(routes), null, 2)}\n`;
}
