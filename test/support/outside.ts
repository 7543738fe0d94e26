/**
 * A whole running Consentry seen from outside: brokers and people's phones speak HTTP with it, and the stand-ins around it
 * tell what they were asked. Nothing here looks behind an interface.
 */
import { randomInt } from 'node:crypto';
import { expect } from 'vitest';
import type { DeclarationSubmission } from '../../domain/declaration.ts';
import { parseIdentityNumber } from '../../domain/identity-number.ts';
import type { RecordedRequest } from '../../sandbox/control.ts';
import type { Person } from '../../sandbox/handset/forms.ts';
import { createHandset, type Handset } from '../../sandbox/handset/handset.ts';
import { type BrokerClient, logInBroker, submission } from './broker-client.ts';
import { startTestStack, type TestStack, type TestStackOptions } from './stack.ts';
import { call } from './stand-in.ts';

export type StandInName = 'telecom' | 'customs' | 'push';

/** Who somebody is, and the number of their phone in E.164. */
export interface Somebody extends Person {
  phone: string;
}

/** A decrypted Web Push message. */
export interface Pushed {
  notificationId: string;
  declarationId: string;
  kind: string;
}

/** A registered person with their phone at hand. */
export interface Citizen {
  who: Somebody;
  handset: Handset;
  /** What arrived on the phone, oldest first. */
  pushed(): Promise<(Pushed | string | null)[]>;
  /** As a broker names them. */
  importer: { name: string; phone: string };
}

/** Entry of Customs' `GET /_control/poas`. */
export interface PoaAtCustoms {
  reference: string;
  declarationNumber: string | null;
  declarationId: string;
  version: number;
  outcome: string;
  reason?: string;
  acknowledgementNumber: string;
  /** Distinct idempotency keys under which it was reported. */
  received: number;
}

export type Outside = Awaited<ReturnType<typeof openOutside>>;

/** Patience of a test with a running system, ms. */
const WITHIN_MS = 20_000;

/** Polls until the assertion that follows holds. */
export const eventually = <T>(look: () => T | Promise<T>, timeout = WITHIN_MS) =>
  expect.poll(look, { timeout, interval: 50 });

export async function openOutside(options: TestStackOptions = {}) {
  const stack = await startTestStack(options);
  try {
    return { stack, ...(await outsideOf(stack)), close: () => stack.stop() };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

async function outsideOf({ endpoints }: TestStack) {
  const { api } = endpoints;
  const [first, second] = await Promise.all(
    endpoints.brokers.map(({ clientId, clientSecret }) => logInBroker(api, clientId, clientSecret)),
  );
  if (!first || !second) throw new Error('the sandbox has two brokers');

  /** A call of a stand-in's control interface; throws unless it succeeds. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form
  const control = async (name: StandInName, method: string, path: string, body?: unknown): Promise<any> => {
    const answer = await call(method, `${endpoints[name]}/_control${path}`, { body });
    if (answer.status >= 300) throw new Error(`${name} ${path}: ${answer.status}`);
    return answer.body;
  };
  const asked = (name: StandInName, path: string): Promise<RecordedRequest[]> =>
    control(name, 'GET', `/requests?path=${encodeURIComponent(path)}`);

  /** The operator knows them as the holder of the number, by the month unless said otherwise. */
  const subscribe = async (who: Somebody, changes: object = {}): Promise<void> => {
    const { idNumber, name, birthDate, phone } = who;
    const { type: idType } = parseIdentityNumber(idNumber) ?? {};
    const held = { idNumber, idType, name, birthDate, contract: 'PAYM', ...changes };
    await control('telecom', 'PUT', `/subscribers/${phone}`, held);
  };
  const phoneOf = (who: Somebody, msisdn = who.phone): Handset =>
    createHandset({ apiUrl: api, phone: who.phone, msisdn });

  /** Registers by their own phone, makes a passkey and lets the phone be pushed to. */
  const enrol = async (who: Somebody): Promise<Citizen> => {
    const handset = phoneOf(who);
    const { status, reason } = await handset.register(who);
    if (status !== 'bound') throw new Error(`${status} ${reason}`);
    await handset.createPasskey();
    const subscription = await control('push', 'POST', '/subscriptions', {
      applicationServerKey: await handset.pushKey(),
    });
    const { endpoint, expirationTime, keys } = subscription;
    await handset.subscribePush({ endpoint, expirationTime, keys });
    const pushed = async () => {
      const path = `/messages?subscription=${encodeURIComponent(endpoint)}`;
      const messages: { decrypted: Pushed | string | null }[] = await control('push', 'GET', path);
      return messages.map(({ decrypted }) => decrypted);
    };
    return { who, handset, pushed, importer: { name: who.name, phone: who.phone } };
  };

  return {
    api,
    broker: { ...first, boxNumber: endpoints.brokers[0]?.boxNumber ?? '' },
    otherBroker: { ...second, boxNumber: endpoints.brokers[1]?.boxNumber ?? '' },
    control,
    asked,
    /** Makes a stand-in misbehave (`POST /_control/faults`). */
    fault: (name: StandInName, fault: object) => control(name, 'POST', '/faults', fault),
    subscribe,
    phoneOf,
    enrol,
    /** Somebody of whom nobody has heard yet, enrolled. */
    citizen: async (changes: Partial<Somebody> = {}): Promise<Citizen> => {
      const who = somebody(changes);
      await subscribe(who);
      return enrol(who);
    },
    sms: (phone: string): Promise<{ to: string; text: string }[]> =>
      control('push', 'GET', `/sms?phone=${encodeURIComponent(phone)}`),
    /** What Customs holds of a declaration, lowest version first. */
    poasOf: async (declarationId: string): Promise<PoaAtCustoms[]> => {
      const held: PoaAtCustoms[] = await control('customs', 'GET', '/poas');
      return held
        .filter((poa) => poa.declarationId === declarationId)
        .toSorted((a, b) => a.version - b.version);
    },
    /** What was lodged with Customs of a declaration, in the order of sending, and how it was answered. */
    lodgementsOf: async (declarationId: string) =>
      (await asked('customs', '/declarations'))
        .map(({ body, status, headers }) => ({ status, headers, ...(body as Lodgement) }))
        .filter((lodged) => lodged.declarationId === declarationId),
  };
}

interface Lodgement {
  declarationId: string;
  version: number;
  functionCode: string;
  poaReference?: string;
}

const NAMES = ['周俊賢', '曾心怡', '蔡明哲', '許雅雯', '鄭凱文', '謝佩君'];
let serial = randomInt(1_000_000, 8_000_000);

/** An invented person with an identity number and a phone of their own. */
export function somebody(changes: Partial<Somebody> = {}): Somebody {
  const digits = String(++serial);
  const idNumber = Array.from({ length: 10 }, (_, check) => `A1${digits}${check}`).find(parseIdentityNumber);
  return {
    idNumber: idNumber ?? '',
    name: NAMES[serial % NAMES.length] ?? '',
    birthDate: '1991-02-03',
    phone: `+88697${digits.slice(0, 7)}`,
    operator: 'sandbox',
    ...changes,
  };
}

/** What a broker declares for somebody; waybills of its own each time. */
export const shipmentFor = (
  { importer }: Pick<Citizen, 'importer'>,
  changes: Partial<DeclarationSubmission> = {},
): DeclarationSubmission => submission({ importer, ...changes });

/** Declares and answers with the id; throws unless it was taken. */
export async function declared(broker: BrokerClient, body: object): Promise<string> {
  const answer = await broker.declare(body);
  if (answer.status !== 201) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.declarationId;
}

/** Waits until the broker sees a status. */
export const untilStatus = (broker: BrokerClient, declarationId: string, status: string): Promise<void> =>
  eventually(async () => (await broker.get(`/v1/declarations/${declarationId}`)).body.status).toBe(status);

/** Waits until the person's inbox holds that version. */
export async function asks(
  citizen: Pick<Citizen, 'handset'>,
  declarationId: string,
  version = 1,
): Promise<void> {
  const waiting = async () =>
    (await citizen.handset.inbox()).map((shown) => `${shown.declarationId} ${shown.version}`);
  await eventually(waiting).toContain(`${declarationId} ${version}`);
}
