/** Brokers' public keys for `private_key_jwt`, and the assertions that were used. */
import type { PublicJwk } from '../domain/client-key.ts';
import type { Queryable } from './pool.ts';
import { hashSecret } from './seal.ts';

export interface ClientKey {
  kid: string;
  jwk: PublicJwk;
  createdAt: Date;
  revokedAt: Date | null;
}

/** False: there is a key of that id, in use or revoked. */
export async function addClientKey(
  db: Queryable,
  brokerId: string,
  kid: string,
  jwk: PublicJwk,
): Promise<boolean> {
  const { rowCount } = await db.query(
    'INSERT INTO client_keys (broker_id, kid, jwk) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [brokerId, kid, jwk],
  );
  return rowCount === 1;
}

/** From now on it opens nothing, and what it opened stops within seconds. False: there is no such key. */
export async function revokeClientKey(db: Queryable, brokerId: string, kid: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'UPDATE client_keys SET revoked_at = coalesce(revoked_at, now()) WHERE broker_id = $1 AND kid = $2',
    [brokerId, kid],
  );
  return rowCount === 1;
}

/** Oldest first, revoked ones too. */
export async function listClientKeys(db: Queryable, brokerId: string): Promise<ClientKey[]> {
  const { rows } = await db.query<ClientKey>(
    `SELECT kid, jwk, created_at AS "createdAt", revoked_at AS "revokedAt" FROM client_keys
     WHERE broker_id = $1 ORDER BY created_at, kid`,
    [brokerId],
  );
  return rows;
}

/** One that is in use, or null. */
export async function findClientKey(db: Queryable, brokerId: string, kid: string): Promise<PublicJwk | null> {
  const { rows } = await db.query<{ jwk: PublicJwk }>({
    name: 'client-key-find',
    text: 'SELECT jwk FROM client_keys WHERE broker_id = $1 AND kid = $2 AND revoked_at IS NULL',
    values: [brokerId, kid],
  });
  return rows[0]?.jwk ?? null;
}

/**
 * Uses an assertion up; false: it was used before, or is so old by the database's clock that it may have been, and was forgotten. Of
 * several at once one gets it.
 */
export async function useAssertion(
  db: Queryable,
  brokerId: string,
  jti: string,
  keptUntil: Date,
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'client-assertion-use',
    text: `INSERT INTO client_assertions (broker_id, jti_hash, expires_at)
           SELECT $1, $2, $3::timestamptz WHERE $3 > now() ON CONFLICT DO NOTHING`,
    values: [brokerId, hashSecret(jti), keptUntil],
  });
  return rowCount === 1;
}
