/** An identity that ends, or moves to another phone, while its person is asked: what was shown, what was answered, who is next. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endIdentity } from '../../db/identity-end.ts';
import { transaction } from '../../db/pool.ts';
import { hashSecret } from '../../db/seal.ts';
import type { IdentityEndReason } from '../../domain/customs-notice.ts';
import { TASK_QUEUE } from '../../domain/messages.ts';
import { tellIdentityEnd } from '../../gateways/identity-end.ts';
import { amend, answer, eventually, newPhone, problemsOf, subscribe } from '../support/poa-acts.ts';
import { bindPerson, content, declare, keepConsent, NAME } from '../support/poa-fixtures.ts';
import { createPoaWorld, ended, type PoaWorld, stateOf, until } from '../support/poa-world.ts';

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
});
afterAll(() => world?.close());

const end = (subjectId: string, reason: IdentityEndReason = 'left') =>
  transaction(world.pool, (client) => endIdentity(client, { subjectId, reason }));

/** A person who is asked about a declaration. */
async function asked() {
  const phone = newPhone();
  const subjectId = await bindPerson(world, phone);
  const { declarationId, content: sent } = await declare(world, 'customs-started', {
    content: content({ importer: { name: NAME, phone } }),
  });
  await until(world, declarationId, 'awaiting_importer');
  return { phone, subjectId, declarationId, sent };
}
const noticesAbout = async (subjectId: string) =>
  (
    await world.pool.query(
      `SELECT n.kind, n.body FROM customs_notices n JOIN identities i ON i.registration_id = n.about
       WHERE i.subject_id = $1`,
      [subjectId],
    )
  ).rows;
const reconcile = () =>
  world.client.workflow.execute('reconciliation', { taskQueue: TASK_QUEUE, workflowId: randomUUID() });

describe('the end of an identity', () => {
  test('takes everything by which somebody acts in its name, tells Customs once, and names the open asks', async () => {
    const { subjectId, declarationId } = await asked();
    const { rows } = await world.pool.query<{ id: string }>(
      'SELECT registration_id AS id FROM registrations WHERE subject_id = $1',
      [subjectId],
    );
    const registrationId = rows[0]?.id;
    await world.pool.query(
      `INSERT INTO passkeys (credential_id, subject_id, registration_id, public_key, sign_count, backed_up)
       VALUES ($1, $2, $3, '', 0, false)`,
      [hashSecret(subjectId), subjectId, registrationId],
    );
    await world.pool.query(
      `INSERT INTO sessions (session_hash, subject_id, registration_id, expires_at)
       VALUES ($1, $2, $3, now() + interval '1 h')`,
      [hashSecret(subjectId), subjectId, registrationId],
    );
    await subscribe(world, subjectId);
    const told = await end(subjectId);
    expect(told).toEqual({
      noticeId: expect.any(String),
      declarationIds: [declarationId],
      registrationIds: [],
    });
    for (const table of ['passkeys', 'sessions', 'push_subscriptions'])
      expect(
        (await world.pool.query(`SELECT 1 FROM ${table} WHERE subject_id = $1`, [subjectId])).rows,
      ).toEqual([]);
    const indexes = await world.pool.query(
      `SELECT id_index, phone_index FROM identities WHERE subject_id = $1
       UNION ALL SELECT id_index, phone_index FROM registrations WHERE subject_id = $1`,
      [subjectId],
    );
    for (const row of indexes.rows) expect(row).toEqual({ id_index: null, phone_index: null });
    const [notice] = await noticesAbout(subjectId);
    expect(notice).toMatchObject({ kind: 'identity-ended' });
    expect(JSON.parse(notice.body)).toEqual({ reason: 'left', endedAt: expect.any(String) });
    expect(await end(subjectId)).toBeNull();
    expect(await noticesAbout(subjectId)).toHaveLength(1);
  });

  test('twice at once is one end', async () => {
    const { subjectId } = await asked();
    const both = await Promise.all([end(subjectId), end(subjectId, 'number-recycled')]);
    expect(both.filter((told) => told !== null)).toHaveLength(1);
    expect(await noticesAbout(subjectId)).toHaveLength(1);
  });

  test('nobody else has the phone: the declaration waits for a registration', async () => {
    const { subjectId, declarationId } = await asked();
    const told = await end(subjectId);
    if (told) await tellIdentityEnd({ ...world.processes, startCustomsNotice: async () => 'started' }, told);
    await until(world, declarationId, 'awaiting_registration');
  });

  test("the phone's next owner has another name: back to the broker, and shown to nobody", async () => {
    const { subjectId, declarationId, phone } = await asked();
    await end(subjectId, 'number-recycled');
    const next = await bindPerson(world, phone, '李大華');
    await world.processes.lookAgain(declarationId);
    await until(world, declarationId, 'needs_correction');
    expect(await problemsOf(world, declarationId)).toMatchObject([{ code: 'name-mismatch' }]);
    const { rows } = await world.pool.query('SELECT 1 FROM declaration_versions WHERE shown_to = $1', [next]);
    expect(rows).toEqual([]);
  });

  test('an answer that was given before counts, whichever the process hears of first', async () => {
    const { subjectId, declarationId } = await asked();
    const consentId = (await keepConsent(world, declarationId, 'declined')) ?? '';
    expect((await end(subjectId))?.declarationIds).toEqual([]);
    await world.processes.lookAgain(declarationId);
    await eventually(
      () => stateOf(world, declarationId),
      (state) => (state as unknown as { step: number }).step >= 2,
    );
    expect((await stateOf(world, declarationId)).status).toBe('awaiting_importer');
    await world.processes.decide(declarationId, { consentId });
    await until(world, declarationId, 'declined');
  });

  test('nobody told the process: the reconciliation finds it, and counts it once', async () => {
    const { subjectId, declarationId } = await asked();
    const answered = await asked();
    await keepConsent(world, answered.declarationId, 'declined');
    await end(subjectId);
    await end(answered.subjectId);
    await reconcile();
    expect((await stateOf(world, declarationId)).status).toBe('awaiting_importer');
    await world.pool.query(
      `UPDATE identities SET ended_at = ended_at - interval '11 seconds' WHERE subject_id = ANY($1)`,
      [[subjectId, answered.subjectId]],
    );
    await reconcile();
    await until(world, declarationId, 'awaiting_registration');
    expect((await stateOf(world, answered.declarationId)).status).toBe('awaiting_importer');
  });
});

describe('an identity that moved to another phone', () => {
  const move = (subjectId: string, phone: string) =>
    world.pool.query('UPDATE identities SET phone_index = $2 WHERE subject_id = $1', [
      subjectId,
      world.db.index.ofPhone(phone),
    ]);

  test("what was shown stays with its person, also when the old phone is somebody else's now", async () => {
    const { subjectId, declarationId, phone } = await asked();
    await move(subjectId, newPhone());
    await bindPerson(world, phone);
    await world.processes.lookAgain(declarationId);
    await eventually(
      () => stateOf(world, declarationId),
      (state) => (state as unknown as { step: number }).step >= 2,
    );
    expect(await stateOf(world, declarationId)).toMatchObject({
      status: 'awaiting_importer',
      subject_id: subjectId,
    });
    await answer(world, declarationId, 'declined');
    await until(world, declarationId, 'declined');
  });

  test('what the broker declares for the old phone afterwards finds nobody there', async () => {
    const { subjectId, declarationId, sent } = await asked();
    await move(subjectId, newPhone());
    await amend(world, declarationId, 2, { ...sent, packages: 2 });
    expect(await until(world, declarationId, 'awaiting_registration')).toMatchObject({ version: 2 });
  });
});

test('a confirmation is judged though its person has left', async () => {
  const { subjectId, declarationId } = await asked();
  const consentId = (await keepConsent(world, declarationId, 'confirmed')) ?? '';
  await end(subjectId);
  await world.processes.decide(declarationId, { consentId });
  expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
});
