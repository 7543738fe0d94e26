/** Who of Customs looked at which POA: shown to the person whom it was shown to. */
import { v7 as uuidv7 } from 'uuid';
import type { Database } from './database.ts';
import { seal } from './seal.ts';

export interface Lookup {
  declarationId: string;
  version: number;
  /** As Customs names them. */
  officer?: string | undefined;
  reason?: string | undefined;
}

/** Recorded before anything is told; false when its data key is gone, and with it everything there was to look at. */
export async function recordLookup(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  { declarationId, version, officer, reason }: Lookup,
): Promise<boolean> {
  const key = await keys.get(declarationId);
  if (!key) return false;
  const lookupId = uuidv7();
  const { rowCount } = await pool.query({
    name: 'lookup-record',
    text: `INSERT INTO lookups (lookup_id, declaration_id, version, subject_id, sealed)
           SELECT $1, declaration_id, version, shown_to, $4 FROM declaration_versions
           WHERE declaration_id = $2 AND version = $3`,
    values: [lookupId, declarationId, version, seal(key, `lookups/${lookupId}/sealed`, { officer, reason })],
  });
  return rowCount === 1;
}
