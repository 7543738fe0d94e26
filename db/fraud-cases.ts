/** "That was not me", said instead of an answer or after a confirmation. */
import { v7 as uuidv7 } from 'uuid';
import { ConsentryError } from '../domain/error-code.ts';
import type { FraudCaseKind, FraudResolution } from '../domain/fraud-case.ts';
import { poaReference } from '../domain/ids.ts';
import type { Decision } from '../domain/outcome.ts';
import { refusalOf } from './consents.ts';
import { insertCustomsNotice } from './customs-notices.ts';
import type { Database } from './database.ts';
import { type Queryable, transaction } from './pool.ts';
import { seal } from './seal.ts';

export interface NewFraudCase {
  /** Fresh; another one stays when this declaration has a case of this kind already. */
  caseId: string;
  declarationId: string;
  declarationNumber: string | null;
  version: number;
  kind: FraudCaseKind;
  subjectId: string;
  /** The person's words, under the declaration's key. */
  sealedNote: Buffer | null;
}

export interface FraudCase {
  caseId: string;
  openedAt: Date;
  /** Of the notice to Customs that tells of it; null: it was open before. */
  noticeId: string | null;
}

export const newCaseId = (): string => uuidv7();

/**
 * Opens the one case that a declaration can have of this kind, with the notice of it to Customs and the event that tells its
 * broker, or finds it. In the caller's transaction; the notice is started after the commit, or by the reconciliation.
 */
export async function openFraudCase(client: Queryable, opened: NewFraudCase): Promise<FraudCase> {
  const { caseId, declarationId, declarationNumber, version, kind } = opened;
  const { rows } = await client.query<{ openedAt: Date }>(
    `WITH opened AS (
       INSERT INTO fraud_cases (case_id, declaration_id, version, kind, subject_id, sealed_note)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (declaration_id, kind) DO NOTHING RETURNING *),
     told AS (
       INSERT INTO events (declaration_id, type, version, data)
       SELECT declaration_id, 'declaration.fraud-case-opened', version, jsonb_build_object('caseId', case_id, 'kind', kind)
       FROM opened)
     SELECT opened_at AS "openedAt" FROM opened`,
    [caseId, declarationId, version, kind, opened.subjectId, opened.sealedNote],
  );
  if (!rows[0]) return knownCase(client, declarationId, kind);
  const { openedAt } = rows[0];
  const reference = poaReference(declarationId, declarationNumber);
  const noticeId = await insertCustomsNotice(client, {
    kind: 'fraud-case',
    about: caseId,
    body: { declarationId, reference, version, openedAt: openedAt.toISOString(), kind },
  });
  return { caseId, openedAt, noticeId };
}

/** By a statement of its own: it sees what was committed while the conflict was waited for. */
async function knownCase(client: Queryable, declarationId: string, kind: FraudCaseKind): Promise<FraudCase> {
  const { rows } = await client.query<Omit<FraudCase, 'noticeId'>>(
    `SELECT case_id AS "caseId", opened_at AS "openedAt" FROM fraud_cases WHERE declaration_id = $1 AND kind = $2`,
    [declarationId, kind],
  );
  if (!rows[0]) throw new Error('a fraud case that is there cannot be found');
  return { ...rows[0], noticeId: null };
}

/**
 * "That was not me", after a confirmation of this person's that counts, or waits to be judged: whoever gave it, it is not
 * rewritten. Throws `not-found` for what was never theirs to answer or has no answer, `already-decided` for another answer.
 */
export async function reportConfirmation(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  subjectId: string,
  declarationId: string,
  note: string | null,
): Promise<FraudCase> {
  const key = await keys.get(declarationId);
  if (!key) throw refusalOf('not-found');
  return transaction(pool, async (client) => {
    const answered = await latestAnswer(client, subjectId, declarationId);
    if (!answered) throw refusalOf('not-found');
    const { decision, version, declarationNumber } = answered;
    if (decision !== 'confirmed')
      throw new ConsentryError('already-decided', 'You did not confirm this one.');
    const caseId = newCaseId();
    return openFraudCase(client, {
      caseId,
      declarationId,
      declarationNumber,
      version,
      kind: 'reported',
      subjectId,
      sealedNote: note === null ? null : seal(key, `fraud_cases/${caseId}/sealed_note`, { note }),
    });
  });
}

/** Locks the declaration against a purge of it; what is purged has none. */
async function latestAnswer(
  client: Queryable,
  subjectId: string,
  declarationId: string,
): Promise<{ decision: Decision; version: number; declarationNumber: string | null } | null> {
  const { rows } = await client.query<{
    decision: Decision;
    version: number;
    declarationNumber: string | null;
  }>(
    `SELECT c.decision, c.version, d.declaration_number AS "declarationNumber"
     FROM consents c JOIN declarations d USING (declaration_id)
     WHERE c.declaration_id = $1 AND c.subject_id = $2 AND c.verdict IN ('pending', 'accepted')
       AND d.purge_started_at IS NULL
     ORDER BY c.version DESC LIMIT 1 FOR SHARE OF d`,
    [declarationId, subjectId],
  );
  return rows[0] ?? null;
}

export interface ListedFraudCase {
  case: string;
  kind: string;
  declaration: string;
  version: number;
  broker: string;
  opened: Date;
  /** What became of telling Customs. */
  customs: string;
  resolved: Date | null;
  resolution: FraudResolution | null;
}

/** For operators, oldest first; no personal data. `all`: resolved ones, too. */
export async function listFraudCases(db: Queryable, all: boolean): Promise<ListedFraudCase[]> {
  const { rows } = await db.query<ListedFraudCase>(
    `SELECT f.case_id AS "case", f.kind, f.declaration_id AS declaration, f.version, b.box_number AS broker,
       f.opened_at AS opened, f.resolved_at AS resolved, f.resolution, CASE WHEN n.acknowledged_at IS NOT NULL THEN 'has it'
         WHEN n.refused_code IS NOT NULL THEN 'refused: ' || n.refused_code ELSE 'not told yet' END AS customs
     FROM fraud_cases f JOIN declarations d USING (declaration_id) JOIN brokers b USING (broker_id)
     LEFT JOIN customs_notices n ON n.kind = 'fraud-case' AND n.about = f.case_id
     WHERE $1 OR f.resolved_at IS NULL ORDER BY f.opened_at`,
    [all],
  );
  return rows;
}
