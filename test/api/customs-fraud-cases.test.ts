/** What people said was not them: Customs works on it, and says what it found. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueToken } from '../../api/broker/auth.ts';
import { unseal } from '../../db/seal.ts';
import { readMessages } from '../../db/webhooks/messages.ts';
import { FRAUD_RESOLUTIONS } from '../../domain/fraud-case.ts';
import { createImporterWorld, type ImporterWorld } from '../support/importer-world.ts';
import { call } from '../support/stand-in.ts';

let world: ImporterWorld;
beforeAll(async () => {
  world = await createImporterWorld({ processes: { startCustomsNotice: async () => 'started' } });
});
afterAll(() => world?.close());

const OFFICER = { 'x-officer': encodeURIComponent('林稽查'), 'x-lookup-reason': 'case%2012' };
const ofCustoms = (method: string, path: string, body?: object, token = 'token') =>
  call(method, `${world.api.url}/customs/v1/fraud-cases${path}`, {
    headers: { authorization: `Bearer ${token}`, ...OFFICER },
    ...(body && { body }),
  });
const resolve = (caseId: string, body: object, token?: string) =>
  ofCustoms('POST', `/${caseId}/resolution`, body, token);

/** A confirmation that its person says was not theirs. */
async function reported() {
  const person = await world.importer();
  const shown = await world.shown(person);
  await shown.settle();
  const { body } = await person.handset.ask('POST', `/app/declarations/${shown.declarationId}/report`, {
    body: { note: '手機被偷了' },
  });
  return { ...person, ...shown, caseId: (body as { caseId: string }).caseId };
}

async function eventsOf(declarationId: string) {
  const token = await issueToken(
    { tokenKey: Buffer.alloc(32), publicUrl: world.api.url },
    { brokerId: world.brokerId, clientId: 'b' },
  );
  const { body } = await call('GET', `${world.api.url}/v1/declarations/${declarationId}/events`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { items } = body as { items: { type: string; version: number; data: object }[] };
  return items
    .map(({ type, version, data }) => ({ type, version, data }))
    .filter(({ type }) => type.includes('fraud'));
}

/** As webhooks and the feed tell it. */
async function toldToBroker(declarationId: string) {
  const { rows } = await world.db.pool.query<{ eventId: number }>(
    `SELECT event_id AS "eventId" FROM events WHERE declaration_id = $1 AND type LIKE '%fraud%' ORDER BY event_id`,
    [declarationId],
  );
  const messages = await readMessages(
    world.db,
    rows.map(({ eventId }) => ({ eventId, messageId: randomUUID() })),
  );
  return [...messages.values()].map(({ type, data }) => ({ type, data }));
}

describe('a case', () => {
  test('is listed with the words of its person; who looked is recorded, and shown to them', async () => {
    const { caseId, declarationId, houseWaybill, content, handset } = await reported();
    const { status, body } = await ofCustoms('GET', '?status=open');
    expect(status).toBe(200);
    expect(body.items.find((found: { caseId: string }) => found.caseId === caseId)).toEqual({
      caseId,
      kind: 'reported',
      declarationId,
      houseWaybill,
      masterWaybill: content.masterWaybill,
      brokerBoxNumber: 'A123',
      version: 1,
      openedAt: expect.any(String),
      note: '手機被偷了',
    });
    expect(await handset.call('GET', '/app/lookups')).toMatchObject({
      items: [{ declarationId, officer: '林稽查', reason: 'case 12' }],
    });
  });

  test('is told to the broker when it opens, once', async () => {
    const { caseId, declarationId, handset } = await reported();
    await handset.ask('POST', `/app/declarations/${declarationId}/report`, { body: {} });
    expect(await eventsOf(declarationId)).toEqual([
      { type: 'declaration.fraud-case-opened', version: 1, data: { caseId, kind: 'reported' } },
    ]);
  });

  test.each(FRAUD_RESOLUTIONS)(
    '%s: broker and person are told, the POA stays as it is',
    async (resolution) => {
      const { caseId, declarationId, handset } = await reported();
      const receipt = await handset.call('GET', `/app/declarations/${declarationId}/receipt`);
      const { status, body } = await resolve(caseId, { resolution, note: 'SIM 卡遭冒名補發' });
      expect([status, body]).toEqual([
        200,
        { caseId, declarationId, resolution, resolvedAt: expect.any(String) },
      ]);
      expect(await handset.declaration(declarationId)).toMatchObject({
        status: 'confirmed',
        caseResolution: { resolution, resolvedAt: body.resolvedAt },
      });
      expect(await handset.call('GET', `/app/declarations/${declarationId}/receipt`)).toEqual(receipt);
      expect(await eventsOf(declarationId)).toEqual([
        expect.objectContaining({ type: 'declaration.fraud-case-opened' }),
        {
          type: 'declaration.fraud-case-resolved',
          version: 1,
          data: { caseId, kind: 'reported', resolution },
        },
      ]);
      expect(await toldToBroker(declarationId)).toContainEqual({
        type: 'declaration.fraud-case-resolved',
        data: expect.objectContaining({ declarationId, caseId, kind: 'reported', resolution }),
      });
      const list = async (query: string) =>
        (await ofCustoms('GET', query)).body.items.map((found: { caseId: string }) => found.caseId);
      expect(await list('?status=resolved')).toContain(caseId);
      expect(await list('?status=open')).not.toContain(caseId);
    },
  );

  test('is resolved once: the same again is the same, another is refused', async () => {
    const { caseId, declarationId } = await reported();
    const answers = await Promise.all([1, 2, 3].map(() => resolve(caseId, { resolution: 'substantiated' })));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(await resolve(caseId, { resolution: 'withdrawn' })).toMatchObject({
      status: 409,
      body: { type: '/problems/already-decided' },
    });
    expect(await eventsOf(declarationId)).toHaveLength(2);
  });

  test('keeps who resolved it and why sealed, under the key of its declaration', async () => {
    const { caseId, declarationId } = await reported();
    await resolve(caseId, { resolution: 'substantiated', note: 'SIM 卡遭冒名補發' });
    const { rows } = await world.db.pool.query(
      'SELECT sealed_resolution FROM fraud_cases WHERE case_id = $1',
      [caseId],
    );
    const key = (await world.db.keys.get(declarationId)) ?? Buffer.alloc(32);
    expect(unseal(key, `fraud_cases/${caseId}/sealed_resolution`, rows[0].sealed_resolution)).toEqual({
      officer: '林稽查',
      reason: 'SIM 卡遭冒名補發',
    });
  });

  test('is resolved, too, where nothing can be sealed any more', async () => {
    const { caseId, declarationId } = await reported();
    await world.db.keys.destroy(declarationId);
    expect((await resolve(caseId, { resolution: 'unsubstantiated' })).status).toBe(200);
  });

  test('is nobody’s but Customs’: no token, a broker’s, an unknown case, another word', async () => {
    const { caseId } = await reported();
    expect((await resolve(caseId, { resolution: 'withdrawn' }, 'other')).status).toBe(401);
    expect((await ofCustoms('GET', '', undefined, 'other')).status).toBe(401);
    expect((await resolve(randomUUID(), { resolution: 'withdrawn' })).status).toBe(404);
    expect((await resolve('x', { resolution: 'withdrawn' })).status).toBe(404);
    expect((await resolve(caseId, { resolution: 'guilty' })).status).toBe(422);
    expect((await resolve(caseId, { resolution: 'withdrawn', more: 1 })).status).toBe(422);
  });
});

test('the list goes page by page, newest first, and each page records what it told', async () => {
  const cases = [await reported(), await reported(), await reported()].map(({ caseId }) => caseId).reverse();
  const seen: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 2; page++) {
    const { body } = await ofCustoms('GET', `?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
    seen.push(...body.items.map((found: { caseId: string }) => found.caseId));
    cursor = body.nextCursor;
  }
  expect(seen.slice(0, 3)).toEqual(cases);
  expect((await ofCustoms('GET', '?cursor=none')).status).toBe(400);
});
