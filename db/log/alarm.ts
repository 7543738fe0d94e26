import type { Queryable } from '../pool.ts';

/** Why nothing is appended to the log. Tells no personal data. */
export interface Alarm {
  kind: string;
  detail: string;
  raisedAt: Date;
}

/** The alarm that is open, or null. */
export async function openAlarm(db: Queryable): Promise<Alarm | null> {
  const { rows } = await db.query<Alarm>({
    name: 'log-alarm',
    text: 'SELECT kind, detail, raised_at AS "raisedAt" FROM log_alarms WHERE resumed_at IS NULL',
  });
  return rows[0] ?? null;
}

export interface NewAlarm extends Omit<Alarm, 'raisedAt'> {
  /** A checkpoint that the log signed and the database does not know. */
  contradiction?: string;
}

/** Raises the alarm; false when it is open already: whoever raised it has told. */
export async function raiseAlarm(db: Queryable, { kind, detail, contradiction }: NewAlarm): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO log_alarms (kind, detail, contradiction) VALUES ($1, $2, $3)
     ON CONFLICT ((true)) WHERE resumed_at IS NULL DO NOTHING`,
    [kind, detail, contradiction ?? null],
  );
  return rowCount === 1;
}

/** Checkpoints that ever contradicted the database: it has to agree with them before anything is appended again. */
export async function contradictions(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ contradiction: string }>(
    'SELECT contradiction FROM log_alarms WHERE contradiction IS NOT NULL ORDER BY alarm_id',
  );
  return rows.map(({ contradiction }) => contradiction);
}

/** An operator ends the alarm. False when none is open. */
export async function endAlarm(db: Queryable, by: { operator: string; reason: string }): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE log_alarms SET resumed_at = clock_timestamp(), resumed_by = $1, resumed_reason = $2
     WHERE resumed_at IS NULL`,
    [by.operator, by.reason],
  );
  return rowCount === 1;
}
