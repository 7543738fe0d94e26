import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import { createReceiptKeys, type ReceiptKeys } from './receipt-keys.ts';
import { unwrap, wrap } from './wrap.ts';

export type KeyKind = 'registration' | 'identity' | 'declaration' | 'manifest' | 'broker-user' | 'webhook';

/**
 * The key store: one data key per record, apart from the main tables. A key that is gone shreds its record everywhere,
 * backups of the main tables included.
 */
export interface KeyStore {
  /** Makes and commits a record's key, before the first row that uses it. */
  create(keyId: string, kind: KeyKind): Promise<Buffer>;
  /** The same for several records, in one statement; a key that is there already stays what it is. */
  createMany(keyIds: readonly string[], kind: KeyKind): Promise<ReadonlyMap<string, Buffer>>;
  /** The record's key, or null once it was destroyed: the record reads as shredded. */
  get(keyId: string): Promise<Buffer | null>;
  /** Several at once, in one round trip; missing ones are shredded. */
  getMany(keyIds: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  destroy(keyId: string): Promise<void>;
  /** The same for several records, in one statement. */
  destroyMany(keyIds: readonly string[]): Promise<void>;
  /** Keys older than this that were never found to belong to a row, oldest first. */
  unchecked(olderThanMs: number, limit: number): Promise<string[]>;
  markChecked(keyIds: readonly string[]): Promise<void>;
  /** What receipts are sealed with. */
  receipts: ReceiptKeys;
}

/** A destroyed key is forgotten by every process within this time, ms. */
const CACHE_TTL_MS = 60_000;
const CACHE_SIZE = 20_000;

/** Keys wrapped with the master key (AES-256-GCM, key id as associated data) in their own database. */
export function createKeyStore(pool: Pool, masterKey: Buffer): KeyStore {
  const cache = new LRUCache<string, Buffer>({ max: CACHE_SIZE, ttl: CACHE_TTL_MS });

  async function getMany(keyIds: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    const found = new Map<string, Buffer>();
    const missing: string[] = [];
    for (const keyId of keyIds) {
      const key = cache.get(keyId);
      if (key) found.set(keyId, key);
      else missing.push(keyId);
    }
    if (missing.length === 0) return found;
    const { rows } = await pool.query<{ key_id: string; wrapped: Buffer }>({
      name: 'keys-get',
      text: 'SELECT key_id, wrapped FROM data_keys WHERE key_id = ANY($1::uuid[])',
      values: [missing],
    });
    for (const { key_id, wrapped } of rows) {
      const key = unwrap(masterKey, key_id, wrapped);
      cache.set(key_id, key);
      found.set(key_id, key);
    }
    return found;
  }

  async function destroyMany(keyIds: readonly string[]): Promise<void> {
    if (keyIds.length === 0) return;
    await pool.query('DELETE FROM data_keys WHERE key_id = ANY($1::uuid[])', [keyIds]);
    for (const keyId of keyIds) cache.delete(keyId);
  }

  return {
    receipts: createReceiptKeys(pool, masterKey),
    getMany,
    async create(keyId, kind) {
      const key = randomBytes(32);
      await pool.query({
        name: 'keys-create',
        text: 'INSERT INTO data_keys (key_id, kind, wrapped) VALUES ($1, $2, $3)',
        values: [keyId, kind, wrap(masterKey, keyId, key)],
      });
      cache.set(keyId, key);
      return key;
    },
    async createMany(keyIds, kind) {
      const made = new Map(keyIds.map((keyId) => [keyId, randomBytes(32)]));
      const { rows } = await pool.query<{ key_id: string }>({
        name: 'keys-create-many',
        text: `INSERT INTO data_keys (key_id, kind, wrapped) SELECT key_id, $2, wrapped
               FROM unnest($1::uuid[], $3::bytea[]) AS made(key_id, wrapped)
               ON CONFLICT DO NOTHING RETURNING key_id`,
        values: [keyIds, kind, [...made].map(([keyId, key]) => wrap(masterKey, keyId, key))],
      });
      const created = new Set(rows.map((row) => row.key_id));
      for (const [keyId, key] of made) {
        if (created.has(keyId)) cache.set(keyId, key);
        else cache.delete(keyId);
      }
      return getMany(keyIds);
    },
    async get(keyId) {
      return (await getMany([keyId])).get(keyId) ?? null;
    },
    destroy: (keyId) => destroyMany([keyId]),
    destroyMany,
    async unchecked(olderThanMs, limit) {
      const { rows } = await pool.query<{ key_id: string }>(
        `SELECT key_id FROM data_keys WHERE checked_at IS NULL AND created_at < now() - $1 * interval '1 millisecond'
         ORDER BY created_at LIMIT $2`,
        [olderThanMs, limit],
      );
      return rows.map((row) => row.key_id);
    },
    async markChecked(keyIds) {
      await pool.query('UPDATE data_keys SET checked_at = now() WHERE key_id = ANY($1::uuid[])', [keyIds]);
    },
  };
}
