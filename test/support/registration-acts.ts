/** What people have and do around a registration, put into the database as the API would; and what others were told. */
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { SealedPerson } from '../../db/registration/person.ts';
import { hashSecret, seal } from '../../db/seal.ts';
import { TASK_QUEUE, WORKFLOW } from '../../domain/messages.ts';
import type { RecordedRequest } from '../../sandbox/control.ts';
import type { RegistrationWorld } from './registration-world.ts';
import { call } from './stand-in.ts';

type StandIn = keyof RegistrationWorld['urls'];

export const resetStandIns = async ({ urls }: RegistrationWorld): Promise<void> => {
  for (const url of Object.values(urls)) await call('POST', `${url}/_control/reset`);
};
export const fault = ({ urls }: RegistrationWorld, at: StandIn, body: object) =>
  call('POST', `${urls[at]}/_control/faults`, { body: { times: 1, ...body } });
export const mend = ({ urls }: RegistrationWorld, at: StandIn) =>
  call('DELETE', `${urls[at]}/_control/faults`);

/** The operator knows the person as the holder of this number, besides whatever else. */
export function subscriber(
  { urls }: RegistrationWorld,
  { phone, ...held }: SealedPerson,
  changes: object = {},
) {
  const body = { ...held, contract: 'PAYM', ...changes };
  return call('PUT', `${urls.telecom}/_control/subscribers/${phone}`, { body });
}

export const asked = async (
  { urls }: RegistrationWorld,
  at: StandIn,
  path: string,
): Promise<RecordedRequest[]> => (await call('GET', `${urls[at]}/_control/requests?path=${path}`)).body;

/** Customs' database files. */
export const filed = async ({ urls }: RegistrationWorld): Promise<Record<string, unknown>[]> =>
  (await call('GET', `${urls.customs}/_control/identities`)).body;

/** Texts that went to the number. */
export const smsTo = async ({ urls }: RegistrationWorld, phone: string): Promise<string[]> =>
  (await call('GET', `${urls.push}/_control/sms?phone=${encodeURIComponent(phone)}`)).body.map(
    ({ text }: { text: string }) => text,
  );

/** A device with a passkey of that registration, and logged in by it. */
export async function addPasskey(
  { db }: RegistrationWorld,
  registrationId: string,
  subjectId: string | null,
): Promise<void> {
  await db.pool.query(
    `INSERT INTO passkeys (credential_id, subject_id, registration_id, public_key, sign_count, backed_up)
     VALUES ($1, $2, $3, '\\x00', 0, false)`,
    [randomBytes(16), subjectId, registrationId],
  );
  await db.pool.query(
    `INSERT INTO sessions (session_hash, subject_id, registration_id, expires_at)
     VALUES ($1, $2, $3, now() + interval '1 h')`,
    [randomBytes(32), subjectId, registrationId],
  );
}

/** What there is of a person. */
export async function left({ db }: RegistrationWorld, subjectId: string | null) {
  const { rows } = await db.pool.query<Record<'passkeys' | 'sessions' | 'identities', number>>(
    `SELECT (SELECT count(*) FROM passkeys WHERE subject_id = $1) AS passkeys,
       (SELECT count(*) FROM sessions WHERE subject_id = $1) AS sessions,
       (SELECT count(*) FROM identities WHERE subject_id = $1) AS identities`,
    [subjectId],
  );
  return rows[0];
}

/** A device that can be pushed to; its endpoint. */
export async function subscribe({ db, urls }: RegistrationWorld, subjectId: string | null): Promise<string> {
  const { body } = await call('POST', `${urls.push}/_control/subscriptions`);
  const subscriptionId = uuidv7();
  const key = (await db.keys.get(subjectId ?? '')) ?? Buffer.alloc(32);
  const sealed = seal(key, `push_subscriptions/${subscriptionId}/sealed`, {
    endpoint: body.endpoint,
    keys: body.keys,
  });
  await db.pool.query(
    'INSERT INTO push_subscriptions (subscription_id, subject_id, endpoint_hash, sealed) VALUES ($1, $2, $3, $4)',
    [subscriptionId, subjectId, hashSecret(body.endpoint), sealed],
  );
  return body.endpoint;
}

/** What the device was told, decrypted, oldest first. */
export const pushedTo = async (
  { urls }: RegistrationWorld,
  endpoint: string,
): Promise<{ notificationId: string; kind: string }[]> =>
  (await call('GET', `${urls.push}/_control/messages?subscription=${encodeURIComponent(endpoint)}`)).body.map(
    ({ decrypted }: { decrypted: string | object }) =>
      typeof decrypted === 'string' ? JSON.parse(decrypted) : decrypted,
  );

export interface LiveIdentity {
  subject_id: string;
  registration_id: string;
  phone_index: Buffer;
  bound_at: Date | null;
  file_number: string | null;
  verification: object;
  suspended_at: Date | null;
  suspension_reason: string | null;
}

export async function liveIdentities({ db }: RegistrationWorld): Promise<LiveIdentity[]> {
  const { rows } = await db.pool.query<LiveIdentity>('SELECT * FROM identities WHERE ended_at IS NULL');
  return rows;
}

let brokers = 0;
/** A declaration that stands where it was put. */
export async function declaration(
  { db }: RegistrationWorld,
  status: 'awaiting_registration' | 'awaiting_importer',
  of: { phone?: string; subjectId?: string | null },
): Promise<string> {
  const brokerId = uuidv7();
  const declarationId = uuidv7();
  const name = `broker-${++brokers}`;
  await db.pool.query(
    `INSERT INTO brokers (broker_id, client_id, name, box_number, secret_hash) VALUES ($1, $2, $2, $2, '\\x00')`,
    [brokerId, name],
  );
  await db.pool.query(
    `INSERT INTO declarations (declaration_id, broker_id, poa_order, functional_reference, master_waybill,
       house_waybill, status, digest, respond_by, phone_index, subject_id)
     VALUES ($1::uuid, $2, 'declare-first', 'R', 'M', $1::text, $3, 'd', now() + interval '1 h', $4, $5)`,
    [declarationId, brokerId, status, of.phone ? db.index.ofPhone(of.phone) : null, of.subjectId ?? null],
  );
  return declarationId;
}

export const reconcile = ({ client }: RegistrationWorld): Promise<unknown> =>
  client.workflow.execute(WORKFLOW.reconciliation, { taskQueue: TASK_QUEUE, workflowId: uuidv7() });
