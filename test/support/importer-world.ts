/** The API in this process on a port of its own, and people who registered, each with a handset that is logged in. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { createApp } from '../../api/app.ts';
import type { ApiSettings } from '../../api/deps.ts';
import { newCookieSecret } from '../../api/importer/cookies.ts';
import type { Database } from '../../db/database.ts';
import type { Processes } from '../../gateways/temporal.ts';
import { createHandset, type Handset } from '../../sandbox/handset/handset.ts';
import { bindPerson } from './poa-fixtures.ts';

export interface RunningApi {
  /** `http://localhost:<port>`; also the public URL. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startApi(
  deps: { db: Database; processes: Processes },
  settings: Partial<ApiSettings> = {},
): Promise<RunningApi> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  server.on(
    'request',
    createApp({
      ...deps,
      telecoms: new Map(),
      temporalReady: async () => ({ temporal: true, namespace: true, worker: true }),
      settings: {
        publicUrl: url,
        rpId: 'localhost',
        tokenKey: Buffer.alloc(32),
        customsInboundToken: 'token',
        operatorToken: 'token',
        brokerRateLimit: 10_000,
        importerRateLimit: 10_000,
        receiptPublicJwk: {},
        vapidPublicKey: 'vapid-public-key',
        pushAllowInsecure: true,
        defaultOrder: 'declare-first',
        ...settings,
      },
      // What the API itself cannot do is worth reading.
      log: pino({ level: 'error' }),
    }),
  );
  return {
    url,
    close: async () => {
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
