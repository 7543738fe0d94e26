/** Whether a phone's registered person bears a name: what a broker may ask before it declares, and how often. */
import { CHECKED_NAMES_OF_ALL, CHECKED_NAMES_OF_ONE } from '../domain/limits.ts';
import { foldName, sameName } from '../domain/name.ts';
import type { Database } from './database.ts';
import { transaction } from './pool.ts';
import { unseal } from './seal.ts';

/**
 * `too-many`: as many names were tried with this phone in the last 24 h as may be, whoever it belongs to. A name that this broker tried
 * already counts once.
 */
export async function checkConsignee(
  db: Pick<Database, 'pool' | 'keys' | 'index'>,
  brokerId: string,
  { phone, name }: { phone: string; name: string },
): Promise<'match' | 'no-match' | 'too-many'> {
  const phoneIndex = db.index.ofPhone(phone);
  if (!(await mayTry(db, brokerId, phoneIndex, db.index.ofName(foldName(name))))) return 'too-many';
  const registered = await nameOf(db, phoneIndex);
  return registered !== null && sameName(registered, name) ? 'match' : 'no-match';
}

async function mayTry(
  { pool }: Pick<Database, 'pool'>,
  brokerId: string,
  phoneIndex: Buffer,
  nameIndex: Buffer,
): Promise<boolean> {
  return transaction(pool, async (client) => {
    // Several at once are counted one after the other.
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('checks/' || encode($1, 'hex'), 0))`, [
      phoneIndex,
    ]);
    const { rowCount } = await client.query({
      name: 'consignee-check-try',
      text: `WITH tried AS (SELECT broker_id, name_index FROM consignee_checks
               WHERE phone_index = $1 AND at > now() - interval '1 day')
             INSERT INTO consignee_checks (phone_index, broker_id, name_index)
             SELECT $1, $2, $3 WHERE EXISTS (SELECT 1 FROM tried WHERE broker_id = $2 AND name_index = $3)
               OR (SELECT count(*) FILTER (WHERE broker_id = $2) < $4 AND count(*) < $5 FROM tried)
             ON CONFLICT (phone_index, broker_id, name_index) DO UPDATE
               SET at = CASE WHEN consignee_checks.at > now() - interval '1 day' THEN consignee_checks.at ELSE now() END`,
      values: [phoneIndex, brokerId, nameIndex, CHECKED_NAMES_OF_ONE, CHECKED_NAMES_OF_ALL],
    });
    return rowCount === 1;
  });
}

/** Of whoever is bound to the phone, also when frozen or suspended: that is nobody's business. */
async function nameOf(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  phoneIndex: Buffer,
): Promise<string | null> {
  const { rows } = await pool.query<{ subjectId: string; sealed: Buffer }>({
    name: 'consignee-check-identity',
    text: `SELECT subject_id AS "subjectId", sealed FROM identities
           WHERE phone_index = $1 AND ended_at IS NULL AND bound_at IS NOT NULL`,
    values: [phoneIndex],
  });
  const [found] = rows;
  const key = found && (await keys.get(found.subjectId));
  if (!key) return null;
  return (unseal(key, `identities/${found.subjectId}/sealed`, found.sealed) as { name: string }).name;
}
