/** Holds: while there is one, the POA is not purged, however long ago it ended. */
import { v7 as uuidv7 } from 'uuid';
import { ConsentryError } from '../../domain/error-code.ts';
import type { Database } from '../database.ts';
import { transaction } from '../pool.ts';
import { type FieldAddress, seal } from '../seal.ts';

/** Whose hold: each has one of its own, and releases that only. */
export type Holder = 'customs' | 'operator';

/** Who says so, and why. */
export interface HeldBy {
  holder: Holder;
  officer: string;
  reason: string;
}

export interface Hold {
  placedAt: Date;
  /** False: the holder held it already, and that hold stands as it was. */
  placed: boolean;
}

/**
 * Places the holder's hold, under the lock that a purge takes: one of them is first. Null: no such declaration. Throws
 * `no-longer-kept` when a purge was.
 */
export const placeHold = (
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  declarationId: string,
  { holder, ...said }: HeldBy,
): Promise<Hold | null> =>
  transaction(pool, async (client) => {
    const { rows: locked } = await client.query<{ purging: boolean }>(
      `SELECT purge_started_at IS NOT NULL AS purging FROM declarations WHERE declaration_id = $1 FOR UPDATE`,
      [declarationId],
    );
    if (!locked[0]) return null;
    const key = locked[0].purging ? null : await keys.get(declarationId);
    if (!key) throw new ConsentryError('no-longer-kept', 'It was purged: there is nothing left to hold.');
    const holdId = uuidv7();
    const { rows } = await client.query<Hold>(
      `WITH placed AS (
         INSERT INTO holds (hold_id, declaration_id, holder, sealed) VALUES ($1, $2, $3, $4)
         ON CONFLICT (declaration_id, holder) WHERE released_at IS NULL DO NOTHING RETURNING placed_at)
       SELECT placed_at AS "placedAt", true AS placed FROM placed
       UNION ALL
       SELECT placed_at, false FROM holds WHERE declaration_id = $2 AND holder = $3 AND released_at IS NULL`,
      [holdId, declarationId, holder, seal(key, holdAddress(holdId, 'sealed'), said)],
    );
    if (!rows[0]) throw new Error('a hold that is there cannot be found');
    return rows[0];
  });

/** Releases the holder's hold; false: there was none. Null: no such declaration. */
export const releaseHold = (
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  declarationId: string,
  { holder, ...said }: HeldBy,
): Promise<boolean | null> =>
  transaction(pool, async (client) => {
    const { rows } = await client.query<{ holdId: string | null }>(
      `SELECT h.hold_id AS "holdId" FROM declarations d
       LEFT JOIN holds h ON h.declaration_id = d.declaration_id AND h.holder = $2 AND h.released_at IS NULL
       WHERE d.declaration_id = $1 FOR UPDATE OF d`,
      [declarationId, holder],
    );
    if (!rows[0]) return null;
    const { holdId } = rows[0];
    if (!holdId) return false;
    const key = await keys.get(declarationId);
    const { rowCount } = await client.query(
      `UPDATE holds SET released_at = clock_timestamp(), sealed_release = $2 WHERE hold_id = $1 AND released_at IS NULL`,
      [holdId, key && seal(key, holdAddress(holdId, 'sealed_release'), said)],
    );
    return rowCount === 1;
  });

const holdAddress = (holdId: string, column: 'sealed' | 'sealed_release'): FieldAddress =>
  `holds/${holdId}/${column}`;
