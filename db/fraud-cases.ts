/** "That was not me", said instead of an answer or after a confirmation. */
import { v7 as uuidv7 } from 'uuid';
import type { Queryable } from './pool.ts';

export interface NewFraudCase {
  /** Fresh; another one stays when this declaration has a case of this kind already. */
  caseId: string;
  declarationId: string;
  version: number;
  /** `repudiated`: the answer was "not mine". `reported`: said after a confirmation. */
  kind: 'repudiated' | 'reported';
  subjectId: string;
  /** The person's words, under the declaration's key. */
  sealedNote: Buffer | null;
}

export interface FraudCase {
  caseId: string;
  openedAt: Date;
  /** Opened by this very call. */
  fresh: boolean;
}

export const newCaseId = (): string => uuidv7();

/** Opens the one case that a declaration can have of this kind, or finds it. */
export async function openFraudCase(client: Queryable, opened: NewFraudCase): Promise<FraudCase> {
  const { rows } = await client.query<{ openedAt: Date }>(
    `INSERT INTO fraud_cases (case_id, declaration_id, version, kind, subject_id, sealed_note)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (declaration_id, kind) DO NOTHING RETURNING opened_at AS "openedAt"`,
    [opened.caseId, opened.declarationId, opened.version, opened.kind, opened.subjectId, opened.sealedNote],
  );
  if (rows[0]) return { caseId: opened.caseId, ...rows[0], fresh: true };
  // By a statement of its own: it sees what was committed while the conflict was waited for.
  const known = await client.query<Omit<FraudCase, 'fresh'>>(
    `SELECT case_id AS "caseId", opened_at AS "openedAt" FROM fraud_cases WHERE declaration_id = $1 AND kind = $2`,
    [opened.declarationId, opened.kind],
  );
  if (!known.rows[0]) throw new Error('a fraud case that is there cannot be found');
  return { ...known.rows[0], fresh: false };
}
