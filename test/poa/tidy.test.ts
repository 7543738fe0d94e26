import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TASK_QUEUE, WORKFLOW } from '../../domain/messages.ts';
import { declare } from '../support/poa-fixtures.ts';
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
