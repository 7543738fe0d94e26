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

/** Raises the alarm; false when it is open already: whoever raised it has told. */
export async function raiseAlarm(db: Queryable, { kind, detail }: Omit<Alarm, 'raisedAt'>): Promise<boolean> {
  const { rowCount } = await db.query(
    'INSERT INTO log_alarms (kind, detail) VALUES ($1, $2) ON CONFLICT ((true)) WHERE resumed_at IS NULL DO NOTHING',
    [kind, detail],
  );
  return rowCount === 1;
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
