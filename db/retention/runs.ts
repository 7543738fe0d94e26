/** What runs of the purge did, and what there is to do: for the operator. */
import type { Queryable } from '../pool.ts';
import { NOTHING_KEEPS } from './purge.ts';

/** Records that a run began; one that goes on in a fresh history is the same run. */
export async function beginRun(db: Queryable, run: string, months: number): Promise<void> {
  await db.query('INSERT INTO retention_runs (run_id, months) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    run,
    months,
  ]);
}

export async function countPeople(db: Queryable, run: string, people: number): Promise<void> {
  await db.query('UPDATE retention_runs SET people = people + $2 WHERE run_id = $1', [run, people]);
}

export async function endRun(db: Queryable, run: string): Promise<void> {
  await db.query(
    'UPDATE retention_runs SET ended_at = clock_timestamp() WHERE run_id = $1 AND ended_at IS NULL',
    [run],
  );
}

export interface RetentionCounts {
  /** POAs that have ended and are kept: their time is not over, or something keeps them. */
  kept: number;
  /** Of these, past their time, and nothing keeps them: the next run purges them. */
  due: number;
  /** Of these, past their time and kept on by a hold, an open fraud case or the log. */
  keptOn: number;
  /** POAs with a hold, of any age. */
  held: number;
  /** Begun, and their keys perhaps still there. */
  unfinished: number;
  /** Identities that ended and are not shredded. */
  peopleKept: number;
}

export async function countRetention(db: Queryable, before: Date): Promise<RetentionCounts> {
  const { rows } = await db.query<RetentionCounts>(
    `SELECT
       (SELECT count(*) FROM declarations WHERE ended_at IS NOT NULL AND purge_started_at IS NULL) AS kept,
       (SELECT count(*) FROM declarations d WHERE ended_at < $1 AND purge_started_at IS NULL AND ${NOTHING_KEEPS}) AS due,
       (SELECT count(*) FROM declarations d
         WHERE ended_at < $1 AND purge_started_at IS NULL AND NOT (${NOTHING_KEEPS})) AS "keptOn",
       (SELECT count(DISTINCT declaration_id) FROM holds WHERE released_at IS NULL) AS held,
       (SELECT count(*) FROM declarations WHERE purge_started_at IS NOT NULL AND purged_at IS NULL) AS unfinished,
       (SELECT count(*) FROM identities WHERE ended_at IS NOT NULL AND shredded_at IS NULL) AS "peopleKept"`,
    [before],
  );
  if (!rows[0]) throw new Error('no counts');
  return rows[0];
}

export interface PurgedMonth {
  month: string;
  poas: number;
  people: number;
}

/** By month in Taiwan of the run, the newest first. */
export async function purgedByMonth(db: Queryable): Promise<PurgedMonth[]> {
  const { rows } = await db.query<PurgedMonth>(
    `SELECT to_char(begun_at AT TIME ZONE 'Asia/Taipei', 'YYYY-MM') AS month, sum(poas) AS poas, sum(people) AS people
     FROM retention_runs GROUP BY 1 HAVING sum(poas) + sum(people) > 0 ORDER BY 1 DESC`,
  );
  return rows;
}

export interface RetentionRun {
  months: number;
  begunAt: Date;
  endedAt: Date | null;
  poas: number;
  people: number;
}

export async function lastRun(db: Queryable): Promise<RetentionRun | null> {
  const { rows } = await db.query<RetentionRun>(
    `SELECT months, begun_at AS "begunAt", ended_at AS "endedAt", poas, people FROM retention_runs ORDER BY begun_at DESC LIMIT 1`,
  );
  return rows[0] ?? null;
}
