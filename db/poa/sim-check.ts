import type { PoolClient } from 'pg';
import { findingOf, type SimCheck, type SimFinding } from '../../domain/sim-check.ts';
import type { KeyStore } from '../keys.ts';
import type { Queryable } from '../pool.ts';
import type { SealedPerson } from '../registration/person.ts';
import { unseal } from '../seal.ts';

/** A confirmation is kept that nobody has asked the operator about: nothing is decided before. */
export class UncheckedConsent extends Error {
  override readonly name = 'UncheckedConsent';
  readonly consentId: string;

  constructor(consentId: string) {
    super('a confirmation waits for its SIM check');
    this.consentId = consentId;
  }
}

/** A confirmation to be checked: whom to ask, about which number, since when. */
export interface ToCheck {
  consentId: string;
  operator: string;
  /** When the person was last verified, RFC 3339: names the verification. */
  verifiedAt: string;
  /** When the SIM was proved for it, RFC 3339: before the operator said all the rest, by long where it was away. */
  since: string;
  /** E.164; null once the person's data were destroyed. */
  phone: string | null;
}

/** What came of asking; `check` is null when there is no number left to ask about. */
export interface Checked {
  consentId: string;
  verifiedAt: string;
  check: SimCheck | null;
}

/** Why a confirmation is void. */
export type VoidCode = SimFinding | 'identity-ended';

/** Null: there is nothing to check, since it is no confirmation, or none that is pending. */
export async function readToCheck(
  db: Queryable,
  keys: KeyStore,
  declarationId: string,
  consentId: string,
): Promise<ToCheck | null> {
  const { rows } = await db.query<Omit<ToCheck, 'phone'> & { subjectId: string; sealed: Buffer }>({
    name: 'sim-check-read',
    text: `SELECT c.consent_id AS "consentId", i.subject_id AS "subjectId", i.sealed,
             i.verification->>'operator' AS operator, i.verification->>'verifiedAt' AS "verifiedAt",
             coalesce(r.number_verification->>'at', i.verification->>'verifiedAt') AS since
           FROM consents c JOIN identities i USING (subject_id) JOIN registrations r USING (registration_id)
           WHERE c.consent_id = $1 AND c.declaration_id = $2 AND c.verdict = 'pending' AND c.decision = 'confirmed'`,
    values: [consentId, declarationId],
  });
  if (!rows[0]) return null;
  const { subjectId, sealed, ...rest } = rows[0];
  const key = await keys.get(subjectId);
  const person = key && (unseal(key, `identities/${subjectId}/sealed`, sealed) as SealedPerson);
  return { ...rest, phone: person?.phone ?? null };
}

/** The process asks again within this time at most: five minutes between two attempts, and one attempt (workflows/steps.ts). */
const HELD_FOR = '6 minutes';

/** The operator gave no answer: until it does, nobody has to tell the process of this consent again. */
export async function holdConsent(db: Queryable, consentId: string): Promise<void> {
  await db.query(
    `UPDATE consents SET held_until = clock_timestamp() + interval '${HELD_FOR}'
     WHERE consent_id = $1 AND verdict = 'pending'`,
    [consentId],
  );
}

/** Null: nothing speaks against the confirmation. */
export const voidCodeOf = ({ check }: Checked): VoidCode | null =>
  check ? findingOf(check) : 'identity-ended';

/**
 * The confirmation counts no more, and the identity confirms nothing until it is verified anew. One that was verified anew
 * since the operator was asked is left as it is. The caller holds the lock of the consent's version.
 */
export async function voidConsent(
  client: PoolClient,
  subjectId: string,
  { consentId, verifiedAt, check }: Checked,
  code: VoidCode,
): Promise<void> {
  await client.query({
    name: 'sim-check-void',
    text: `WITH void AS (
             UPDATE consents SET verdict = 'void', code = $2, judged_at = clock_timestamp(), sim_check = $3
             WHERE consent_id = $1 AND verdict = 'pending' AND sim_check IS NULL)
           UPDATE identities SET suspended_at = clock_timestamp(), suspension_reason = $2
           WHERE subject_id = $4 AND suspended_at IS NULL AND ended_at IS NULL AND verification->>'verifiedAt' = $5`,
    values: [consentId, code, check, subjectId, verifiedAt],
  });
}
