import type { Database } from './database.ts';
import type { Queryable } from './pool.ts';
import type { SealedPerson } from './registration/person.ts';
import { unseal } from './seal.ts';

/** A person's own data, as they are shown to them. */
export interface OwnIdentity extends SealedPerson {
  verification: { operator: string; method?: string; verifiedAt?: string };
  boundAt: Date | null;
  frozenAt: Date | null;
  suspendedAt: Date | null;
  suspensionReason: string | null;
}

/** Null once the person's data key is gone. */
export async function readIdentity({ pool, keys }: Database, subjectId: string): Promise<OwnIdentity | null> {
  const { rows } = await pool.query<Omit<OwnIdentity, keyof SealedPerson> & { sealed: Buffer }>(
    `SELECT sealed, verification, bound_at AS "boundAt", frozen_at AS "frozenAt", suspended_at AS "suspendedAt",
       suspension_reason AS "suspensionReason"
     FROM identities WHERE subject_id = $1 AND ended_at IS NULL`,
    [subjectId],
  );
  const key = await keys.get(subjectId);
  if (!rows[0] || !key) return null;
  const { sealed, ...rest } = rows[0];
  return { ...rest, ...(unseal(key, `identities/${subjectId}/sealed`, sealed) as SealedPerson) };
}

/** Freezing keeps its first moment. Consents read the column in their own transaction: it counts from the commit on. */
export async function setFrozen(db: Queryable, subjectId: string, frozen: boolean): Promise<void> {
  await db.query(
    `UPDATE identities SET frozen_at = CASE WHEN $2 THEN coalesce(frozen_at, clock_timestamp()) END
     WHERE subject_id = $1 AND ended_at IS NULL`,
    [subjectId, frozen],
  );
}
