import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endIdentity } from '../../db/identity-end.ts';
import { transaction } from '../../db/pool.ts';
import { TASK_QUEUE, WORKFLOW } from '../../domain/messages.ts';
import { bindPerson, declare, keepConsent } from '../support/poa-fixtures.ts';
import { createPoaWorld, type PoaWorld } from '../support/poa-world.ts';

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
});
afterAll(() => world?.close());

const tidyUp = () =>
  world.client.workflow.execute(WORKFLOW.reconciliation, { taskQueue: TASK_QUEUE, workflowId: uuidv7() });

const ageKey = (keyId: string) =>
  world.keysPool.query(`UPDATE data_keys SET created_at = now() - interval '61 minutes' WHERE key_id = $1`, [
    keyId,
  ]);

test('a key whose row never came is destroyed after an hour, one with a row or a young one stays', async () => {
  const { declarationId } = await declare(world, 'customs-started');
  const [orphan, young] = [uuidv7(), uuidv7()];
  await world.db.keys.create(orphan, 'declaration');
  await world.db.keys.create(young, 'declaration');
  await Promise.all([ageKey(orphan), ageKey(declarationId)]);
  await tidyUp();
  const { rows } = await world.keysPool.query<{ key_id: string }>('SELECT key_id FROM data_keys');
  expect(rows.map((row) => row.key_id)).toEqual(expect.arrayContaining([declarationId, young]));
  expect(rows.map((row) => row.key_id)).not.toContain(orphan);
});

test('a registration refused 30 days ago is shredded, index and all; a bound or a recent one is not', async () => {
  const insert = async (status: string, days: number) => {
    const id = uuidv7();
    await world.db.keys.create(id, 'registration');
    await world.pool.query(
      `INSERT INTO registrations (registration_id, status, id_index, phone_index, sealed, operator, locale, notice_version,
         browser_hash, updated_at)
       VALUES ($1, $2, $3, $3, '\\x00', 'sandbox', 'en', '1', '\\x00', now() - $4 * interval '1 day')`,
      [id, status, randomBytes(32), days],
    );
    return id;
  };
  const [old, recent, bound] = [
    await insert('refused', 31),
    await insert('abandoned', 29),
    await insert('bound', 31),
  ];
  await tidyUp();
  const { rows } = await world.pool.query<{ id: string }>(
    'SELECT registration_id AS id FROM registrations WHERE id_index IS NOT NULL OR phone_index IS NOT NULL',
  );
  expect(new Set(rows.map((row) => row.id))).toEqual(new Set([recent, bound]));
  const { rows: keys } = await world.keysPool.query('SELECT 1 FROM data_keys WHERE key_id = $1', [old]);
  expect(keys).toEqual([]);
});

test('challenges and sessions that expired are taken away, live ones stay', async () => {
  await world.pool.query(
    `INSERT INTO challenges (challenge_hash, kind, expires_at) VALUES
       ('\\x01', 'login', now() - interval '25 hours'), ('\\x02', 'login', now() + interval '5 minutes')`,
  );
  await world.pool.query(
    `INSERT INTO sessions (session_hash, subject_id, expires_at) VALUES
       ('\\x01', $1, now() - interval '1 second'), ('\\x02', $1, now() + interval '1 hour')`,
    [uuidv7()],
  );
  await tidyUp();
  expect((await world.pool.query('SELECT 1 FROM challenges')).rowCount).toBe(1);
  expect((await world.pool.query('SELECT 1 FROM sessions')).rowCount).toBe(1);
});

describe('an identity that ended', () => {
  const end = (subjectId: string) =>
    transaction(world.pool, (client) => endIdentity(client, { subjectId, reason: 'left' }));
  const keysOf = async (subjectId: string) => {
    const { rows } = await world.pool.query<{ id: string }>(
      'SELECT registration_id AS id FROM registrations WHERE subject_id = $1',
      [subjectId],
    );
    const ids = [subjectId, ...rows.map(({ id }) => id)];
    return (await world.keysPool.query('SELECT 1 FROM data_keys WHERE key_id = ANY($1)', [ids])).rowCount;
  };
  let people = 0;
  const person = () => bindPerson(world, `+8869${30_000_000 + people++}`);
  /** An answer as its process leaves it; `age`: since Customs has it, null while it has not. */
  const answered = async (subjectId: string, age: string | null) => {
    const { declarationId } = await declare(world, 'customs-started', { start: false });
    await world.pool.query('UPDATE declaration_versions SET shown_to = $2 WHERE declaration_id = $1', [
      declarationId,
      subjectId,
    ]);
    const consentId = await keepConsent(world, declarationId, 'declined');
    await world.pool.query(
      `WITH judged AS (UPDATE consents SET verdict = 'accepted', judged_at = now() - interval '1 year',
         created_at = now() - interval '1 year' WHERE consent_id = $2)
       INSERT INTO version_outcomes (outcome_id, declaration_id, version, outcome, consent_id, decided_at, acknowledged_at)
       VALUES ($3, $1, 1, 'declined', $2, now() - interval '1 year', now() - $4::interval)`,
      [declarationId, consentId, uuidv7(), age],
    );
    return consentId;
  };

  test('is shredded at once where nobody ever answered, the registrations that bound it too; a live one stays', async () => {
    const [left, alive] = [await person(), await person()];
    await end(left);
    expect(await keysOf(left)).toBe(2);
    await tidyUp();
    expect([await keysOf(left), await keysOf(alive)]).toEqual([0, 2]);
    expect(
      (await world.pool.query('SELECT shredded_at FROM identities WHERE subject_id = $1', [left])).rows,
    ).toEqual([{ shredded_at: expect.any(Date) }]);
  });

  test('is kept until six months after Customs had the last POA, to the minute (attack 43)', async () => {
    const kept = [await person(), await person(), await person()] as const;
    const [over, unacknowledged, pending] = [await person(), await person(), await person()];
    await answered(kept[0], '6 months -1 minute');
    await answered(kept[1], '7 months');
    await answered(kept[1], '1 day');
    await answered(kept[2], '0 seconds');
    await answered(over, '6 months 1 minute');
    await answered(unacknowledged, null);
    const consentId = await answered(pending, '7 months');
    await world.pool.query(
      `DELETE FROM version_outcomes WHERE consent_id = '${consentId}';
       UPDATE consents SET verdict = 'pending' WHERE consent_id = '${consentId}'`,
    );
    for (const subjectId of [...kept, over, unacknowledged, pending]) await end(subjectId);
    await tidyUp();
    for (const subjectId of [...kept, unacknowledged, pending]) expect(await keysOf(subjectId)).toBe(2);
    expect(await keysOf(over)).toBe(0);
  });
});
