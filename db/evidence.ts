/** Everything that is kept of one decided version, opened: what an evidence pack is made from. */
import type { NoticeText } from '../domain/challenge.ts';
import { poaReference } from '../domain/ids.ts';
import type { ReportedOutcome } from '../domain/outcome.ts';
import type { PackDelivery, PackHistory } from '../domain/pack.ts';
import type { ConsentEvidence } from './consents.ts';
import type { Database } from './database.ts';
import { openReceipt, openSalt } from './log/queue.ts';
import type { Queryable } from './pool.ts';
import { unseal } from './seal.ts';

export interface Evidence {
  declarationId: string;
  version: number;
  outcome: ReportedOutcome;
  reference: string;
  broker: { name: string; boxNumber: string };
  acknowledgementNumber: string;
  acknowledgedAt: Date;
  source: 'consentry' | 'customs';
  /** Compact JWS. */
  receipt: string;
  /** The exact canonical text. */
  declaration: string;
  answer: (ConsentEvidence & { notice: NoticeText }) | null;
  messages: PackDelivery['messages'];
  history: PackHistory;
  /** Null: the receipt waits for its place in the log. */
  leaf: { leafIndex: number; entry: Buffer; salt: Buffer } | null;
}

/** Which decided version: the latest, or one of those that Customs acknowledged. `brokerId`: only of this broker. */
export interface EvidenceQuery {
  declarationId: string;
  brokerId?: string;
  version?: number;
}

interface EvidenceRow
  extends Pick<
    Evidence,
    'declarationId' | 'version' | 'outcome' | 'acknowledgementNumber' | 'acknowledgedAt' | 'source'
  > {
  declarationNumber: string | null;
  brokerName: string;
  boxNumber: string;
  /** Null as soon as a purge began, as all that is sealed. */
  sealedVersion: Buffer | null;
  consentId: string | null;
  sealedConsent: Buffer | null;
  /** The outcome that made the receipt. */
  outcomeId: string;
  sealedReport: Buffer;
  leafIndex: number | null;
  entry: Buffer | null;
  sealedSalt: Buffer | null;
  messages: PackDelivery['messages'] | null;
  versions: PackHistory['versions'];
  events: PackHistory['events'];
}

/**
 * Null before Customs acknowledged an outcome of ours, for what is not the broker's, and once the data key is gone. An outcome
 * that an operator took over from Customs has the receipt of the answer that stands with it; else it has none.
 */
export async function readEvidence(
  { pool, keys }: Database,
  { declarationId, brokerId, version }: EvidenceQuery,
): Promise<Evidence | null> {
  const { rows } = await pool.query<EvidenceRow>({
    name: 'evidence-read',
    text: EVIDENCE,
    values: [declarationId, brokerId ?? null, version ?? null],
  });
  const [row] = rows;
  const key = row && (await keys.get(declarationId));
  return row && key ? opened(key, row) : null;
}

/** Whether there was such a POA, of the broker where one is named, and it was purged. */
export async function wasPurged(
  db: Queryable,
  { declarationId, brokerId }: Omit<EvidenceQuery, 'version'>,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `SELECT 1 FROM declarations WHERE declaration_id = $1 AND ($2::uuid IS NULL OR broker_id = $2)
       AND purge_started_at IS NOT NULL`,
    [declarationId, brokerId ?? null],
  );
  return rowCount === 1;
}

const EVIDENCE = `SELECT d.declaration_id AS "declarationId", o.version, o.outcome, o.source,
    o.acknowledgement_number AS "acknowledgementNumber", o.acknowledged_at AS "acknowledgedAt",
    d.declaration_number AS "declarationNumber", b.name AS "brokerName", b.box_number AS "boxNumber",
    v.sealed AS "sealedVersion", c.consent_id AS "consentId", c.sealed AS "sealedConsent",
    made.outcome_id AS "outcomeId", made.sealed_report AS "sealedReport",
    l.leaf_index AS "leafIndex", l.entry, l.sealed_salt AS "sealedSalt",
    (SELECT jsonb_agg(jsonb_build_object('kind', n.kind, 'createdAt', n.created_at, 'sentAt', n.sent_at,
         'failedAt', n.failed_at, 'displayedAt', n.displayed_at) ORDER BY n.created_at)
      FROM notifications n WHERE n.declaration_id = o.declaration_id AND n.version = o.version) AS messages,
    (SELECT jsonb_agg(jsonb_build_object('version', w.version, 'digest', w.digest, 'createdAt', w.created_at,
         'respondBy', w.respond_by, 'shownAt', w.shown_at, 'outcome', p.outcome, 'decidedAt', p.decided_at,
         'receiptDigest', encode(p.receipt_hash, 'hex')) ORDER BY w.version)
      FROM declaration_versions w
      LEFT JOIN version_outcomes p ON p.declaration_id = w.declaration_id AND p.version = w.version
        AND p.set_aside_at IS NULL
      WHERE w.declaration_id = o.declaration_id AND w.state IN ('in-force', 'superseded')) AS versions,
    (SELECT jsonb_agg(jsonb_build_object('type', e.type, 'version', e.version, 'at', e.at) ORDER BY e.event_id)
      FROM events e WHERE e.declaration_id = o.declaration_id) AS events
  FROM declarations d
  JOIN brokers b USING (broker_id)
  JOIN version_outcomes o USING (declaration_id)
  JOIN declaration_versions v ON v.declaration_id = o.declaration_id AND v.version = o.version
  LEFT JOIN consents c ON c.consent_id = o.consent_id
  JOIN LATERAL (
    SELECT m.outcome_id, m.sealed_report FROM version_outcomes m
    WHERE m.declaration_id = o.declaration_id AND m.version = o.version AND m.sealed_report IS NOT NULL
      AND (m.outcome_id = o.outcome_id OR m.consent_id = o.consent_id)
    ORDER BY m.outcome_id DESC LIMIT 1) made ON true
  LEFT JOIN log_leaves l ON l.outcome_id = made.outcome_id
  WHERE d.declaration_id = $1 AND ($2::uuid IS NULL OR d.broker_id = $2) AND ($3::integer IS NULL OR o.version = $3)
    AND o.set_aside_at IS NULL AND o.acknowledged_at IS NOT NULL
  ORDER BY o.version DESC LIMIT 1`;

function opened(key: Buffer, row: EvidenceRow): Evidence | null {
  const { declarationId, version, outcomeId, consentId, sealedVersion, sealedConsent } = row;
  const receipt = openReceipt(key, outcomeId, row.sealedReport);
  if (receipt === null || !sealedVersion) return null;
  const { canonical } = unseal(
    key,
    `declaration_versions/${declarationId}.${version}/sealed`,
    sealedVersion,
  ) as { canonical: string };
  const answer =
    consentId && sealedConsent
      ? (unseal(key, `consents/${consentId}/sealed`, sealedConsent) as ConsentEvidence)
      : null;
  return {
    declarationId,
    version,
    outcome: row.outcome,
    reference: poaReference(declarationId, row.declarationNumber),
    broker: { name: row.brokerName, boxNumber: row.boxNumber },
    acknowledgementNumber: row.acknowledgementNumber,
    acknowledgedAt: row.acknowledgedAt,
    source: row.source,
    receipt,
    declaration: canonical,
    answer,
    messages: (row.messages ?? []).map((message) => ({
      ...message,
      createdAt: iso(message.createdAt),
      sentAt: message.sentAt && iso(message.sentAt),
      failedAt: message.failedAt && iso(message.failedAt),
      displayedAt: message.displayedAt && iso(message.displayedAt),
    })),
    history: {
      versions: row.versions.map((known) => ({
        ...known,
        createdAt: iso(known.createdAt),
        respondBy: iso(known.respondBy),
        shownAt: known.shownAt && iso(known.shownAt),
        decidedAt: known.decidedAt && iso(known.decidedAt),
      })),
      events: (row.events ?? []).map((event) => ({ ...event, at: iso(event.at) })),
    },
    leaf: leafOf(key, row),
  };
}

function leafOf(key: Buffer, { outcomeId, leafIndex, entry, sealedSalt }: EvidenceRow): Evidence['leaf'] {
  if (leafIndex === null || !entry || !sealedSalt) return null;
  return { leafIndex, entry, salt: openSalt(key, outcomeId, sealedSalt) };
}

/** Times as everywhere, not as Postgres writes them into JSON. */
const iso = (time: string): string => new Date(time).toISOString();
