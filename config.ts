/**
 * The only reader of `process.env`. Imported by entry points (`workers/main.ts`, `api/main.ts`, `scripts/`),
 * which hand the parts on; nothing else knows where a value came from.
 *
 * No secret has a default: the start-up of the sandbox (`scripts/start.mjs`) makes random ones and keeps them
 * in its data directory.
 */
import { z } from 'zod';
import { POA_RETENTION_MONTHS } from './domain/law.ts';

const base64Key = z
  .string()
  .transform((value) => Buffer.from(value, 'base64'))
  .refine((bytes) => bytes.length === 32, 'must be 32 bytes in base64 (openssl rand -base64 32)');

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('must be JSON');
    return z.NEVER;
  }
});

const receiptKey = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
});

const optionalUrl = z.url().optional();
const port = z.coerce.number().int().min(0).max(65535);
const milliseconds = z.coerce.number().int().positive();

/** One telecom operator, as the adapter needs it (`TELECOM_OPERATORS`, a JSON array). */
const telecomOperator = z.object({
  /** Name that the importer chooses, e.g. `sandbox`. */
  name: z.string(),
  /** OIDC issuer; `/authorize`, `/token` and the keys are found through its discovery document. */
  issuer: z.url(),
  /** Base address of the CAMARA APIs; the issuer's when left out. */
  apiBase: z.url().optional(),
  clientId: z.string(),
  clientSecret: z.string(),
});
export type TelecomOperatorConfig = z.infer<typeof telecomOperator>;

/** Exact decimals by ISO 4217 code. */
const exchangeRates = z.record(
  z.string().regex(/^[A-Z]{3}$/, 'a currency code'),
  z.string().regex(/^(?=.*[1-9])(0|[1-9]\d{0,11})(\.\d{1,6})?$/, 'a decimal number over 0, as text'),
);

/** The sandbox's own pages, which its app links (`SANDBOX_LINKS`, JSON). */
const sandboxLinks = z.strictObject({
  /** SMS and push messages that arrived. */
  messagesUrl: z.url(),
  /** A parcel arrives; what Customs holds. */
  customsUrl: z.url(),
  /** SIM cards. */
  telecomUrl: z.url(),
});

const variables = z.object({
  /** Main database. */
  DATABASE_URL: z.string(),
  /** Key store; must be another server in production (see docs/architecture.md, Data keys). */
  KEYS_DATABASE_URL: z.string(),
  /** Wraps every data key: 32 bytes, base64. */
  MASTER_KEY: base64Key,
  /** HMAC key of the blind indexes: 32 bytes, base64. */
  INDEX_KEY: base64Key,
  /** Signs access tokens of brokers: 32 bytes, base64. */
  TOKEN_KEY: base64Key,
  /**
   * Private ES256 JWK (JSON, with `kid`) that sealed receipts before keys of receipts had a table: taken in at start. New
   * deployments do without; further keys come from `npm run admin -- keys rotate`.
   */
  RECEIPT_KEY: json.pipe(receiptKey).optional(),
  /** Private Ed25519 JWK (JSON) that signs the transparency log's checkpoints. */
  LOG_KEY: json.pipe(z.record(z.string(), z.string())),
  /** The transparency log's name, for as long as it exists; `<host of PUBLIC_URL>/log` when left out. */
  LOG_ORIGIN: z
    .string()
    .regex(/^[^\s+]+$/, 'without spaces and plus signs (C2SP signed-note)')
    .optional(),
  /** Verifier keys of those who may cosign checkpoints, separated by spaces (C2SP tlog-cosignature). */
  LOG_WITNESSES: z
    .string()
    .default('')
    .transform((keys) => keys.split(/\s+/).filter(Boolean)),
  /** How long what was settled waits for the log's next checkpoint, at most, when nothing is wrong. */
  LOG_EVERY_MS: milliseconds.default(5_000),
  /** VAPID key pair for Web Push (RFC 8292), base64url, as `web-push` makes it. */
  VAPID_PUBLIC_KEY: z.string(),
  VAPID_PRIVATE_KEY: z.string(),
  VAPID_SUBJECT: z.string().default('mailto:operations@consentry.example'),

  TELECOM_OPERATORS: json.pipe(z.array(telecomOperator).min(1)),
  CUSTOMS_URL: z.url(),
  /** Our token at Customs. */
  CUSTOMS_TOKEN: z.string().min(16),
  /** Customs' token at us (`/customs/v1`). */
  CUSTOMS_INBOUND_TOKEN: z.string().min(16),
  SMS_URL: z.url(),
  SMS_TOKEN: z.string().min(16),
  /** Only the sandbox may push to loopback addresses over plain HTTP. */
  PUSH_ALLOW_INSECURE: z.stringbool().default(false),

  /**
   * Networks of ours that brokers' webhook endpoints may lie in, also over plain http: CIDR notation, separated by spaces. All
   * other private addresses are refused.
   */
  WEBHOOK_NETWORKS: z
    .string()
    .default('')
    .transform((networks) => networks.split(/\s+/).filter(Boolean)),

  /** Where people reach the app; its origin is the only one that state-changing calls may come from. */
  PUBLIC_URL: z.url(),
  /** WebAuthn relying party id. */
  RP_ID: z.string(),
  API_PORT: port.default(8080),
  /** The importers' app as built (`npm run build:app`). */
  APP_DIRECTORY: z.string().default('app/dist'),
  /** Addresses to listen on; both loopbacks in the sandbox. */
  API_LISTEN: z
    .string()
    .default('127.0.0.1,::1')
    .transform((list) => list.split(',')),
  /** Proxies in front of the API whose `X-Forwarded-For` is believed (rate limits by address). */
  TRUSTED_PROXIES: z.coerce.number().int().min(0).default(0),
  /** Token for `/metrics` from other than the loopback. */
  OPERATOR_TOKEN: z.string().min(16),
  /** Requests per second allowed to one broker. */
  BROKER_RATE_LIMIT: z.coerce.number().int().positive().default(50),
  /** Requests per second allowed to one importer's session. */
  IMPORTER_RATE_LIMIT: z.coerce.number().int().positive().default(10),
  /** The same for one address without a session: a mobile network hides many people behind one. */
  IMPORTER_ADDRESS_RATE_LIMIT: z.coerce.number().int().positive().default(50),
  TEMPORAL_UI_URL: optionalUrl,
  /** What runs here, told to the app and named by signed answers: at most 64 visible ASCII characters. */
  BUILD: z
    .string()
    .max(64)
    .regex(/^[\x21-\x7e]+$/, 'visible ASCII')
    .default('unnamed'),
  /** Customs' rates, New Taiwan dollars per unit, for the count of duty-free imports: JSON, `{"USD": "32.1"}`. */
  CUSTOMS_EXCHANGE_RATES: z
    .string()
    .default('')
    .transform((text) => text || '{}')
    .pipe(json.pipe(exchangeRates)),
  /** Only in the sandbox: makes the app say that it is one. */
  SANDBOX_LINKS: json.pipe(sandboxLinks).optional(),

  WORKER_METRICS_PORT: port.optional(),
  /** How often the reconciliation runs and the worker looks for its Schedule. */
  RECONCILE_EVERY_MS: milliseconds.default(30_000),
  /** A POA is purged so many months after its end; the law sets the least (domain/law.ts). */
  RETENTION_MONTHS: z.coerce.number().int().min(POA_RETENTION_MONTHS).max(1200).default(POA_RETENTION_MONTHS),
  /** How often the purge runs. */
  RETENTION_EVERY_MS: milliseconds.default(3_600_000),
  MAX_CACHED_WORKFLOWS: z.coerce.number().int().positive().default(2000),
  /** Prebuilt workflow bundle; without it the worker bundles at start. */
  WORKFLOW_BUNDLE: z.string().optional(),

  /**
   * Processes of one broker that may wait for a worker before its manifests do: enough that workers have something to do
   * (two a core), for whoever comes next waits behind them.
   */
  MANIFEST_QUEUED: z.coerce.number().int().positive().default(4),
  /** Those that may be on their way to their importers: what Customs takes in at once when it is slow. */
  MANIFEST_UNDER_WAY: z.coerce.number().int().positive().default(32),
  DEFAULT_ORDER: z.enum(['declare-first', 'consent-first']).default('declare-first'),
  /** SMS when the push was not displayed after this long (at most a quarter of the time left). */
  SMS_AFTER_MS: milliseconds.default(10 * 60_000),
  /**
   * Pushes and SMS to one person about one broker's declarations, in an hour; what comes on top is in the inbox alone. 0: no
   * limit. Nobody who buys abroad gets so many parcels in an hour, and nobody reads so many messages.
   */
  MESSAGES_PER_HOUR: z.coerce.number().int().min(0).default(60),
  /** A change of phone that no passkey vouches for waits this long for an objection. */
  PHONE_CHANGE_HOLD_MS: milliseconds.default(24 * 3_600_000),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

const schema = variables.transform((config) => ({
  ...config,
  // Without the port, which in the sandbox may be another one next time.
  LOG_ORIGIN: config.LOG_ORIGIN ?? `${new URL(config.PUBLIC_URL).hostname}/log`,
}));

export type Config = z.infer<typeof schema>;

/** Reads and checks the environment. Throws one error that lists every variable that is missing or wrong. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const result = schema.safeParse(env);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The configuration is incomplete:\n${lines.join('\n')}`);
}
