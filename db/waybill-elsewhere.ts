import type { Queryable } from './pool.ts';

export interface Waybills {
  masterWaybill: string;
  houseWaybill: string;
}

/**
 * Flags every holder of waybills that are open at more than one broker, for operators and for Customs' receipt. To be run
 * after the commit of whoever took them: of two brokers at the same instant, the later one then sees both.
 */
export const flagWaybillElsewhere = (db: Queryable, waybills: Waybills): Promise<void> =>
  flagWaybillsElsewhere(db, [waybills]);

/** The same for several. */
export async function flagWaybillsElsewhere(db: Queryable, several: readonly Waybills[]): Promise<void> {
  if (several.length === 0) return;
  await db.query({
    name: 'waybills-elsewhere',
    // Locked in one order, so that two who flag at once do not block each other.
    text: `WITH shared AS (
             SELECT declaration_id FROM declarations d
             JOIN unnest($1::text[], $2::text[]) AS w(house, master)
               ON d.house_waybill = w.house AND d.master_waybill = w.master
             WHERE waybill_taken AND NOT waybill_elsewhere
               AND EXISTS (SELECT 1 FROM declarations o WHERE o.house_waybill = w.house AND o.master_waybill = w.master
                           AND o.waybill_taken AND o.broker_id <> d.broker_id)
             ORDER BY declaration_id FOR NO KEY UPDATE OF d)
           UPDATE declarations d SET waybill_elsewhere = true FROM shared WHERE d.declaration_id = shared.declaration_id`,
    values: [
      several.map(({ houseWaybill }) => houseWaybill),
      several.map(({ masterWaybill }) => masterWaybill),
    ],
  });
}

/** The same for the waybills of a declaration's version in force, which may have been amended. */
export async function flagWaybillElsewhereOf(db: Queryable, declarationId: string): Promise<void> {
  const { rows } = await db.query<Waybills>({
    name: 'waybills-of',
    text: `SELECT master_waybill AS "masterWaybill", house_waybill AS "houseWaybill" FROM declarations
           WHERE declaration_id = $1`,
    values: [declarationId],
  });
  if (rows[0]) await flagWaybillElsewhere(db, rows[0]);
}
