import { type Change, changes } from '../domain/canonical.ts';
import type { FraudResolution } from '../domain/fraud-case.ts';
import type { ConsentEvidence } from './consents.ts';
import type { Database } from './database.ts';
import { contentOf, type ShownVersion } from './inbox.ts';
import { unseal } from './seal.ts';

/** What a person reads of one declaration besides what every list says. */
export interface ShownDetails {
  /** Against the newest earlier version that was shown to them; null: none was. */
  changes: { since: number; items: Change[] } | null;
  /** What they wrote with their answer. */
  note: string | null;
  /** When they said that their confirmation was not theirs. */
  reportedAt: Date | null;
  /** What Customs found of the latest case about it; null while it looks, and where there is none. */
  caseResolution: { resolution: FraudResolution; resolvedAt: Date } | null;
}

interface DetailsRow {
  consent: Buffer | null;
  since: number | null;
  earlier: Buffer | null;
  reportedAt: Date | null;
  resolution: FraudResolution | null;
  resolvedAt: Date | null;
}

export async function readDetails(
  { pool, keys }: Database,
  subjectId: string,
  { declarationId, version, content, answer }: ShownVersion,
): Promise<ShownDetails> {
  const [{ rows }, key] = await Promise.all([
    pool.query<DetailsRow>({
      name: 'shown-details',
      text: `SELECT c.sealed AS consent, e.version AS since, e.sealed AS earlier, f."reportedAt",
               f.resolution, f."resolvedAt"
             FROM (SELECT) one
             LEFT JOIN consents c ON c.consent_id = $4 AND c.subject_id = $1
             LEFT JOIN LATERAL (SELECT version, sealed FROM declaration_versions
               WHERE declaration_id = $2 AND version < $3 AND shown_to = $1 ORDER BY version DESC LIMIT 1) e ON true
             LEFT JOIN LATERAL (SELECT resolution, resolved_at AS "resolvedAt",
                 CASE kind WHEN 'reported' THEN opened_at END AS "reportedAt"
               FROM fraud_cases WHERE declaration_id = $2 AND subject_id = $1 ORDER BY opened_at DESC LIMIT 1) f ON true`,
      values: [subjectId, declarationId, version, answer?.consentId ?? null],
    }),
    keys.get(declarationId),
  ]);
  if (!rows[0] || !key) return { changes: null, note: null, reportedAt: null, caseResolution: null };
  const { consent, since, earlier, reportedAt, resolution, resolvedAt } = rows[0];
  return {
    changes:
      since && earlier
        ? { since, items: changes(contentOf(key, declarationId, since, earlier), content) }
        : null,
    note: consent && answer ? noteIn(key, answer.consentId, consent) : null,
    reportedAt,
    caseResolution: resolution && resolvedAt && { resolution, resolvedAt },
  };
}

const noteIn = (key: Buffer, consentId: string, sealed: Buffer): string | null =>
  (unseal(key, `consents/${consentId}/sealed`, sealed) as ConsentEvidence).note ?? null;
