/** The API in this process on a port of its own, and people who registered, each with a handset that is logged in. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createApp } from '../../api/app.ts';
import { newCookieSecret } from '../../api/cookies.ts';
import type { ApiDeps, ApiSettings } from '../../api/deps.ts';
import type { Database } from '../../db/database.ts';
import { createKeyStore } from '../../db/keys.ts';
import { createPool } from '../../db/pool.ts';
import { createBlindIndex, seal } from '../../db/seal.ts';
import type { DeclarationContent } from '../../domain/declaration.ts';
import type { Decision } from '../../domain/outcome.ts';
import type { Processes } from '../../gateways/temporal.ts';
import { createHandset, type Handset } from '../../sandbox/handset/handset.ts';
import { LOG_OF_NOBODY } from './api-world.ts';
import { BOX_NUMBER, bindPerson, content, declare, keepConsent, propose } from './poa-fixtures.ts';
import { cloneDatabase } from './postgres.ts';

export interface RunningApi {
  /** `http://localhost:<port>`; also the public URL. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startApi(
  deps: { db: Database; processes: Processes; telecoms?: ApiDeps['telecoms'] },
  settings: Partial<ApiSettings> = {},
): Promise<RunningApi> {
  const server = createServer();
  const stopping = new AbortController();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  server.on(
    'request',
    createApp({
      telecoms: new Map(),
      ...deps,
      temporalReady: async () => ({ temporal: true, namespace: true, worker: true }),
      stopping: stopping.signal,
      settings: {
        publicUrl: url,
        rpId: 'localhost',
        tokenKey: Buffer.alloc(32),
        customsInboundToken: 'token',
        operatorToken: 'token',
        brokerRateLimit: 10_000,
        importerRateLimit: 10_000,
        importerAddressRateLimit: 10_000,
        vapidPublicKey: 'vapid-public-key',
        pushAllowInsecure: true,
        webhookNetworks: [],
        defaultOrder: 'declare-first',
        exchangeRates: { USD: '32.1' },
        build: 'test',
        log: { verifierKey: LOG_OF_NOBODY, witnesses: [] },
        ...settings,
      },
      // What the API itself cannot do is worth reading.
      log: pino({ level: 'error' }),
    }),
  );
  return {
    url,
    close: async () => {
      stopping.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface Enrolled {
  subjectId: string;
  registrationId: string;
  phone: string;
  /** Value of the registration cookie. */
  registrationCookie: string;
}

let people = 0;
/** Taiwan mobile numbers, each a new one in its file. */
const newPhone = (): string => `+8869${String(20_000_000 + people++).padStart(8, '0')}`;

/** A person whose registration has just become bound, as its process leaves it. */
export async function enrol(db: Database, phone = newPhone()): Promise<Enrolled> {
  const subjectId = await bindPerson({ db, brokerId: '', processes: NO_PROCESSES }, phone);
  const { secret, hash } = newCookieSecret();
  const { rows } = await db.pool.query<{ registration_id: string }>(
    `UPDATE registrations SET browser_hash = $2, first_read_bound_at = now() WHERE subject_id = $1
     RETURNING registration_id`,
    [subjectId, hash],
  );
  const registrationId = rows[0]?.registration_id ?? '';
  return { subjectId, registrationId, phone, registrationCookie: `${registrationId}.${secret}` };
}

const NO_PROCESSES = {
  startPoa: () => Promise.reject(new Error('nothing is declared here')),
};

/** A phone with that registration's cookie and nothing else. */
export const deviceOf = (
  { url }: RunningApi,
  { phone, registrationId, registrationCookie }: Enrolled,
): Handset =>
  createHandset({
    apiUrl: url,
    phone,
    state: { cookies: { [url]: { registration: registrationCookie } }, credentials: [], registrationId },
  });

/** A person with a phone that has a passkey and is logged in. */
export async function importer(api: RunningApi, db: Database, phone?: string) {
  const person = await enrol(db, phone);
  const handset = deviceOf(api, person);
  await handset.createPasskey();
  return { ...person, handset };
}

export type ImporterWorld = Awaited<ReturnType<typeof createImporterWorld>>;

/** The API on a database of its own, with one broker. `processes`: what of Temporal the test wants an answer of. */
export async function createImporterWorld(
  options: { processes?: Partial<Processes>; settings?: Partial<ApiSettings> } = {},
) {
  const database = await cloneDatabase();
  const [pool, keysPool] = [createPool(database.databaseUrl), createPool(database.keysUrl)];
  const db: Database = {
    pool,
    keys: createKeyStore(keysPool, Buffer.alloc(32, 1)),
    index: createBlindIndex(Buffer.alloc(32, 2)),
  };
  const brokerId = uuidv7();
  await pool.query(
    `INSERT INTO brokers (broker_id, client_id, name, box_number, secret_hash) VALUES ($1, 'b', 'Broker', $2, '')`,
    [brokerId, BOX_NUMBER],
  );
  const processes = (options.processes ?? {}) as Processes;
  const api = await startApi({ db, processes }, options.settings);
  return {
    db,
    databaseUrl: database.databaseUrl,
    keysPool,
    brokerId,
    processes,
    api,
    importer: () => importer(api, db),
    shown: (person: Whom, changes: Parameters<typeof content>[0] = {}) =>
      showTo({ db, brokerId }, person, changes),
    close: async () => {
      await api.close();
      await Promise.all([pool.end(), keysPool.end()]);
      await database.drop();
    },
  };
}

type Whom = Pick<Enrolled, 'subjectId' | 'phone'>;

/** A declaration as its process leaves it once the person was asked. */
async function showTo(
  { db, brokerId }: { db: Database; brokerId: string },
  person: Whom,
  changes: Parameters<typeof content>[0],
) {
  const records = { db, brokerId, processes: { startPoa: async () => 'started' as const } };
  const { declarationId, content: sent } = await declare(records, 'declare-first', {
    content: content({ importer: { name: '王小明', phone: person.phone }, ...changes }),
  });
  await db.pool.query(
    `WITH v AS (UPDATE declaration_versions SET shown_to = $2, shown_at = now() WHERE declaration_id = $1)
     UPDATE declarations SET status = 'awaiting_importer', subject_id = $2, asked_at = now() WHERE declaration_id = $1`,
    [declarationId, person.subjectId],
  );
  const answer = (
    decision: Decision = 'confirmed',
    version = 1,
    words: { lines?: number[]; note?: string } = {},
  ) => keepConsent(records, declarationId, decision, version, words);
  return {
    declarationId,
    content: sent,
    houseWaybill: sent.houseWaybill,
    answer,
    /** The broker amends, and the person is shown the next version. */
    amend: (version: number, changed: DeclarationContent) =>
      showNext({ db, brokerId }, person.subjectId, { declarationId, version, content: changed }),
    /** Answered, settled, and acknowledged by Customs unless it is to be `pending` there. */
    settle: async (decision: Decision = 'confirmed', version = 1, pending = false): Promise<string> => {
      const consentId = await answer(decision, version);
      if (!consentId) throw new Error('it cannot be answered');
      await settleAs(db, { declarationId, version, decision, consentId, pending });
      return consentId;
    },
  };
}

async function showNext(
  { db, brokerId }: { db: Database; brokerId: string },
  subjectId: string,
  next: { declarationId: string; version: number; content: DeclarationContent },
): Promise<void> {
  const records = { db, brokerId, processes: { startPoa: async () => 'started' as const } };
  await propose(records, next.declarationId, { kind: 'amendment', ...next });
  await db.pool.query(
    `WITH v AS (
       UPDATE declaration_versions SET shown_to = $3, shown_at = now(), state = 'in-force'
       WHERE declaration_id = $1 AND version = $2 RETURNING digest, respond_by),
     judged AS (UPDATE proposals SET verdict = 'accepted' WHERE declaration_id = $1),
     earlier AS (UPDATE declaration_versions SET state = 'superseded' WHERE declaration_id = $1 AND version < $2)
     UPDATE declarations SET version = $2, digest = v.digest, respond_by = v.respond_by, status = 'awaiting_importer',
       subject_id = $3, updated_at = now() FROM v WHERE declaration_id = $1`,
    [next.declarationId, next.version, subjectId],
  );
}

async function settleAs(
  { pool, keys }: Database,
  settled: {
    declarationId: string;
    version: number;
    decision: Decision;
    consentId: string;
    pending: boolean;
  },
): Promise<void> {
  const { declarationId, version, decision, consentId, pending } = settled;
  const outcomeId = uuidv7();
  const key = await keys.get(declarationId);
  if (!key) throw new Error('no key');
  const report = { body: JSON.stringify({ receipt: `receipt of ${consentId}` }) };
  await pool.query(
    `WITH judged AS (UPDATE consents SET verdict = 'accepted', judged_at = now(), sim_check = '{}' WHERE consent_id = $4),
     shown AS (UPDATE declarations SET status = $7, updated_at = now() WHERE declaration_id = $2)
     INSERT INTO version_outcomes (outcome_id, declaration_id, version, outcome, consent_id, decided_at, sealed_report,
       acknowledgement_number, acknowledged_at)
     VALUES ($1, $2, $3, $5, $4, now(), $6, CASE WHEN $8 THEN NULL ELSE 'R000000001' END,
       CASE WHEN $8 THEN NULL ELSE now() END)`,
    [
      outcomeId,
      declarationId,
      version,
      consentId,
      decision,
      seal(key, `version_outcomes/${outcomeId}/sealed_report`, report),
      pending ? 'reporting' : decision,
      pending,
    ],
  );
}
