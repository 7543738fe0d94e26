/** P1 to P5 through the interfaces alone: every order, every answer, and what each party is left with. */
import { compactVerify, createRemoteJWKSet } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DECISIONS, type Decision } from '../../domain/outcome.ts';
import { verifyPack } from '../../evidence/verify/verify-pack.ts';
import type { Decided, ShownDeclaration } from '../../sandbox/handset/forms.ts';
import {
  asks,
  type Citizen,
  declared,
  eventually,
  type Outside,
  openOutside,
  shipmentFor,
  untilStatus,
} from '../support/outside.ts';

let outside: Outside;
let citizen: Citizen;
beforeAll(async () => {
  outside = await openOutside();
  citizen = await outside.citizen();
});
afterAll(() => outside?.close());

type ContextMode = 'inline' | 'later';
type Begin = () => Promise<string>;

const shipment = () =>
  shipmentFor(citizen, {
    goods: [
      { sequence: 1, description: '跑鞋', quantity: '2', unit: 'PCE', price: '35.50', currency: 'USD' },
      { sequence: 2, description: 'socks', quantity: '10', unit: 'PR', price: '1200', currency: 'JPY' },
    ],
    freight: { amount: '12.00', currency: 'USD' },
  });

const withBroker =
  (order: 'declare-first' | 'consent-first'): Begin =>
  () =>
    declared(outside.broker, { order, ...shipment() });

/** The broker lodges with Customs directly; Customs tells us of it. */
const withCustoms: Begin = async () => {
  const { answer } = await outside.control('customs', 'POST', '/lodge', {
    brokerBoxNumber: outside.broker.boxNumber,
    ...shipment(),
  });
  expect(answer).toMatchObject({ status: 201, body: { version: 1 } });
  return answer.body.declarationId;
};

const WORDS: Record<Decision, object> = {
  confirmed: {},
  declined: { reason: 'wrong_quantity', lines: [1, 2], note: '我只買一雙' },
  repudiated: { note: '我沒有買' },
};

const CASES: [order: string, mode: ContextMode, begin: Begin][] = [
  ['declare-first', 'inline', withBroker('declare-first')],
  ['declare-first', 'later', withBroker('declare-first')],
  ['consent-first', 'inline', withBroker('consent-first')],
  ['consent-first', 'later', withBroker('consent-first')],
  ['customs-started', 'inline', withCustoms],
];

describe.each(CASES)('%s, context %s', (order, mode, begin) => {
  beforeAll(() => outside.control('customs', 'PUT', '/mode', { context: mode }));

  // At once, since each waits for a checkpoint of the log.
  test('each answer', () =>
    Promise.all(DECISIONS.map((decision) => fromBeginToProof(order, begin, decision))));
});

async function fromBeginToProof(order: string, begin: Begin, decision: Decision): Promise<void> {
  const id = await begin();
  await asks(citizen, id);
  await eventually(citizen.pushed).toContainEqual({
    notificationId: expect.any(String),
    declarationId: id,
    kind: 'ask',
  });
  const shown = await citizen.handset.declaration(id);
  expectShownAsDeclared(shown);
  const lodgedBefore = await outside.lodgementsOf(id);
  expect(lodgedBefore).toHaveLength(order === 'declare-first' ? 1 : 0);

  const decided = await citizen.handset.decide(id, decision, WORDS[decision]);
  await untilStatus(outside.broker, id, decision);

  await expectLodged(id, order, decision);
  await expectReported(id, order, decision);
  await expectProof(id, order, decision, shown, decided);
  await expectPack(id, decision, outside.broker.token, `/v1/declarations/${id}/poa/evidence`);
  await expectPack(id, decision, outside.stack.endpoints.customsToken, `/customs/v1/poas/${id}/evidence`);
  await expectTold(id, decision);
}

function expectShownAsDeclared(shown: ShownDeclaration): void {
  expect(shown).toMatchObject({
    status: 'awaiting_importer',
    broker: { boxNumber: outside.broker.boxNumber },
    goods: [{ description: '跑鞋', quantity: '2' }, { description: 'socks' }],
    totals: [
      { amount: '47.50', currency: 'USD' },
      { amount: '1200', currency: 'JPY' },
    ],
  });
}

/** P1: once; in consent-first only what was confirmed, and with the POA's reference. */
async function expectLodged(id: string, order: string, decision: Decision): Promise<void> {
  const lodged = (await outside.lodgementsOf(id)).map(({ functionCode, version, poaReference }) => ({
    functionCode,
    version,
    poaReference,
  }));
  const once = (poaReference?: string) => [{ functionCode: '9', version: 1, poaReference }];
  if (order === 'declare-first') expect(lodged).toEqual(once());
  else expect(lodged).toEqual(order === 'consent-first' && decision === 'confirmed' ? once(id) : []);
}

/** P5: one outcome, told once, under the declaration's number where it has one. */
async function expectReported(id: string, order: string, decision: Decision): Promise<void> {
  const { declarationNumber } = (await outside.broker.get(`/v1/declarations/${id}`)).body;
  const numbered = order !== 'consent-first' || decision === 'confirmed';
  expect(declarationNumber).toEqual(numbered ? expect.any(String) : undefined);
  expect(await outside.poasOf(id)).toEqual([
    expect.objectContaining({
      version: 1,
      outcome: decision,
      reference: declarationNumber ?? id,
      received: 1,
      ...(decision === 'declined' && { reason: 'wrong_quantity' }),
    }),
  ]);
}

/** The sealed receipt: checked with the published keys alone, the same at Customs, without personal data. */
async function expectProof(
  id: string,
  order: string,
  decision: Decision,
  { digest }: ShownDeclaration,
  { consentId }: Decided,
): Promise<void> {
  const { body: poa } = await outside.broker.get(`/v1/declarations/${id}/poa`);
  const [held] = await outside.poasOf(id);
  expect(poa).toMatchObject({
    outcome: decision,
    version: 1,
    acknowledgementNumber: held?.acknowledgementNumber,
  });
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', outside.api));
  const { payload } = await compactVerify(poa.receipt, keys);
  const claims = JSON.parse(new TextDecoder().decode(payload));
  expect(claims).toMatchObject({
    schema_version: 'receipt/v2',
    pii_principal_id: expect.any(String),
    declaration: { declarationId: id, version: 1, digest, order, brokerBoxNumber: outside.broker.boxNumber },
    outcome: decision,
    event: { event_time: poa.decidedAt },
    act: { consentId, bindingDigest: expect.any(String) },
    verification: {
      binding: { operator: 'sandbox' },
      numberVerification: { result: 'verified' },
      kycMatch: { result: 'match' },
    },
  });
  for (const personal of [citizen.who.name, citizen.who.phone, citizen.who.idNumber, '跑鞋', '我']) {
    expect(JSON.stringify(claims)).not.toContain(personal);
  }
  const reports = await outside.asked('customs', '/poas');
  expect(reports.map(({ body }) => (body as { receipt: string }).receipt)).toContain(poa.receipt);
}

/** The evidence pack: checked offline with published keys alone; the log covers it within seconds. */
async function expectPack(id: string, decision: Decision, token: string, path: string): Promise<void> {
  const get = (url: string) =>
    fetch(new URL(url, outside.api), { headers: { authorization: `Bearer ${token}` } });
  let pack = new Uint8Array();
  await eventually(async () => {
    const response = await get(path);
    if (response.status === 200) pack = new Uint8Array(await response.arrayBuffer());
    return response.status;
  }).toBe(200);
  const { verifierKey } = (await (await get('/log/v1/keys')).json()) as { verifierKey: string };
  const jwks = await (await get('/.well-known/jwks.json')).json();
  const report = verifyPack(pack, { jwks, logKey: verifierKey });
  expect(report.checks.filter(({ result }) => result === 'failed')).toEqual([]);
  expect(report.about).toMatchObject({ declarationId: id, outcome: decision });
}

/** The broker's answer and events; the person's inbox and history. */
async function expectTold(id: string, decision: Decision): Promise<void> {
  const answer = {
    decision,
    decidedAt: expect.any(String),
    customsAcknowledgedAt: expect.any(String),
    ...(decision === 'declined' && { reason: 'wrong_quantity' }),
  };
  expect((await outside.broker.get(`/v1/declarations/${id}`)).body).toMatchObject({
    status: decision,
    answer,
  });
  const { items } = (await outside.broker.get(`/v1/declarations/${id}/events`)).body;
  const types = items.map(({ type }: { type: string }) => type);
  expect(types[0]).toBe('declaration.received');
  const ending = [
    'declaration.awaiting_importer',
    ...(decision === 'repudiated' ? ['declaration.fraud-case-opened'] : []),
    'declaration.reporting',
    `declaration.${decision}`,
  ];
  expect(types.slice(-ending.length)).toEqual(ending);
  const { handset } = citizen;
  expect((await handset.inbox()).map(({ declarationId }) => declarationId)).not.toContain(id);
  const [mine, ...more] = (await handset.history()).filter(({ declarationId }) => declarationId === id);
  expect([mine, more]).toMatchObject([{ status: decision, answer }, []]);
  expect(await handset.history({ waybill: mine?.houseWaybill ?? '' })).toHaveLength(1);
}

test('R1 to R4: who answers is filed with Customs, by the operator’s word', async () => {
  const files = await outside.control('customs', 'GET', '/identities');
  expect(files).toEqual([
    expect.objectContaining({
      registrationId: citizen.handset.registrationId,
      idNumber: citizen.who.idNumber,
      idType: 'national_id_card',
      name: citizen.who.name,
      birthDate: citizen.who.birthDate,
      phone: citizen.who.phone,
      verification: { operator: 'sandbox', method: expect.any(String), correlator: expect.any(String) },
    }),
  ]);
  for (const path of ['/token', '/number-verification/v2/verify', '/kyc-match/v0.4/match']) {
    await eventually(async () =>
      (await outside.asked('telecom', path)).map(({ status }) => status),
    ).toContain(200);
  }
});
