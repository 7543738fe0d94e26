import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../db/pool.ts';
import { createReceiptKeys, type PrivateReceiptJwk } from '../../db/receipt-keys.ts';
import { RECEIPT_KEY_OVERLAP_MS } from '../../domain/limits.ts';
import { newReceiptKey, publishedJwk, receiptKeyInUse } from '../../evidence/receipt.ts';
import { cloneDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let pool: Pool;
const master = randomBytes(32);
const keys = (masterKey = master) => createReceiptKeys(pool, masterKey);
const later = (interval: string) =>
  pool.query(
    `UPDATE receipt_keys SET created_at = created_at - $1::interval, not_before = not_before - $1::interval,
       retired_at = retired_at - $1::interval`,
    [interval],
  );
const wrappedOf = async ({ kid }: PrivateReceiptJwk) =>
  (await pool.query<{ wrapped: Buffer | null }>('SELECT wrapped FROM receipt_keys WHERE kid = $1', [kid]))
    .rows[0]?.wrapped;

beforeAll(async () => {
  database = await cloneDatabase();
  pool = createPool(database.keysUrl);
});
beforeEach(async () => {
  await pool.query('ALTER TABLE receipt_keys DISABLE TRIGGER USER');
  await pool.query('TRUNCATE receipt_keys');
  await pool.query('ALTER TABLE receipt_keys ENABLE TRIGGER USER');
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

describe('keys of receipts', () => {
  it('seal when they are the newest, the earlier ones on until every process has heard of it', async () => {
    const [first, second] = [await newReceiptKey(), await newReceiptKey()];
    await keys().add(first);
    expect(await keys().sealing()).toEqual(first);
    await keys().add(second);
    expect(await keys().sealing()).toEqual(second);
    const [newest, earlier] = await keys().list();
    expect([newest?.kid, newest?.retiredAt]).toEqual([second.kid, null]);
    expect(earlier?.kid).toBe(first.kid);
    const overlap = Number(earlier?.retiredAt) - Number(newest?.notBefore);
    expect(overlap).toBe(RECEIPT_KEY_OVERLAP_MS);
  });

  it('are one when two rotate at once: the other one retires', async () => {
    await Promise.all([keys().add(await newReceiptKey()), keys().add(await newReceiptKey())]);
    expect((await keys().list()).filter(({ retiredAt }) => retiredAt === null)).toHaveLength(1);
  });

  it('lie wrapped: another master key opens none, a moved one is opened by none', async () => {
    const [first, second] = [await newReceiptKey(), await newReceiptKey()];
    await keys().add(first);
    const wrapped = await wrappedOf(first);
    expect(wrapped?.includes(Buffer.from(first.d))).toBe(false);
    await expect(keys(randomBytes(32)).sealing()).rejects.toThrow();
    await keys().add(second);
    await pool.query('UPDATE receipt_keys SET wrapped = $2 WHERE kid = $1', [second.kid, wrapped]);
    await expect(keys().sealing()).rejects.toThrow();
  });

  it('lose their private half a while after they retired, and stay published', async () => {
    const [first, second, third] = [await newReceiptKey(), await newReceiptKey(), await newReceiptKey()];
    await keys().add(first);
    await keys().add(second);
    await later('2 days');
    await keys().add(third);
    expect([await wrappedOf(first), (await wrappedOf(second))?.length]).toEqual([null, expect.any(Number)]);
    expect((await keys().list()).map(({ kid }) => kid)).toEqual([third.kid, second.kid, first.kid]);
  });

  it('are never deleted', async () => {
    await keys().add(await newReceiptKey());
    await expect(pool.query('DELETE FROM receipt_keys')).rejects.toThrow('kept for good');
    await expect(pool.query('TRUNCATE receipt_keys')).rejects.toThrow('kept for good');
  });
});

describe('the key of the configuration', () => {
  it('is taken in once; the very first counts for receipts from before', async () => {
    const key = await newReceiptKey();
    await keys().adopt(key);
    await keys().adopt(key);
    const [only, ...others] = await keys().list();
    expect(others).toEqual([]);
    expect(only?.notBefore).toEqual(new Date(0));
    expect(publishedJwk(only ?? expect.fail())).not.toHaveProperty('nbf');
    expect(await keys().sealing()).toEqual(key);
  });

  it('stays retired once another took its place', async () => {
    const [configured, rotated] = [await newReceiptKey(), await newReceiptKey()];
    await receiptKeyInUse(keys(), configured)();
    await keys().add(rotated);
    expect(await receiptKeyInUse(keys(), configured)()).toEqual(rotated);
  });

  it('need not be there: the first sealing makes a key', async () => {
    const made = await receiptKeyInUse(keys())();
    expect(await receiptKeyInUse(keys())()).toEqual(made);
    expect(await keys().list()).toHaveLength(1);
  });
});

describe('a revoked key', () => {
  it('was retired before, seals no more, and says since when it does not count', async () => {
    const [stolen, next] = [await newReceiptKey(), await newReceiptKey()];
    const at = new Date('2026-11-20T00:00:00Z');
    await keys().add(stolen);
    expect(await keys().revoke(stolen.kid, at, 'stolen')).toBe('in-use');
    await keys().add(next);
    expect(await keys().revoke(stolen.kid, at, 'stolen')).toBe('in-use');
    await later('3 minutes');
    expect(await keys().revoke(stolen.kid, at, 'stolen')).toBe('revoked');
    expect(await keys().revoke('none', at, 'stolen')).toBe('unknown');
    expect(await wrappedOf(stolen)).toBeNull();
    const published = (await keys().list()).map(publishedJwk).find(({ kid }) => kid === stolen.kid);
    expect(published?.revoked).toEqual({ revoked_at: at.getTime() / 1000, reason: 'stolen' });
    expect(published).not.toHaveProperty('d');
  });
});
