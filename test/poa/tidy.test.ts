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

test('keys are gone through faster than a broker can make them', async () => {
  const made = 50 * 30;
  await world.keysPool.query(
    `INSERT INTO data_keys (key_id, kind, wrapped, created_at)
     SELECT gen_random_uuid(), 'declaration', '', now() - interval '2 hours' FROM generate_series(1, $1)`,
    [made],
  );
  await tidyUp();
  const { rows } = await world.keysPool.query(
    `SELECT count(*) FROM data_keys WHERE created_at < now() - interval '1 hour' AND checked_at IS NULL`,
  );
  expect(rows).toEqual([{ count: 0 }]);
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
