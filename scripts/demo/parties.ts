/** The others in the demonstration: the broker, and what the sandbox's stand-ins say that they saw. */
import { randomBytes } from 'node:crypto';
import type { Endpoints } from '../up/endpoints.ts';

/** Lets a call through or throws what was answered. */
async function json<T>(method: string, url: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(url, { method, ...init });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname} answered ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

const withBody = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** A small shipment for that importer; waybills of its own each time. */
export function shipment(importer: { name: string; phone: string }) {
  const serial = randomBytes(5).toString('hex').toUpperCase();
  return {
    functionalReference: `B-${serial}`,
    masterWaybill: '29712345675',
    houseWaybill: `DEMO${serial}`,
    flight: 'CI0006',
    importDate: new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Taipei' }),
    importer,
    consignor: { name: 'Acme Inc.', country: 'US' },
    goods: [
      {
        sequence: 1,
        description: 'running shoes',
        quantity: '2',
        unit: 'PCE',
        price: '71.00',
        currency: 'USD',
      },
    ],
    freight: { amount: '12.00', currency: 'USD' },
    packages: 1,
    grossMassKg: '1.850',
  };
}

export interface BrokersView {
  declarationId: string;
  status: string;
  declarationNumber?: string;
}

export interface Broker {
  declare(order: string, body: object): Promise<BrokersView>;
  read(declarationId: string): Promise<BrokersView>;
  poa(declarationId: string): Promise<{ outcome: string; acknowledgementNumber: string }>;
}

/** The sandbox's first broker, with an access token. */
export async function brokerOf({ api, brokers }: Endpoints): Promise<Broker> {
  const [broker] = brokers;
  if (!broker) throw new Error('the sandbox has no broker');
  const credentials = Buffer.from(`${broker.clientId}:${broker.clientSecret}`).toString('base64');
  const { access_token } = await json<{ access_token: string }>('POST', `${api}/oauth/token`, {
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const headers = { authorization: `Bearer ${access_token}` };
  return {
    declare: (order, body) => {
      const key = { 'idempotency-key': randomBytes(16).toString('hex') };
      return json('POST', `${api}/v1/declarations`, withBody({ order, ...body }, { ...headers, ...key }));
    },
    read: (id) => json('GET', `${api}/v1/declarations/${id}`, { headers }),
    poa: (id) => json('GET', `${api}/v1/declarations/${id}/poa`, { headers }),
  };
}

interface RecordedCall {
  at: string;
  path: string;
  status: number | null;
  body: unknown;
}

/** A call that a stand-in answered well since a moment. */
export async function callSince(
  standIn: string,
  path: string,
  since: Date,
  fits: (body: unknown) => boolean = () => true,
): Promise<RecordedCall | undefined> {
  const calls = await json<RecordedCall[]>(
    'GET',
    `${standIn}/_control/requests?path=${encodeURIComponent(path)}`,
  );
  return calls.find(
    ({ at, status, body }) => new Date(at) >= since && status !== null && status < 300 && fits(body),
  );
}

export interface CustomsFile {
  registrationId: string;
  fileNumber: string;
}
export const filesAtCustoms = ({ customs }: Endpoints): Promise<CustomsFile[]> =>
  json('GET', `${customs}/_control/identities`);

export interface PoaAtCustoms {
  declarationId: string;
  outcome: string;
  acknowledgementNumber: string;
}
export const poasAtCustoms = ({ customs }: Endpoints): Promise<PoaAtCustoms[]> =>
  json('GET', `${customs}/_control/poas`);

export interface LodgedAtCustoms {
  declarationId: string | null;
  declarationNumber: string;
}
export const declarationsAtCustoms = ({ customs }: Endpoints): Promise<LodgedAtCustoms[]> =>
  json('GET', `${customs}/_control/declarations`);

export interface LodgedElsewhere {
  declarationNumber: string;
  /** Consentry's answer to the context. */
  answer: { status: number; body: { declarationId: string } } | null;
}
/** A broker lodges with Customs directly, past Consentry; Customs tells Consentry. */
export const lodgeElsewhere = ({ customs, brokers }: Endpoints, body: object): Promise<LodgedElsewhere> =>
  json('POST', `${customs}/_control/lodge`, withBody({ brokerBoxNumber: brokers[0]?.boxNumber, ...body }));

export interface Subscription {
  endpoint: string;
  expirationTime: null;
  keys: { p256dh: string; auth: string };
}
/** The phone's subscription at the push service. */
export async function subscribe({ push }: Endpoints, applicationServerKey: string): Promise<Subscription> {
  const { endpoint, expirationTime, keys } = await json<Subscription>(
    'POST',
    `${push}/_control/subscriptions`,
    withBody({ applicationServerKey }),
  );
  return { endpoint, expirationTime, keys };
}

export interface PushMessage {
  decrypted: { notificationId: string; declarationId?: string; kind: string } | null;
}
export const messagesTo = ({ push }: Endpoints, { endpoint }: Subscription): Promise<PushMessage[]> =>
  json('GET', `${push}/_control/messages?subscription=${encodeURIComponent(endpoint)}`);
