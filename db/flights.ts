import type { PoaStatus } from '../domain/poa-state.ts';
import type { Queryable } from './pool.ts';

/** A broker's declarations of one flight and day, counted. */
export interface Flight {
  flight: string;
  /** `YYYY-MM-DD` */
  importDate: string;
  counts: Partial<Record<PoaStatus, number>>;
}

/** Those that land within the days, the latest first, at most `limit`. */
export async function listFlights(
  db: Queryable,
  brokerId: string,
  { from, to, limit }: { from: string; to: string; limit: number },
): Promise<Flight[]> {
  const { rows } = await db.query<Flight>({
    name: 'flights',
    text: `SELECT flight, to_char(import_date, 'YYYY-MM-DD') AS "importDate", jsonb_object_agg(status, count) AS counts
           FROM (SELECT flight, import_date, status, count(*) AS count FROM declarations
                 WHERE broker_id = $1 AND import_date BETWEEN $2::date AND $3::date
                 GROUP BY flight, import_date, status) counted
           GROUP BY flight, import_date ORDER BY import_date DESC, flight LIMIT $4`,
    values: [brokerId, from, to, limit],
  });
  return rows;
}
