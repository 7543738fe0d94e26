/** "That was not me", after a confirmation. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { unseal } from '../../db/seal.ts';
import type { Handset } from '../../sandbox/handset/handset.ts';
import { createImporterWorld, type ImporterWorld } from '../support/importer-world.ts';

let world: ImporterWorld;
const started: string[] = [];
let temporalAway = false;
beforeAll(async () => {
  world = await createImporterWorld({
    processes: {
      startCustomsNotice: async (noticeId) => {
        if (temporalAway) throw new Error('away');
        started.push(noticeId);
        return 'started';
      },
    },
  });
});
afterAll(() => world?.close());
beforeEach(() => {
  started.length = 0;
  temporalAway = false;
});

const report = (handset: Handset, id: string, body: object = {}) =>
  handset.ask('POST', `/app/declarations/${id}/report`, { body });

const casesOf = async (declarationId: string) => {
  const { rows } = await world.db.pool.query<{ case_id: string; sealed_note: Buffer | null }>(
    'SELECT * FROM fraud_cases WHERE declaration_id = $1',
    [declarationId],
  );
  return rows;
};
const noticesOf = async (caseId: string) => {
  const { rows } = await world.db.pool.query<{ noticeId: string; body: string }>(
    `SELECT notice_id AS "noticeId", body FROM customs_notices WHERE kind = 'fraud-case' AND about = $1`,
    [caseId],
  );
  return rows.map(({ noticeId, body }) => ({ noticeId, body: JSON.parse(body) }));
};

/** A confirmed declaration of somebody. */
async function confirmed() {
  const person = await world.importer();
  const shown = await world.shown(person);
  await shown.settle();
  return { ...person, ...shown };
}

describe('a report', () => {
  test('opens a case, keeps the words sealed, tells Customs once and rewrites nothing', async () => {
    const { handset, declarationId, subjectId } = await confirmed();
    const before = await handset.declaration(declarationId);
    const { status, body } = await report(handset, declarationId, { note: '手機被偷了' });
    expect(status).toBe(201);
    const { caseId, openedAt } = body as { caseId: string; openedAt: string };

    const [opened] = await casesOf(declarationId);
    expect(opened).toMatchObject({ case_id: caseId, kind: 'reported', version: 1, subject_id: subjectId });
    const key = (await world.db.keys.get(declarationId)) ?? Buffer.alloc(32);
    expect(unseal(key, `fraud_cases/${caseId}/sealed_note`, opened?.sealed_note ?? Buffer.alloc(0))).toEqual({
      note: '手機被偷了',
    });
    const notices = await noticesOf(caseId);
    expect(notices.map(({ body: told }) => told)).toEqual([
      { declarationId, reference: declarationId, version: 1, openedAt, kind: 'reported' },
    ]);
    expect(started).toEqual(notices.map(({ noticeId }) => noticeId));
    expect(await handset.declaration(declarationId)).toEqual({ ...before, reportedAt: openedAt });
    expect(await handset.call('GET', `/app/declarations/${declarationId}/receipt`)).toMatchObject({
      outcome: 'confirmed',
    });
  });

  test('names the declaration by its number, where Customs has given one', async () => {
    const { handset, declarationId } = await confirmed();
    await world.db.pool.query('UPDATE declarations SET declaration_number = $2 WHERE declaration_id = $1', [
      declarationId,
      'CX 15 001 A0001',
    ]);
    const { body } = await report(handset, declarationId);
    const [notice] = await noticesOf((body as { caseId: string }).caseId);
    expect(notice?.body.reference).toBe('CX 15 001 A0001');
  });

  test('again is the same case, also with other words, from another device and at the same moment', async () => {
    const { handset, declarationId } = await confirmed();
    const answers = await Promise.all([
      report(handset, declarationId),
      report(handset, declarationId, { note: 'twice' }),
      report(handset, declarationId),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect((await report(handset, declarationId, { note: 'later' })).status).toBe(200);
    const [opened, ...more] = await casesOf(declarationId);
    expect(more).toEqual([]);
    expect(await noticesOf(opened?.case_id ?? '')).toHaveLength(1);
    expect(started).toHaveLength(1);
  });

  test('is kept when Temporal is away: the reconciliation tells Customs', async () => {
    temporalAway = true;
    const { handset, declarationId } = await confirmed();
    const { status, body } = await report(handset, declarationId);
    expect(status).toBe(201);
    expect(await noticesOf((body as { caseId: string }).caseId)).toHaveLength(1);
  });

  test('may come before the confirmation was judged', async () => {
    const person = await world.importer();
    const { declarationId, answer } = await world.shown(person);
    await answer('confirmed');
    expect((await report(person.handset, declarationId)).status).toBe(201);
  });

  test('stands beside "not mine" of the same declaration, a case of its own kind', async () => {
    const { handset, declarationId, subjectId } = await confirmed();
    await world.db.pool.query(
      `INSERT INTO fraud_cases (case_id, declaration_id, version, kind, subject_id)
       VALUES (gen_random_uuid(), $1, 1, 'repudiated', $2)`,
      [declarationId, subjectId],
    );
    expect((await report(handset, declarationId)).status).toBe(201);
  });
});

describe('there is nothing to report', () => {
  test.each(['declined', 'repudiated'] as const)('of an answer "%s"', async (decision) => {
    const person = await world.importer();
    const { declarationId, settle } = await world.shown(person);
    await settle(decision);
    expect(await report(person.handset, declarationId)).toMatchObject({
      status: 409,
      body: { type: '/problems/already-decided' },
    });
    expect(await casesOf(declarationId)).toEqual([]);
  });

  test('before an answer, nor of one that became void', async () => {
    const person = await world.importer();
    const { declarationId, answer } = await world.shown(person);
    expect((await report(person.handset, declarationId)).status).toBe(404);
    await answer('confirmed');
    await world.db.pool.query(`UPDATE consents SET verdict = 'void' WHERE declaration_id = $1`, [
      declarationId,
    ]);
    expect((await report(person.handset, declarationId)).status).toBe(404);
  });

  test('of somebody else’s declaration, of an unknown one, without a session or from another site', async () => {
    const { handset, declarationId } = await confirmed();
    const stranger = await world.importer();
    expect((await report(stranger.handset, declarationId)).status).toBe(404);
    expect((await report(handset, 'no-id')).status).toBe(404);
    const path = `/app/declarations/${declarationId}/report`;
    const elsewhere = await handset.ask('POST', path, { headers: { origin: 'https://evil.example' } });
    expect(elsewhere.status).toBe(403);
    await handset.logout();
    expect((await report(handset, declarationId)).status).toBe(401);
    expect(await casesOf(declarationId)).toEqual([]);
  });

  test.each([{ note: 'x'.repeat(501) }, { note: '' }, { note: 'a\u202eb' }, { reason: 'x' }])(
    'with words that are none: %j',
    async (body) => {
      const { handset, declarationId } = await confirmed();
      expect((await report(handset, declarationId, body)).status).toBe(422);
    },
  );
});
