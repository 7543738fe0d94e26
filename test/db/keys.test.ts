import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKeyStore } from '../../db/keys.ts';
import { createPool, violatedConstraint } from '../../db/pool.ts';
import { cloneDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let pool: Pool;
const master = randomBytes(32);
/** A store as another process has it: nothing cached. */
const store = (masterKey = master) => createKeyStore(pool, masterKey);

beforeAll(async () => {
  database = await cloneDatabase();
  pool = createPool(database.keysUrl);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

describe('the key store', () => {
  it('gives every process the key that was made', async () => {
    const id = uuidv7();
    const key = await store().create(id, 'declaration');
    expect(key).toHaveLength(32);
    expect(await store().get(id)).toEqual(key);
  });

  it('reads a destroyed key as null, at once where it was destroyed', async () => {
    const id = uuidv7();
    const keys = store();
    await keys.create(id, 'identity');
    await keys.destroy(id);
    expect(await keys.get(id)).toBeNull();
    expect(await store().get(id)).toBeNull();
    const { rowCount } = await pool.query('SELECT 1 FROM data_keys WHERE key_id = $1', [id]);
    expect(rowCount).toBe(0);
  });

  it('reads a key that never was as null', async () => {
    expect(await store().get(uuidv7())).toBeNull();
  });

  it('destroys one and no other', async () => {
    const [gone, left] = [uuidv7(), uuidv7()];
    const keys = store();
    await keys.create(gone, 'declaration');
    const key = await keys.create(left, 'declaration');
    await keys.destroy(gone);
    expect(await store().getMany([gone, left])).toEqual(new Map([[left, key]]));
  });

  it('gives several at once, those cached and those not', async () => {
    const keys = store();
    const ids = [uuidv7(), uuidv7(), uuidv7()];
    const made = new Map<string, Buffer>();
    for (const id of ids) made.set(id, await store().create(id, 'registration'));
    await keys.get(ids[0] ?? '');
    expect(await keys.getMany([...ids, uuidv7()])).toEqual(made);
    expect(await keys.getMany([])).toEqual(new Map());
  });

  it('never makes a second key for a record', async () => {
    const id = uuidv7();
    const first = await store().create(id, 'declaration');
    const second = await store()
      .create(id, 'declaration')
      .catch((error: unknown) => violatedConstraint(error));
    expect(second).toBe('data_keys_pkey');
    expect(await store().get(id)).toEqual(first);
  });

  it('holds keys wrapped: neither another master key nor another row opens one', async () => {
    const [id, other] = [uuidv7(), uuidv7()];
    const key = await store().create(id, 'declaration');
    await store().create(other, 'declaration');
    const { rows } = await pool.query<{ wrapped: Buffer }>(
      'SELECT wrapped FROM data_keys WHERE key_id = $1',
      [id],
    );
    expect(rows[0]?.wrapped.includes(key)).toBe(false);
    await expect(store(randomBytes(32)).get(id)).rejects.toThrow();
    await pool.query('UPDATE data_keys SET wrapped = $2 WHERE key_id = $1', [other, rows[0]?.wrapped]);
    await expect(store().get(other)).rejects.toThrow();
  });
});
