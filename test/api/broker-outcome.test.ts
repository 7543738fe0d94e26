/** What a broker sees of its declaration's process: what to correct, the person's answer, the POA. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { seal } from '../../db/seal.ts';
import type { VersionOutcome } from '../../domain/outcome.ts';
import type { PoaStatus } from '../../domain/poa-state.ts';
import { type ApiWorld, createApiWorld } from '../support/api-world.ts';
import { type BrokerClient, connectBroker } from '../support/broker-client.ts';
import { BOX_NUMBER, bindPerson, keepConsent } from '../support/poa-fixtures.ts';

let world: ApiWorld;
let broker: BrokerClient;
let subjectId: string;
let id: string;
beforeAll(async () => {
  world = await createApiWorld();
  broker = await connectBroker(world.url, world.pool, BOX_NUMBER);
  subjectId = await bindPerson(world);
});
afterAll(() => world?.close());
beforeEach(async () => {
  id = (await broker.declare()).body.declarationId;
});

const read = async () => (await broker.get(`/v1/declarations/${id}`)).body;
const poa = () => broker.get(`/v1/declarations/${id}/poa`);

const enter = (status: PoaStatus, version = 1) =>
  world.pool.query('UPDATE declarations SET status = $2, version = $3 WHERE declaration_id = $1', [
    id,
    status,
    version,
  ]);

const keyOf = async () => {
  const key = await world.db.keys.get(id);
  if (!key) throw new Error('no key');
  return key;
};

/** The person confirms or declines, and the process takes it. */
async function answered(decision: 'confirmed' | 'declined', reason: string | null = null) {
  await world.pool.query(
    'UPDATE declaration_versions SET shown_to = $2, shown_at = now() WHERE declaration_id = $1',
    [id, subjectId],
  );
  const consentId = await keepConsent(world, id, decision);
  if (!consentId) throw new Error('not kept');
  const accept = () =>
    world.pool.query(`UPDATE consents SET verdict = 'accepted', reason = $2 WHERE consent_id = $1`, [
      consentId,
      reason,
    ]);
  return { consentId, accept };
}

async function settled(outcome: VersionOutcome, options: { version?: number; consentId?: string } = {}) {
  const outcomeId = randomUUID();
  const { version = 1, consentId = null } = options;
  const body = JSON.stringify({ declarationId: id, outcome, receipt: `receipt.of.${version}` });
  await world.pool.query(
    `INSERT INTO version_outcomes (outcome_id, declaration_id, version, outcome, consent_id, decided_at, sealed_report)
     VALUES ($1, $2, $3, $4, $5, now(), $6)`,
    [
      outcomeId,
      id,
      version,
      outcome,
      consentId,
      outcome === 'superseded'
        ? null
        : seal(await keyOf(), `version_outcomes/${outcomeId}/sealed_report`, { body }),
    ],
  );
  return () =>
    world.pool.query(
      `UPDATE version_outcomes SET acknowledged_at = now(), acknowledgement_number = $2 WHERE outcome_id = $1`,
      [outcomeId, `A-${version}`],
    );
}

test('problems are shown while it needs correction, and no longer', async () => {
  const problems = [{ pointer: '/packages', code: 'context-differs', detail: 'Customs holds 3' }];
  await world.pool.query('UPDATE declarations SET sealed_problems = $2 WHERE declaration_id = $1', [
    id,
    seal(await keyOf(), `declarations/${id}/sealed_problems`, problems),
  ]);
  expect(await read()).not.toHaveProperty('problems');
  await enter('needs_correction');
  expect((await read()).problems).toEqual(problems);
});

test('the declaration number is shown once known', async () => {
  expect(await read()).not.toHaveProperty('declarationNumber');
  await world.pool.query(`UPDATE declarations SET declaration_number = 'CX 15 1' WHERE declaration_id = $1`, [
    id,
  ]);
  expect((await read()).declarationNumber).toBe('CX 15 1');
});

describe("the person's answer", () => {
  test('is shown once judged, also while it is being reported, and tells when Customs has it', async () => {
    await enter('awaiting_importer');
    const { consentId, accept } = await answered('declined', 'wrong_price');
    expect(await read()).not.toHaveProperty('answer');
    await accept();
    await enter('reporting');
    const acknowledge = await settled('declined', { consentId });
    expect((await read()).answer).toEqual({
      decision: 'declined',
      reason: 'wrong_price',
      decidedAt: expect.any(String),
    });
    await acknowledge();
    await enter('declined');
    expect((await read()).answer).toMatchObject({ customsAcknowledgedAt: expect.any(String) });
    const { body } = await broker.get('/v1/declarations?limit=1');
    expect(body.items[0].answer).toEqual((await read()).answer);
  });

  test('to an earlier version is not shown as one to the version in force', async () => {
    const { accept } = await answered('declined');
    await accept();
    await world.pool.query(
      `INSERT INTO declaration_versions SELECT declaration_id, 2, digest, respond_by, phone_index,
         functional_reference, master_waybill, house_waybill, $2, 'in-force' FROM declaration_versions WHERE declaration_id = $1`,
      [id, seal(await keyOf(), `declaration_versions/${id}.2/sealed`, { submitted: {}, canonical: '' })],
    );
    await enter('received', 2);
    expect(await read()).not.toHaveProperty('answer');
  });
});

describe('the POA', () => {
  test('is 404 until Customs has acknowledged it', async () => {
    expect((await poa()).status).toBe(404);
    const acknowledge = await settled('confirmed');
    expect((await poa()).status).toBe(404);
    await acknowledge();
    const { status, body } = await poa();
    expect([status, body]).toEqual([
      200,
      {
        outcome: 'confirmed',
        version: 1,
        decidedAt: expect.any(String),
        acknowledgementNumber: 'A-1',
        acknowledgedAt: expect.any(String),
        receipt: 'receipt.of.1',
      },
    ]);
  });

  test('is that of the latest version that Customs knows of', async () => {
    const acknowledge = await settled('declined');
    await acknowledge();
    await world.pool.query(
      `INSERT INTO declaration_versions SELECT declaration_id, 2, digest, respond_by, phone_index,
         functional_reference, master_waybill, house_waybill, sealed, 'in-force' FROM declaration_versions WHERE declaration_id = $1`,
      [id],
    );
    const acknowledgeSecond = await settled('confirmed', { version: 2 });
    expect((await poa()).body).toMatchObject({ outcome: 'declined', version: 1 });
    await acknowledgeSecond();
    expect((await poa()).body).toMatchObject({ outcome: 'confirmed', version: 2, receipt: 'receipt.of.2' });
  });

  test('that Customs held of its own has no receipt of ours', async () => {
    await world.pool.query(
      `INSERT INTO version_outcomes (outcome_id, declaration_id, version, outcome, source, decided_at,
         acknowledgement_number, acknowledged_at) VALUES ($2, $1, 1, 'cancelled', 'customs', now(), 'A7', now())`,
      [id, randomUUID()],
    );
    const { status, body } = await poa();
    expect([status, body.acknowledgementNumber]).toEqual([200, 'A7']);
    expect(body).not.toHaveProperty('receipt');
  });
});

test('a declaration whose key was destroyed still tells how it stood, and nothing of its content', async () => {
  const acknowledge = await settled('confirmed');
  await acknowledge();
  await enter('confirmed');
  await world.db.keys.destroy(id);
  const body = await read();
  expect(body).toMatchObject({ declarationId: id, status: 'confirmed' });
  expect(body).not.toHaveProperty('importer');
  expect((await broker.get('/v1/declarations?limit=1')).body.items).toEqual([body]);
  expect((await poa()).body).toMatchObject({ outcome: 'confirmed' });
});
