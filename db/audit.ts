/** Rows as an audit reads them: page by page in the order of their ids, each page one statement, so one moment. */
import type { Queryable } from './pool.ts';
import type { FieldAddress } from './seal.ts';

const PAGE = 500;

/** Pages until one is empty; `after` is the last row of the page before, null at first. */
async function* paged<Row>(read: (after: Row | null) => Promise<Row[]>): AsyncGenerator<Row[]> {
  for (let page = await read(null); page.length > 0; page = await read(page.at(-1) ?? null)) yield page;
}

const FIRST = '00000000-0000-0000-0000-000000000000';

/** An outcome with everything that its receipt and its leaf are compared with. */
export interface AuditedOutcome {
  outcomeId: string;
  declarationId: string;
  version: number;
  outcome: string;
  source: string;
  reason: string | null;
  decidedAt: Date;
  consentId: string | null;
  /** Null: the consent that it names is not there. */
  consentDecision: string | null;
  sealedReport: Buffer | null;
  receiptHash: Buffer | null;
  /** Null: the version is not there. */
  digest: string | null;
  brokerBoxNumber: string | null;
  /** A later version took its place. */
  superseded: boolean;
  /** An operator took over what Customs holds. */
  acceptedFromCustoms: boolean;
  queued: boolean;
  refused: string | null;
  leafIndex: number | null;
  entry: Buffer | null;
  sealedSalt: Buffer | null;
  purged: boolean;
}

export const auditedOutcomes = (db: Queryable): AsyncGenerator<AuditedOutcome[]> =>
  paged(async (after) => {
    const { rows } = await db.query<AuditedOutcome>({
      name: 'audit-outcomes',
      text: `SELECT o.outcome_id AS "outcomeId", o.declaration_id AS "declarationId", o.version, o.outcome, o.source, o.reason,
               o.decided_at AS "decidedAt", o.consent_id AS "consentId", c.decision AS "consentDecision",
               o.sealed_report AS "sealedReport", o.receipt_hash AS "receiptHash", v.digest,
               b.box_number AS "brokerBoxNumber",
               later.version IS NOT NULL AS superseded, r.outcome IS NOT NULL AS "acceptedFromCustoms",
               q.outcome_id IS NOT NULL AS queued, q.refused,
               l.leaf_index AS "leafIndex", l.entry, l.sealed_salt AS "sealedSalt", d.purge_started_at IS NOT NULL AS purged
             FROM version_outcomes o
             LEFT JOIN declaration_versions v USING (declaration_id, version)
             LEFT JOIN declarations d USING (declaration_id)
             LEFT JOIN brokers b USING (broker_id)
             LEFT JOIN consents c ON c.consent_id = o.consent_id
             LEFT JOIN log_queue q ON q.outcome_id = o.outcome_id
             LEFT JOIN log_leaves l ON l.outcome_id = o.outcome_id
             LEFT JOIN LATERAL (SELECT version FROM declaration_versions
               WHERE declaration_id = o.declaration_id AND version > o.version LIMIT 1) later ON true
             LEFT JOIN LATERAL (SELECT outcome FROM resolutions
               WHERE o.source = 'customs' AND declaration_id = o.declaration_id AND outcome = o.outcome
                 AND action = 'accept-customs' AND verdict = 'accepted' LIMIT 1) r ON true
             WHERE o.outcome_id > $1 ORDER BY o.outcome_id LIMIT ${PAGE}`,
      values: [after?.outcomeId ?? FIRST],
    });
    return rows;
  });

export interface OrphanLeaf {
  leafIndex: number;
  outcomeId: string;
  orphan: boolean;
}

/** Leaves, told whether the outcome that they are about is gone. */
export const leavesWithOutcomes = (db: Queryable): AsyncGenerator<OrphanLeaf[]> =>
  paged(async (after) => {
    const { rows } = await db.query<OrphanLeaf>({
      name: 'audit-leaves',
      text: `SELECT l.leaf_index AS "leafIndex", l.outcome_id AS "outcomeId", o.outcome_id IS NULL AS orphan
             FROM log_leaves l LEFT JOIN version_outcomes o USING (outcome_id)
             WHERE l.leaf_index > $1 ORDER BY l.leaf_index LIMIT ${PAGE}`,
      values: [after?.leafIndex ?? -1],
    });
    return rows;
  });

/** A canonical text, and the digest that it must have. */
export interface AuditedContent {
  declarationId: string;
  version: number;
  digest: string;
  /** Null once it was purged. */
  sealed: Buffer | null;
  purged: boolean;
}

/** Versions as brokers wrote them, or contexts as Customs sent them. */
export const auditedContents = (
  db: Queryable,
  table: 'declaration_versions' | 'contexts',
): AsyncGenerator<AuditedContent[]> =>
  paged(async (after) => {
    const { rows } = await db.query<AuditedContent>({
      name: `audit-${table}`,
      text: `SELECT t.declaration_id AS "declarationId", t.version, t.digest, t.sealed, d.purge_started_at IS NOT NULL AS purged
             FROM ${table} t LEFT JOIN declarations d USING (declaration_id)
             WHERE (t.declaration_id, t.version) > ($1::uuid, $2::integer)
             ORDER BY t.declaration_id, t.version LIMIT ${PAGE}`,
      values: [after?.declarationId ?? FIRST, after?.version ?? 0],
    });
    return rows;
  });

export const contentAddress = (
  table: 'declaration_versions' | 'contexts',
  { declarationId, version }: Pick<AuditedContent, 'declarationId' | 'version'>,
): FieldAddress => `${table}/${declarationId}.${version}/sealed`;

export interface AuditedConsent {
  consentId: string;
  declarationId: string;
  version: number;
  digest: string;
  subjectId: string;
  decision: string;
  reason: string | null;
  lines: number[] | null;
  assertionHash: Buffer;
  verdict: string;
  /** Null once it was purged. */
  sealed: Buffer | null;
  purged: boolean;
  /** The outcome that stands for its version was settled from it. */
  hasOutcome: boolean;
}

export const auditedConsents = (db: Queryable): AsyncGenerator<AuditedConsent[]> =>
  paged(async (after) => {
    const { rows } = await db.query<AuditedConsent>({
      name: 'audit-consents',
      text: `SELECT c.consent_id AS "consentId", c.declaration_id AS "declarationId", c.version, c.digest,
               c.subject_id AS "subjectId", c.decision, c.reason, c.lines, c.assertion_hash AS "assertionHash", c.verdict,
               c.sealed, d.purge_started_at IS NOT NULL AS purged,
               o.consent_id IS NOT DISTINCT FROM c.consent_id AS "hasOutcome"
             FROM consents c
             LEFT JOIN declarations d USING (declaration_id)
             LEFT JOIN version_outcomes o ON o.declaration_id = c.declaration_id AND o.version = c.version
               AND o.set_aside_at IS NULL
             WHERE c.consent_id > $1 ORDER BY c.consent_id LIMIT ${PAGE}`,
      values: [after?.consentId ?? FIRST],
    });
    return rows;
  });

/** Where a declaration's row stands, beside what its version says. */
export interface AuditedStatus {
  declarationId: string;
  status: string;
  digest: string;
  /** Null: the version in force is not there. */
  versionDigest: string | null;
  /** The outcome that stands for the version in force. */
  outcome: string | null;
  purgeStartedAt: Date | null;
  /** The later of its end and its last outcome; null: neither is there. */
  endedAt: Date | null;
}

export const auditedStatuses = (db: Queryable): AsyncGenerator<AuditedStatus[]> =>
  paged(async (after) => {
    const { rows } = await db.query<AuditedStatus>({
      name: 'audit-statuses',
      text: `SELECT d.declaration_id AS "declarationId", d.status, d.digest, v.digest AS "versionDigest", o.outcome,
               d.purge_started_at AS "purgeStartedAt",
               greatest(d.ended_at, (SELECT max(decided_at) FROM version_outcomes e WHERE e.declaration_id = d.declaration_id)) AS "endedAt"
             FROM declarations d
             LEFT JOIN declaration_versions v USING (declaration_id, version)
             LEFT JOIN version_outcomes o ON o.declaration_id = d.declaration_id AND o.version = d.version
               AND o.set_aside_at IS NULL
             WHERE d.declaration_id > $1 ORDER BY d.declaration_id LIMIT ${PAGE}`,
      values: [after?.declarationId ?? FIRST],
    });
    return rows;
  });
