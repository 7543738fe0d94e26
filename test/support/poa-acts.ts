/** What people, brokers, operators and Customs do to a POA process in tests, and what can be seen of it. */
import { v7 as uuidv7 } from 'uuid';
import { hashSecret, seal, unseal } from '../../db/seal.ts';
import type { DeclarationContent } from '../../domain/declaration.ts';
import type { Problem } from '../../domain/error-code.ts';
import type { Decision } from '../../domain/outcome.ts';
import { keepConsent, propose } from './poa-fixtures.ts';
import { control, type PoaWorld } from './poa-world.ts';

/** The importer's answer: kept, then sent to the process. */
export async function answer(world: PoaWorld, declarationId: string, decision: Decision, version = 1) {
  const consentId = await keepConsent(world, declarationId, decision, version);
  if (!consentId) throw new Error('the answer could not be kept');
  return { consentId, ...(await world.processes.decide(declarationId, { consentId })) };
}

export async function amend(
  world: PoaWorld,
  declarationId: string,
  version: number,
  content: DeclarationContent,
  respondBy?: Date,
) {
  const change = { kind: 'amendment' as const, version, content, ...(respondBy && { respondBy }) };
  const proposalId = await propose(world, declarationId, change);
  return world.processes.amend(declarationId, { proposalId });
}

/** The same content once more. */
export async function tryAgain(world: PoaWorld, declarationId: string) {
  const proposalId = await propose(world, declarationId, { kind: 'retry' });
  return world.processes.amend(declarationId, { proposalId });
}

export async function cancel(world: PoaWorld, declarationId: string) {
  const proposalId = await propose(world, declarationId, { kind: 'cancellation' });
  return world.processes.cancel(declarationId, { proposalId });
}

export interface Word {
  action: 'retry' | 'accept-customs' | 'correct';
  outcome?: string;
  acknowledgementNumber?: string;
}

export async function keepResolution({ pool }: PoaWorld, declarationId: string, word: Word): Promise<string> {
  const resolutionId = uuidv7();
  await pool.query(
    `INSERT INTO resolutions (resolution_id, declaration_id, action, outcome, acknowledgement_number, operator, reason)
     VALUES ($1, $2, $3, $4, $5, 'operator', 'test')`,
    [resolutionId, declarationId, word.action, word.outcome, word.acknowledgementNumber],
  );
  return resolutionId;
}

/** An operator's word: kept, then sent to the process. */
export async function resolve(world: PoaWorld, declarationId: string, word: Word) {
  const resolutionId = await keepResolution(world, declarationId, word);
  return world.processes.resolve(declarationId, { resolutionId });
}

/** Event types in order, without the prefix `declaration.`. */
export async function eventsOf({ pool }: PoaWorld, declarationId: string): Promise<string[]> {
  const { rows } = await pool.query<{ type: string }>(
    'SELECT type FROM events WHERE declaration_id = $1 ORDER BY event_id',
    [declarationId],
  );
  return rows.map(({ type }) => type.replace('declaration.', ''));
}

export async function eventData({ pool }: PoaWorld, declarationId: string, type: string): Promise<unknown[]> {
  const { rows } = await pool.query<{ data: unknown }>(
    'SELECT data FROM events WHERE declaration_id = $1 AND type = $2 ORDER BY event_id',
    [declarationId, `declaration.${type}`],
  );
  return rows.map(({ data }) => data);
}

/** Every outcome ever decided, oldest first; `standing`: not set aside. */
export async function outcomesOf({ pool }: PoaWorld, declarationId: string) {
  const { rows } = await pool.query<{
    version: number;
    outcome: string;
    source: string;
    standing: boolean;
    acknowledged: boolean;
    consent_id: string | null;
  }>(
    `SELECT version, outcome, source, set_aside_at IS NULL AS standing, acknowledged_at IS NOT NULL AS acknowledged, consent_id
     FROM version_outcomes WHERE declaration_id = $1 ORDER BY outcome_id`,
    [declarationId],
  );
  return rows;
}

/** Outcomes that stand, as `v1 superseded`. */
export async function standing(world: PoaWorld, declarationId: string): Promise<string[]> {
  const outcomes = await outcomesOf(world, declarationId);
  return outcomes.filter((row) => row.standing).map((row) => `v${row.version} ${row.outcome}`);
}

export async function verdictOf({ pool }: PoaWorld, consentId: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ verdict: string }>(
    'SELECT verdict FROM consents WHERE consent_id = $1',
    [consentId],
  );
  return rows[0]?.verdict;
}

/** What the broker is told to correct. */
export async function problemsOf({ db, pool }: PoaWorld, declarationId: string): Promise<Problem[] | null> {
  const { rows } = await pool.query<{ sealed: Buffer | null }>(
    'SELECT sealed_problems AS sealed FROM declarations WHERE declaration_id = $1',
    [declarationId],
  );
  const key = await db.keys.get(declarationId);
  if (!rows[0]?.sealed || !key) return null;
  return unseal(key, `declarations/${declarationId}/sealed_problems`, rows[0].sealed) as Problem[];
}

export interface Request {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Record<string, unknown>;
  status: number | null;
}

/** What Customs was asked about the declaration: lodgings, or reports. */
export async function requestsOf(
  { customs }: PoaWorld,
  declarationId: string,
  path: '/declarations' | '/poas' = '/declarations',
): Promise<Request[]> {
  const requests = (await control(customs, 'GET', `/requests?path=${path}`)) as Request[];
  return requests.filter(({ body }) => body?.declarationId === declarationId);
}

/** Lodgings as `v1 function 9 → 201`; equal ones (a repeated attempt) once. */
export async function lodgings(world: PoaWorld, declarationId: string): Promise<string[]> {
  const requests = await requestsOf(world, declarationId);
  const told = requests.map(
    ({ body, status }) => `v${body.version} function ${body.functionCode} → ${status}`,
  );
  return told.filter((line, i) => line !== told[i - 1]);
}

export interface Fault {
  route: string;
  status?: number;
  delayMs?: number;
  drop?: 'before' | 'after';
  times?: number;
}

export const fault = (base: string, what: Fault) => control(base, 'POST', '/faults', what);
export const endFaults = (base: string) => control(base, 'DELETE', '/faults');
export const customsMode = ({ customs }: PoaWorld, mode: object) => control(customs, 'PUT', '/mode', mode);

/** A device of the person's: a push subscription of theirs. Answers with its endpoint. */
export async function subscribe({ db, pool, push, vapidPublicKey }: PoaWorld, subjectId: string) {
  const subscription = (await control(push, 'POST', '/subscriptions', {
    applicationServerKey: vapidPublicKey,
  })) as { id: string; endpoint: string; keys: object };
  const subscriptionId = uuidv7();
  const key = await db.keys.get(subjectId);
  if (!key) throw new Error('no key');
  const { endpoint, keys } = subscription;
  await pool.query(
    `INSERT INTO push_subscriptions (subscription_id, subject_id, endpoint_hash, sealed) VALUES ($1, $2, $3, $4)`,
    [
      subscriptionId,
      subjectId,
      hashSecret(endpoint),
      seal(key, `push_subscriptions/${subscriptionId}/sealed`, { endpoint, keys }),
    ],
  );
  return subscription;
}

/** Kinds of push about the declaration, oldest first, whatever the device. */
export async function pushesAbout({ push }: PoaWorld, declarationId: string): Promise<string[]> {
  const messages = (await control(push, 'GET', '/messages')) as {
    decrypted: string | { declarationId: string; kind: string };
  }[];
  return messages
    .map(({ decrypted }) => (typeof decrypted === 'string' ? JSON.parse(decrypted) : decrypted))
    .filter((payload) => payload.declarationId === declarationId)
    .map((payload) => payload.kind);
}

/** Texts sent to the phone. */
export async function smsTo({ push }: PoaWorld, phone: string): Promise<string[]> {
  const sent = (await control(push, 'GET', `/sms?phone=${encodeURIComponent(phone)}`)) as { text: string }[];
  return sent.map(({ text }) => text);
}

/** Polls until the check holds; the error tells what it last gave. */
export async function eventually<T>(
  look: () => Promise<T>,
  holds: (value: T) => boolean,
  ms = 10_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

let people = 0;
/** A phone number that no other test of the file uses. */
export const newPhone = (): string => `+8869${String(10_000_000 + ++people)}`;

export const inSeconds = (seconds: number): Date => new Date(Date.now() + seconds * 1000);
