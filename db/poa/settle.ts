import type { PoolClient } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { Decision, ReportedOutcome, VersionOutcome } from '../../domain/outcome.ts';
import type { Delivery } from '../../domain/receipt.ts';
import type { SimCheck } from '../../domain/sim-check.ts';
import type { ReceiptFacts } from '../consents.ts';
import { newCaseId, openFraudCase } from '../fraud-cases.ts';
import { hashSecret, seal, unseal } from '../seal.ts';
import { enter, type ProcessRow } from './process-row.ts';
import { type Checked, UncheckedConsent, voidCodeOf, voidConsent } from './sim-check.ts';

/** How a version ended, as kept. */
export interface OutcomeRow {
  outcomeId: string;
  outcome: VersionOutcome;
  consentId: string | null;
  source: 'consentry' | 'customs';
  reason: string | null;
  decidedAt: Date;
  sealedReport: Buffer | null;
  acknowledgedAt: Date | null;
}

/** The consent behind an outcome, as the receipt tells it. */
export interface ConsentFacts {
  consentId: string;
  decision: Decision;
  digest: string;
  subjectId: string;
  reason: string | null;
  lines: number[] | null;
  assertionHash: Buffer;
  createdAt: Date;
  /** Of the identity as it stands now. */
  verification: Record<string, unknown> | null;
  /** What the operator said of the SIM before a confirmation was settled. */
  simCheck: SimCheck | null;
  /** Null for an answer that was kept before receipts told these. */
  receiptFacts: ReceiptFacts | null;
}

/** What the report of an outcome is made from; `writeReport` turns it into the exact bytes for Customs. */
export interface ReportFacts {
  outcomeId: string;
  declarationId: string;
  version: number;
  digest: string;
  brokerBoxNumber: string;
  order: string;
  waybillElsewhere: boolean;
  outcome: ReportedOutcome;
  reason: string | null;
  decidedAt: Date;
  /** Whom the version was shown to. */
  subjectId: string | null;
  delivery: Delivery;
  /** Hex SHA-256 of the receipt of the latest earlier version that has one. */
  previousReceipt: string | null;
  consent: ConsentFacts | null;
}
/** The report's exact bytes, and the receipt in it. */
export type WriteReport = (facts: ReportFacts) => Promise<{ body: string; receipt: string }>;

/** What settling needs besides the rows. */
export interface Settling {
  writeReport: WriteReport;
  /** What the operator said of the SIM behind the confirmation that is pending, when it was asked. */
  checked: Checked | null;
}

export type Settlement =
  /** The version's one outcome: the one asked for, an earlier one, or that of a consent kept before. */
  | { kind: 'settled'; row: OutcomeRow }
  /** The deadline has not passed by the database's clock. */
  | { kind: 'not-due' }
  /** Asked to settle as consented, with a confirmation that the operator's word made void; it was kept so long ago, ms. */
  | { kind: 'void'; consentId: string; keptForMs: number };

export interface SettleRequest {
  outcome: Exclude<VersionOutcome, Decision> | 'as-consented';
  reason?: string;
}

/**
 * Decides the version in force, once. An outcome that stands is returned as it is. A live consent outweighs whatever was
 * asked for: it was committed before, by the deadline, under the lock of the same version row; so deadline, amendment and
 * cancellation all lose to it, whoever of them is judged first. Else the outcome asked for is inserted.
 * With `as-consented` and no live consent nothing is decided (null).
 *
 * A confirmation counts with a passed SIM check alone: without any, `UncheckedConsent` is thrown and nothing has happened;
 * with one that did not pass it is made void here, and all goes on as without it.
 */
export async function settle(
  client: PoolClient,
  key: Buffer,
  row: ProcessRow,
  request: SettleRequest,
  { writeReport, checked }: Settling,
): Promise<Settlement | null> {
  const version = await lockVersion(client, row);
  const { standing, consent, ...told } = await readVerdicts(client, row);
  if (standing) return { kind: 'settled', row: standing };
  const live = consent?.digest === version.digest ? consent : null;
  const counts = live && (await whatCounts(client, live, checked));
  if (counts) {
    const { decision, reason } = counts;
    return {
      kind: 'settled',
      row: await insertOutcome(
        client,
        key,
        row,
        { ...told, outcome: decision, reason, consent: counts },
        writeReport,
      ),
    };
  }
  if (request.outcome === 'as-consented') {
    if (!live) return null;
    return { kind: 'void', consentId: live.consentId, keptForMs: Date.now() - live.createdAt.getTime() };
  }
  const byDeadline = request.outcome === 'expired' || request.outcome === 'unregistered';
  if (byDeadline && !version.due) return { kind: 'not-due' };
  const { outcome, reason = null } = request;
  return {
    kind: 'settled',
    row: await insertOutcome(client, key, row, { ...told, outcome, reason, consent: null }, writeReport),
  };
}

async function lockVersion(client: PoolClient, row: ProcessRow): Promise<{ digest: string; due: boolean }> {
  const { rows } = await client.query<{ digest: string; due: boolean }>({
    name: 'settle-lock',
    text: `SELECT digest, clock_timestamp() > respond_by AS due FROM declaration_versions
           WHERE declaration_id = $1 AND version = $2 FOR UPDATE`,
    values: [row.declarationId, row.version],
  });
  if (!rows[0]) throw new Error(`no version ${row.version} of ${row.declarationId}`);
  return rows[0];
}

/** Read after the lock, by a statement of its own: it sees what was committed while the lock was waited for. */
async function readVerdicts(client: PoolClient, row: ProcessRow) {
  const { rows } = await client.query<VerdictsRow>({
    name: 'settle-read',
    text: `SELECT v.shown_to AS "shownTo", v.shown_at AS "shownAt",
        (SELECT to_jsonb(o) FROM version_outcomes o
          WHERE o.declaration_id = $1 AND o.version = $2 AND o.set_aside_at IS NULL) AS standing,
        (SELECT to_jsonb(c) - 'sealed' || jsonb_build_object('verification', i.verification)
          FROM consents c JOIN identities i USING (subject_id)
          WHERE c.declaration_id = $1 AND c.version = $2 AND c.verdict = 'pending') AS consent,
        (SELECT jsonb_agg(jsonb_build_object('kind', n.kind, 'sentAt', n.sent_at, 'displayedAt', n.displayed_at)
             ORDER BY n.created_at)
          FROM notifications n WHERE n.declaration_id = $1 AND n.version = $2) AS notifications,
        (SELECT encode(e.receipt_hash, 'hex') FROM version_outcomes e
          WHERE e.declaration_id = $1 AND e.version < $2 AND e.set_aside_at IS NULL AND e.receipt_hash IS NOT NULL
          ORDER BY e.version DESC LIMIT 1) AS "previousReceipt"
      FROM declaration_versions v WHERE v.declaration_id = $1 AND v.version = $2`,
    values: [row.declarationId, row.version],
  });
  if (!rows[0]) throw new Error(`no version ${row.version} of ${row.declarationId}`);
  const { standing, consent, shownTo, previousReceipt } = rows[0];
  return {
    standing: standing && outcomeOf(standing),
    consent: consent && consentOf(consent),
    subjectId: shownTo,
    delivery: deliveryOf(rows[0]),
    previousReceipt,
  };
}

interface VerdictsRow {
  shownTo: string | null;
  shownAt: Date | null;
  standing: OutcomeJson | null;
  consent: ConsentJson | null;
  notifications: Delivery['notifications'] | null;
  previousReceipt: string | null;
}

/** Times as everywhere, not as Postgres writes them into JSON. */
const deliveryOf = ({ shownAt, notifications }: VerdictsRow): Delivery => ({
  shownAt: shownAt?.toISOString() ?? null,
  notifications: (notifications ?? []).map(({ kind, sentAt, displayedAt }) => ({
    kind,
    sentAt: sentAt && new Date(sentAt).toISOString(),
    displayedAt: displayedAt && new Date(displayedAt).toISOString(),
  })),
});

/** What an outcome is made from, but for what the process's row says. */
type Told = Pick<ReportFacts, 'subjectId' | 'delivery' | 'previousReceipt' | 'reason' | 'consent'> & {
  outcome: VersionOutcome;
};

/**
 * The consent with its SIM check; null: it was made void. What the operator said of an earlier verification than the
 * present one says nothing.
 */
async function whatCounts(
  client: PoolClient,
  consent: ConsentFacts,
  checked: Checked | null,
): Promise<ConsentFacts | null> {
  if (consent.decision !== 'confirmed') return consent;
  const { consentId, subjectId, verification } = consent;
  if (checked?.consentId !== consentId || checked.verifiedAt !== verification?.verifiedAt)
    throw new UncheckedConsent(consentId);
  const code = voidCodeOf(checked);
  if (code) await voidConsent(client, subjectId, checked, code);
  return code ? null : { ...consent, simCheck: checked.check };
}

async function insertOutcome(
  client: PoolClient,
  key: Buffer,
  row: ProcessRow,
  { outcome, ...told }: Told,
  writeReport: WriteReport,
): Promise<OutcomeRow> {
  const { reason, consent } = told;
  const outcomeId = uuidv7();
  const decidedAt = consent?.createdAt ?? new Date();
  // Superseded is no answer to anybody: nothing is reported, and nothing sealed.
  const report =
    outcome === 'superseded'
      ? null
      : await writeReport({ ...factsOf(row), ...told, outcomeId, outcome, decidedAt });
  const sealedReport =
    report && seal(key, `version_outcomes/${outcomeId}/sealed_report`, { body: report.body });
  await client.query({
    name: 'settle-insert',
    text: `WITH judged AS (
             UPDATE consents SET verdict = 'accepted', judged_at = clock_timestamp(), sim_check = $10
             WHERE consent_id = $5::uuid)
           INSERT INTO version_outcomes
             (outcome_id, declaration_id, version, outcome, consent_id, reason, decided_at, sealed_report, receipt_hash)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    values: [
      outcomeId,
      row.declarationId,
      row.version,
      outcome,
      consent?.consentId ?? null,
      reason,
      decidedAt,
      sealedReport,
      report && hashSecret(report.receipt),
      consent?.simCheck,
    ],
  });
  if (outcome === 'repudiated' && consent) {
    const { declarationId, declarationNumber, version } = row;
    const about = { declarationId, declarationNumber, version, subjectId: consent.subjectId };
    // What they wrote is in the consent; Customs is told by the reconciliation, besides by the report of the outcome.
    await openFraudCase(client, { ...about, caseId: newCaseId(), kind: outcome, sealedNote: null });
  }
  if (outcome !== 'superseded') enter(row, 'reporting');
  return {
    outcomeId,
    outcome,
    consentId: consent?.consentId ?? null,
    source: 'consentry',
    reason,
    decidedAt,
    sealedReport,
    acknowledgedAt: null,
  };
}

const factsOf = (row: ProcessRow) => ({
  declarationId: row.declarationId,
  version: row.version,
  digest: row.digest,
  brokerBoxNumber: row.brokerBoxNumber,
  order: row.order,
  waybillElsewhere: row.waybillElsewhere,
});

/** The outcome that stands for the version in force, or null. */
export async function standingOutcome(client: PoolClient, row: ProcessRow): Promise<OutcomeRow | null> {
  const { rows } = await client.query<{ standing: OutcomeJson }>({
    name: 'settle-standing',
    text: `SELECT to_jsonb(o) AS standing FROM version_outcomes o
           WHERE declaration_id = $1 AND version = $2 AND set_aside_at IS NULL`,
    values: [row.declarationId, row.version],
  });
  return rows[0] ? outcomeOf(rows[0].standing) : null;
}

/** The report's exact bytes, as every attempt sends them. */
export function reportBody(key: Buffer, outcome: OutcomeRow): string {
  if (!outcome.sealedReport) throw new Error(`outcome ${outcome.outcomeId} has no report`);
  const { body } = unseal(
    key,
    `version_outcomes/${outcome.outcomeId}/sealed_report`,
    outcome.sealedReport,
  ) as {
    body: string;
  };
  return body;
}

/** Customs has it: the only thing that ever changes in an outcome that stands. */
export async function acknowledge(
  client: PoolClient,
  outcomeId: string,
  acknowledgementNumber: string,
): Promise<void> {
  await client.query({
    name: 'settle-acknowledge',
    text: `UPDATE version_outcomes SET acknowledged_at = clock_timestamp(), acknowledgement_number = $2
           WHERE outcome_id = $1 AND acknowledged_at IS NULL AND set_aside_at IS NULL`,
    values: [outcomeId, acknowledgementNumber],
  });
}

/** Takes back an outcome that Customs has not acknowledged; its consent becomes void unless it still stands. */
export async function setAside(
  client: PoolClient,
  outcome: OutcomeRow,
  by: { who: string; why: string; keepConsent?: boolean },
): Promise<void> {
  await client.query(
    `UPDATE version_outcomes SET set_aside_at = clock_timestamp(), set_aside_by = $2, set_aside_reason = $3
     WHERE outcome_id = $1 AND acknowledged_at IS NULL AND set_aside_at IS NULL`,
    [outcome.outcomeId, by.who, by.why],
  );
  if (outcome.consentId && !by.keepConsent) {
    await client.query(
      `UPDATE consents SET verdict = 'void', code = 'set-aside', judged_at = clock_timestamp() WHERE consent_id = $1`,
      [outcome.consentId],
    );
  }
}

/** Inserts the outcome that Customs holds, in place of ours: not reported again. */
export async function insertCustomsOutcome(
  client: PoolClient,
  row: ProcessRow,
  held: { outcome: ReportedOutcome; acknowledgementNumber: string; consentId: string | null },
): Promise<void> {
  await client.query(
    `INSERT INTO version_outcomes (outcome_id, declaration_id, version, outcome, consent_id, source, decided_at,
       acknowledgement_number, acknowledged_at)
     VALUES ($1, $2, $3, $4, $5, 'customs', clock_timestamp(), $6, clock_timestamp())`,
    [uuidv7(), row.declarationId, row.version, held.outcome, held.consentId, held.acknowledgementNumber],
  );
}

interface OutcomeJson {
  outcome_id: string;
  outcome: VersionOutcome;
  consent_id: string | null;
  source: 'consentry' | 'customs';
  reason: string | null;
  decided_at: string;
  sealed_report: string | null;
  acknowledged_at: string | null;
}

const outcomeOf = (json: OutcomeJson): OutcomeRow => ({
  outcomeId: json.outcome_id,
  outcome: json.outcome,
  consentId: json.consent_id,
  source: json.source,
  reason: json.reason,
  decidedAt: new Date(json.decided_at),
  sealedReport: json.sealed_report === null ? null : bytea(json.sealed_report),
  acknowledgedAt: json.acknowledged_at === null ? null : new Date(json.acknowledged_at),
});

interface ConsentJson {
  consent_id: string;
  decision: Decision;
  digest: string;
  subject_id: string;
  reason: string | null;
  lines: number[] | null;
  assertion_hash: string;
  created_at: string;
  verification: Record<string, unknown> | null;
  receipt_facts: ReceiptFacts | null;
}

const consentOf = (json: ConsentJson): ConsentFacts => ({
  consentId: json.consent_id,
  decision: json.decision,
  digest: json.digest,
  subjectId: json.subject_id,
  reason: json.reason,
  lines: json.lines,
  assertionHash: bytea(json.assertion_hash),
  createdAt: new Date(json.created_at),
  verification: json.verification,
  simCheck: null,
  receiptFacts: json.receipt_facts,
});

/** Postgres writes bytea into JSON as `\x…`. */
const bytea = (text: string): Buffer => Buffer.from(text.slice(2), 'hex');
