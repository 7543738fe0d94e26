/** What is the importer's own, on the running system: live, reported, looked at, and left. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEvents } from '../support/event-stream.ts';
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
import { call } from '../support/stand-in.ts';

/** The API is stopped by force after this long, ms (scripts/up/programs.ts). */
const GRACE_MS = 2_000;
/** Longer than what is told of a declaration in steps takes, ms. */
const QUIET_MS = 2_500;

let outside: Outside;
beforeAll(async () => {
  outside = await openOutside({ env: { LOG_LEVEL: 'trace', RECONCILE_EVERY_MS: '1000' } });
});
afterAll(() => outside?.close());

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const confirmedBy = async (citizen: Citizen): Promise<string> => {
  const declarationId = await declared(outside.broker, shipmentFor(citizen));
  await asks(citizen, declarationId);
  await citizen.handset.decide(declarationId, 'confirmed');
  await untilStatus(outside.broker, declarationId, 'confirmed');
  return declarationId;
};

/** Fraud cases that Customs holds of a declaration. */
const casesOf = async (declarationId: string): Promise<object[]> =>
  (await outside.control('customs', 'GET', '/fraud-cases')).filter(
    (opened: { declarationId: string }) => opened.declarationId === declarationId,
  );

/** Of the API and the worker. */
function logs(): string {
  const directory = join(outside.stack.dataDir, 'logs');
  const files = readdirSync(directory).filter((file) => /^(api|worker)/.test(file));
  return files.map((file) => readFileSync(join(directory, file), 'utf8')).join('');
}

test('an open app hears of what waits, also past a stop of the API that its stream does not hold up', async () => {
  const citizen = await outside.citizen();
  const stream = await openEvents(citizen.handset);
  await eventually(() => stream.blocks.length).toBeGreaterThan(0);
  const declarationId = await declared(outside.broker, shipmentFor(citizen));
  await eventually(() => stream.changes()).toBeGreaterThan(0);
  await asks(citizen, declarationId);
  await sleep(QUIET_MS);

  const known = { 'last-event-id': stream.lastId() ?? '' };
  const began = Date.now();
  await outside.stack.supervisor.stop('api');
  expect(Date.now() - began).toBeLessThan(GRACE_MS);
  await stream.ended;
  await outside.stack.supervisor.restart('api');
  const again = await openEvents(citizen.handset, known);
  await eventually(() => again.blocks.length).toBe(1);
  expect(again.changes()).toBe(0);
  await citizen.handset.decide(declarationId, 'confirmed');
  await eventually(() => again.changes()).toBeGreaterThan(0);
  again.close();
}, 60_000);

test('what was reported reaches Customs, and what Customs looks up is told to the person', async () => {
  const citizen = await outside.citizen();
  const declarationId = await confirmedBy(citizen);
  const note = 'MARKED-REPORT-5d1';
  const { openedAt, caseId } = await citizen.handset.call<{ caseId: string; openedAt: string }>(
    'POST',
    `/app/declarations/${declarationId}/report`,
    { note },
  );
  await eventually(() => casesOf(declarationId)).toMatchObject([
    { caseId, version: 1, kind: 'reported', openedAt },
  ]);
  const shown = await citizen.handset.declaration(declarationId);
  expect(shown).toMatchObject({ status: 'confirmed', reportedAt: openedAt });

  const officer = 'MARKED-OFFICER-6e2';
  const { houseWaybill } = shown;
  const found = await call('GET', `${outside.api}/customs/v1/poas?houseWaybill=${houseWaybill}`, {
    headers: { authorization: `Bearer ${outside.stack.endpoints.customsToken}`, 'x-officer': officer },
  });
  expect(found.body.items).toMatchObject([{ declarationId, outcome: 'confirmed' }]);
  expect(await citizen.handset.call('GET', `/app/declarations/${declarationId}/receipt`)).toMatchObject({
    receipt: found.body.items[0].receipt,
  });
  expect(await citizen.handset.call('GET', '/app/lookups')).toMatchObject({
    items: [{ declarationId, houseWaybill, officer }],
  });
  expect(logs()).toContain('/customs/v1/poas');
  for (const planted of [note, officer]) expect(logs()).not.toContain(planted);
}, 60_000);

test('"not mine" reaches Customs as a case, too', async () => {
  const citizen = await outside.citizen();
  const declarationId = await declared(outside.broker, shipmentFor(citizen));
  await asks(citizen, declarationId);
  await citizen.handset.decide(declarationId, 'repudiated');
  await eventually(() => casesOf(declarationId), 40_000).toMatchObject([{ kind: 'repudiated', version: 1 }]);
}, 60_000);

test('who leaves is gone: what was asked looks for its consignee anew, the file at Customs ends, an answer stays', async () => {
  const citizen = await outside.citizen();
  const { idNumber } = citizen.who;
  const filed = async (): Promise<number> => {
    const files: { idNumber: string }[] = await outside.control('customs', 'GET', '/identities');
    return files.filter((file) => file.idNumber === idNumber).length;
  };
  const answered = await confirmedBy(citizen);
  const open = await declared(outside.broker, shipmentFor(citizen));
  await asks(citizen, open);
  expect(await filed()).toBe(1);

  await citizen.handset.call('DELETE', '/app/identity');
  await untilStatus(outside.broker, open, 'awaiting_registration');
  await eventually(filed).toBe(0);
  await untilStatus(outside.broker, answered, 'confirmed');
  await expect(citizen.handset.inbox()).rejects.toMatchObject({ status: 401 });

  const back = await outside.enrol(citizen.who);
  await asks(back, open);
  expect(await back.handset.history()).toEqual([]);
  expect(await filed()).toBe(1);
}, 60_000);
