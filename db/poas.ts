/** What became of declarations: outcomes that stand, with their receipts. */
import type { ReportedOutcome } from '../domain/outcome.ts';
import type { Database } from './database.ts';
import { unseal } from './seal.ts';

/** The POA as Customs acknowledged it. */
export interface AcknowledgedPoa {
  outcome: ReportedOutcome;
  version: number;
  decidedAt: Date;
  acknowledgementNumber: string;
  acknowledgedAt: Date;
  /** Absent for an outcome that Customs held of its own, and once it was purged. */
  receipt: string | null;
  purgedAt: Date | null;
}

/** Whose a POA is: the broker's who declared, or the person's whom that version was shown to. */
export type PoaOwner = { brokerId: string } | { subjectId: string };

/** The latest outcome that Customs acknowledged; null before one, and for what is not the owner's. */
export async function readPoa(
  { pool, keys }: Database,
  owner: PoaOwner,
  declarationId: string,
): Promise<AcknowledgedPoa | null> {
  const ofBroker = 'brokerId' in owner;
  const { rows } = await pool.query<
    Omit<AcknowledgedPoa, 'receipt'> & { outcomeId: string; sealed: Buffer | null }
  >({
    name: ofBroker ? 'poa-of-broker' : 'poa-of-person',
    text: `SELECT o.outcome_id AS "outcomeId", o.outcome, o.version, o.decided_at AS "decidedAt",
             o.acknowledgement_number AS "acknowledgementNumber", o.acknowledged_at AS "acknowledgedAt",
             o.sealed_report AS sealed, d.purge_started_at AS "purgedAt"
           FROM declarations d JOIN version_outcomes o USING (declaration_id)
           JOIN declaration_versions v ON v.declaration_id = o.declaration_id AND v.version = o.version
           WHERE d.declaration_id = $1 AND ${ofBroker ? 'd.broker_id' : 'v.shown_to'} = $2
             AND o.set_aside_at IS NULL AND o.acknowledged_at IS NOT NULL
           ORDER BY o.version DESC LIMIT 1`,
    values: [declarationId, ofBroker ? owner.brokerId : owner.subjectId],
  });
  if (!rows[0]) return null;
  const { outcomeId, sealed, ...poa } = rows[0];
  const key = sealed && (await keys.get(declarationId));
  return { ...poa, receipt: key && receiptIn(key, outcomeId, sealed) };
}

/** The receipt within the report that Customs got. */
export function receiptIn(key: Buffer, outcomeId: string, sealedReport: Buffer): string {
  const at = `version_outcomes/${outcomeId}/sealed_report` as const;
  const { body } = unseal(key, at, sealedReport) as { body: string };
  return (JSON.parse(body) as { receipt: string }).receipt;
}
