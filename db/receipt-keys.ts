import type { JWK } from 'jose';
import type { Pool } from 'pg';
import { RECEIPT_KEY_OVERLAP_MS } from '../domain/limits.ts';
import { transaction } from './pool.ts';
import { unwrap, wrap } from './wrap.ts';

/** A key that seals or sealed receipts, as everybody may know it. */
export interface ReceiptKey {
  kid: string;
  publicJwk: JWK;
  createdAt: Date;
  /** Seals from then on. */
  notBefore: Date;
  /** Seals nothing from then on; null: the newest key. */
  retiredAt: Date | null;
  /** Somebody else may have sealed with it since then. */
  revokedAt: Date | null;
  revokedReason: string | null;
}

/** A private ES256 JWK with its `kid` (RFC 7638 thumbprint). */
export type PrivateReceiptJwk = JWK & { kid: string; d: string };

/** Keys of receipts, in the key store: private halves wrapped with the master key, public halves kept for good. */
export interface ReceiptKeys {
  /** All there ever were, newest first. */
  list(): Promise<ReceiptKey[]>;
  /** The newest that may seal now, by the database's clock; null: none. */
  sealing(): Promise<PrivateReceiptJwk | null>;
  /** Takes in a new key; earlier ones go on sealing for `RECEIPT_KEY_OVERLAP_MS`, until every process has heard of it. */
  add(key: PrivateReceiptJwk): Promise<void>;
  /** Takes in the key of the configuration unless it is known; the very first counts for receipts older than this table. */
  adopt(key: PrivateReceiptJwk): Promise<void>;
  /** From `at` on, nothing that it sealed counts. A key that still seals is not revoked: rotate first. */
  revoke(kid: string, at: Date, reason: string): Promise<'revoked' | 'unknown' | 'in-use'>;
}

const COLUMNS = `kid, public_jwk AS "publicJwk", created_at AS "createdAt", not_before AS "notBefore",
  retired_at AS "retiredAt", revoked_at AS "revokedAt", revoked_reason AS "revokedReason"`;

/** `pool`: of the key store. */
export function createReceiptKeys(pool: Pool, masterKey: Buffer): ReceiptKeys {
  const insert = ({ d, ...publicJwk }: PrivateReceiptJwk, onlyUnknown: boolean) =>
    transaction(pool, async (client) => {
      // Two at once: the later one retires the earlier one.
      await client.query('LOCK TABLE receipt_keys IN SHARE ROW EXCLUSIVE MODE');
      const { rows } = await client.query<{ known: boolean; first: boolean }>(
        'SELECT coalesce(bool_or(kid = $1), false) AS known, count(*) = 0 AS first FROM receipt_keys',
        [publicJwk.kid],
      );
      if (onlyUnknown && rows[0]?.known) return;
      await client.query(
        `UPDATE receipt_keys SET retired_at = now() + $1 * interval '1 millisecond' WHERE retired_at IS NULL`,
        [RECEIPT_KEY_OVERLAP_MS],
      );
      // What was retired a while ago seals no more: nobody needs its private half.
      await client.query(
        `UPDATE receipt_keys SET wrapped = NULL WHERE retired_at < now() - interval '1 day'`,
      );
      const since = onlyUnknown && rows[0]?.first ? `to_timestamp(0)` : 'now()';
      await client.query(
        `INSERT INTO receipt_keys (kid, public_jwk, wrapped, not_before) VALUES ($1, $2, $3, ${since})`,
        [publicJwk.kid, publicJwk, wrap(masterKey, nameOf(publicJwk.kid), Buffer.from(d))],
      );
    });

  return {
    async list() {
      const { rows } = await pool.query<ReceiptKey>(
        `SELECT ${COLUMNS} FROM receipt_keys ORDER BY not_before DESC, created_at DESC`,
      );
      return rows;
    },
    async sealing() {
      const { rows } = await pool.query<{ kid: string; publicJwk: JWK; wrapped: Buffer }>({
        name: 'receipt-key-sealing',
        text: `SELECT kid, public_jwk AS "publicJwk", wrapped FROM receipt_keys
               WHERE not_before <= now() AND (retired_at IS NULL OR retired_at > now()) AND wrapped IS NOT NULL
               ORDER BY not_before DESC, created_at DESC LIMIT 1`,
      });
      if (!rows[0]) return null;
      const { kid, publicJwk, wrapped } = rows[0];
      return { ...publicJwk, kid, d: unwrap(masterKey, nameOf(kid), wrapped).toString() };
    },
    add: (key) => insert(key, false),
    adopt: (key) => insert(key, true),
    async revoke(kid, at, reason) {
      const { rows } = await pool.query<{ revoked: boolean }>(
        `WITH revoked AS (
           UPDATE receipt_keys SET revoked_at = $2, revoked_reason = $3, wrapped = NULL
           WHERE kid = $1 AND retired_at <= now() RETURNING kid)
         SELECT EXISTS (SELECT 1 FROM revoked) AS revoked FROM receipt_keys WHERE kid = $1`,
        [kid, at, reason],
      );
      if (!rows[0]) return 'unknown';
      return rows[0].revoked ? 'revoked' : 'in-use';
    },
  };
}

const nameOf = (kid: string): string => `receipt-key/${kid}`;
