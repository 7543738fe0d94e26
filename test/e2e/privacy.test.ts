/**
 * Planted markers: one person goes through everything that writes something down, and afterwards nothing that is not theirs
 * to read holds a word of it: workflow histories, what the Web UI lists, logs, push messages, metrics, receipts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { normalisePhone } from '../../domain/phone.ts';
import { readableHistory } from '../support/history.ts';
import {
  asks,
  declared,
  eventually,
  type Outside,
  openOutside,
  shipmentFor,
  somebody,
  untilStatus,
} from '../support/outside.ts';
import { call } from '../support/stand-in.ts';

/** Programs of the product; the stand-ins are others' systems, and hold what those hold. */
const PROGRAMS = ['api', 'worker'];

let outside: Outside;
beforeAll(async () => {
  outside = await openOutside({
    env: {
      LOG_LEVEL: 'trace',
      SMS_AFTER_MS: '500',
      RECONCILE_EVERY_MS: '1000',
      PHONE_CHANGE_HOLD_MS: '1500',
    },
  });
});
afterAll(() => outside?.close());

const WHO = somebody({ name: '馬克標記', birthDate: '1987-06-05' });
const PLANTED = {
  name: WHO.name,
  idNumber: WHO.idNumber,
  phone: WHO.phone,
  localPhone: WHO.phone.replace('+886', '0'),
  nextPhone: somebody().phone,
  birthDate: WHO.birthDate,
  description: 'MARKED-DESCRIPTION-7c1',
  amended: 'MARKED-DESCRIPTION-8d2',
  consignor: 'MARKED-CONSIGNOR-9e3',
  note: 'MARKED-NOTE-af4',
  cancellation: 'MARKED-REASON-b05',
};

test('nothing that others read tells of the person, the goods or the answer', async () => {
  const declarationId = await liveThroughEverything();
  const lodged = JSON.stringify(await outside.asked('customs', '/'));
  for (const planted of [PLANTED.description, PLANTED.amended, PLANTED.consignor, WHO.name, WHO.idNumber]) {
    expect(lodged).toContain(planted);
  }
  const told = [...(await everyWorkflow()), ...logs(), ...(await whatIsRead())];
  expect(told.find(([name]) => name === `poa/${declarationId}`)?.[1]).toContain(declarationId);
  for (const marker of Object.values(PLANTED)) {
    const forms = [marker, JSON.stringify(marker).slice(1, -1), encodeURIComponent(marker)];
    const where = told.filter(([, text]) => forms.some((form) => text.includes(form))).map(([name]) => name);
    expect([marker, where]).toEqual([marker, []]);
  }
  expect(normalisePhone(PLANTED.localPhone)).toBe(WHO.phone);
}, 60_000);

/** Refusals, retries and outages write other lines than what goes well. */
async function liveThroughEverything(): Promise<string> {
  const importer = { name: WHO.name, phone: PLANTED.localPhone };
  const body = (description: string, changes = {}) =>
    shipmentFor(
      { importer },
      {
        goods: [{ sequence: 1, description, quantity: '1', unit: 'PCE', price: '1.00', currency: 'USD' }],
        consignor: { name: PLANTED.consignor, country: 'US' },
        ...changes,
      },
    );
  const early = await declared(outside.broker, body(PLANTED.description));
  await untilStatus(outside.broker, early, 'awaiting_registration');

  await outside.subscribe(WHO, { idNumber: somebody().idNumber });
  expect(await outside.phoneOf(WHO).register(WHO)).toMatchObject({ status: 'refused' });
  await outside.subscribe(WHO);
  await outside.fault('telecom', { route: '/kyc-match', status: 500 });
  await outside.fault('customs', { route: '/identities', drop: 'after' });
  const person = await outside.enrol(WHO);
  const { handset } = person;

  await asks({ handset }, early);
  await handset.decide(early, 'declined', { reason: 'other', note: PLANTED.note });
  await untilStatus(outside.broker, early, 'declined');
  expect((await outside.broker.amend(early, 1, body(PLANTED.amended))).status).toBe(200);
  await asks({ handset }, early, 2);
  await outside.fault('customs', { route: '/poas', status: 503 });
  await handset.decide(early, 'confirmed');
  await untilStatus(outside.broker, early, 'confirmed');

  await outside.control('customs', 'PUT', '/mode', {
    refuse: { errors: [{ pointer: '/importer/name', code: 'x', detail: `${WHO.name} is unknown` }] },
  });
  const refused = await declared(outside.broker, body(PLANTED.description));
  await untilStatus(outside.broker, refused, 'needs_correction');
  await outside.control('customs', 'PUT', '/mode', {});
  await outside.broker.cancel(refused, { reason: 'other', note: PLANTED.cancellation });
  await untilStatus(outside.broker, refused, 'cancelled');

  const repudiated = await declared(outside.broker, body(PLANTED.description, { order: 'consent-first' }));
  await asks({ handset }, repudiated);
  await eventually(() => outside.sms(WHO.phone)).not.toHaveLength(0);
  await handset.decide(repudiated, 'repudiated', { note: PLANTED.note });
  await untilStatus(outside.broker, repudiated, 'repudiated');
  await badRequests();
  await changePhone();
  return early;
}

/** To a number that was somebody else's, after a hold. */
async function changePhone(): Promise<void> {
  const { who: earlier } = await outside.citizen({ phone: PLANTED.nextPhone });
  const moved = { ...WHO, phone: earlier.phone };
  await outside.subscribe(moved, { recycledAt: new Date().toISOString() });
  const handset = outside.phoneOf(moved);
  expect(await handset.register(moved)).toMatchObject({ reason: 'change-of-phone' });
  await handset.untilRegistration(({ status }) => status === 'bound');
}

/** What is refused is logged, too; each names something planted. */
async function badRequests(): Promise<void> {
  const query = `?houseWaybill=${encodeURIComponent(PLANTED.name)}&status=${PLANTED.description}`;
  await outside.broker.get(`/v1/declarations${query}`);
  await outside.broker.get(`/v1/declarations/${encodeURIComponent(PLANTED.phone)}`);
  await outside.broker.declare({ importer: { name: PLANTED.name, phone: PLANTED.phone } });
  await call('POST', `${outside.api}/app/registrations`, {
    body: `{"name": "${PLANTED.name}", `,
    headers: {
      'content-type': 'application/json',
      origin: outside.api,
      'x-request-id': PLANTED.phone,
      'user-agent': PLANTED.idNumber,
    },
  });
  await call('GET', `${outside.api}/app/history?waybill=${PLANTED.description}`, {
    headers: { cookie: `session=${PLANTED.note}` },
  });
}

type Told = [where: string, text: string];

/** Histories with their payloads decoded, and whatever else the Temporal server lists. */
async function everyWorkflow(): Promise<Told[]> {
  const { temporal } = outside.stack;
  const told: Told[] = [];
  const types = new Set<string>();
  for await (const { workflowId, type, memo, typedSearchAttributes, raw } of temporal.workflow.list()) {
    types.add(type);
    const listed = JSON.stringify([memo, typedSearchAttributes, raw]);
    told.push([`listing of ${workflowId}`, listed]);
    told.push([workflowId, await readableHistory(temporal.options.namespace, workflowId)]);
  }
  expect([...types].toSorted()).toEqual(['customsNotice', 'poa', 'reconciliation', 'registration']);
  return told;
}

function logs(): Told[] {
  const directory = join(outside.stack.dataDir, 'logs');
  const files = readdirSync(directory).filter((file) => PROGRAMS.some((name) => file.startsWith(name)));
  expect(files.length).toBeGreaterThanOrEqual(PROGRAMS.length);
  const told = files.map((file): Told => [file, readFileSync(join(directory, file), 'utf8')]);
  expect(told.map(([, text]) => text).join('')).toContain('/app/registrations');
  return told;
}

/** Push messages as sent and as decrypted, SMS, metrics, and what Customs keeps of the person's answer. */
async function whatIsRead(): Promise<Told[]> {
  const messages: { decrypted: object }[] = await outside.control('push', 'GET', '/messages');
  expect(new Set(messages.flatMap(({ decrypted }) => Object.keys(decrypted)))).toEqual(
    new Set(['notificationId', 'declarationId', 'kind']),
  );
  const texts = (await outside.sms(WHO.phone)).map(({ text }) => text);
  expect(texts.join()).toContain('another phone number');
  const reports = (await outside.asked('customs', '/poas')).map(({ body }) => {
    const [, claims = ''] = (body as { receipt: string }).receipt.split('.');
    return [body, Buffer.from(claims, 'base64url').toString()];
  });
  const ports = JSON.parse(readFileSync(join(outside.stack.dataDir, 'ports.json'), 'utf8'));
  const { body: metrics } = await call('GET', `${outside.api}/metrics`);
  const { body: workers } = await call('GET', `http://127.0.0.1:${ports.WORKER_METRICS_PORT}/metrics`);
  expect([metrics, workers]).toEqual([
    expect.stringContaining('consentry_http_request_seconds'),
    expect.stringContaining('consentry_reconciled_total'),
  ]);
  return [
    ['push', JSON.stringify(messages)],
    ['SMS', JSON.stringify(texts)],
    ['reports', JSON.stringify(reports)],
    ['metrics', metrics],
    ['metrics of the worker', workers],
  ];
}
