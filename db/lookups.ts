/** Who of Customs looked at which POA: shown to the person whom it was shown to. */
import { v7 as uuidv7 } from 'uuid';
import type { Database } from './database.ts';
import type { Queryable } from './pool.ts';
import { seal, unseal } from './seal.ts';

/** Who looks and why, as Customs says. */
export interface LookedUpBy {
  officer?: string | undefined;
  reason?: string | undefined;
}

export interface Lookup extends LookedUpBy {
  declarationId: string;
  version: number;
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

/** Of what was shredded only that it was looked up. In the transaction that read what is told. */
export async function recordLookups(
  client: Queryable,
  found: readonly { declarationId: string; version: number; subjectId: string | null }[],
  dataKeys: ReadonlyMap<string, Buffer>,
  { officer, reason }: LookedUpBy,
): Promise<void> {
  const rows = found.map(({ declarationId, version, subjectId }) => {
    const lookupId = uuidv7();
    const key = dataKeys.get(declarationId);
    const sealed = key ? seal(key, `lookups/${lookupId}/sealed`, { officer, reason }) : null;
    return { lookupId, declarationId, version, subjectId, sealed };
  });
  await client.query(
    `INSERT INTO lookups (lookup_id, declaration_id, version, subject_id, sealed)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::bytea[])`,
    [
      rows.map((row) => row.lookupId),
      rows.map((row) => row.declarationId),
      rows.map((row) => row.version),
      rows.map((row) => row.subjectId),
      rows.map((row) => row.sealed),
    ],
  );
}

/** A look-up as its person is told. */
export interface SeenLookup {
  at: Date;
  declarationId: string;
  houseWaybill: string;
  officer?: string;
  reason?: string;
}

/** Most look-ups in one answer: nobody reads more on a phone. */
const MOST_ROWS = 500;

/** The look-ups of what was shown to a person, newest first; of what was shredded only that they were. */
export async function lookupsOf(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  subjectId: string,
): Promise<SeenLookup[]> {
  const { rows } = await pool.query<
    Omit<SeenLookup, 'officer' | 'reason'> & { lookupId: string; sealed: Buffer | null }
  >({
    name: 'lookups-of',
    text: `SELECT l.lookup_id AS "lookupId", l.at, l.declaration_id AS "declarationId", v.house_waybill AS "houseWaybill",
             CASE WHEN d.purge_started_at IS NULL THEN l.sealed END AS sealed
           FROM lookups l JOIN declaration_versions v USING (declaration_id, version) JOIN declarations d USING (declaration_id)
           WHERE l.subject_id = $1 ORDER BY l.at DESC LIMIT ${MOST_ROWS}`,
    values: [subjectId],
  });
  const dataKeys = await keys.getMany([...new Set(rows.map(({ declarationId }) => declarationId))]);
  return rows.map(({ lookupId, sealed, ...seen }) => {
    const key = dataKeys.get(seen.declarationId);
    const words =
      key &&
      sealed &&
      (unseal(key, `lookups/${lookupId}/sealed`, sealed) as Pick<SeenLookup, 'officer' | 'reason'>);
    return { ...seen, ...words };
  });
}
