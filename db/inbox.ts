import type { CanonicalDeclaration } from '../domain/canonical.ts';
import type { Decision } from '../domain/outcome.ts';
import type { PoaStatus } from '../domain/poa-state.ts';
import type { Database } from './database.ts';
import { unseal } from './seal.ts';

/** Most rows in one answer: nobody reads more on a phone. */
const MOST_ROWS = 500;

/** A declaration version as it was shown to the person. */
export interface ShownVersion {
  declarationId: string;
  version: number;
  digest: string;
  status: PoaStatus;
  declarationNumber: string | null;
  respondBy: Date;
  broker: { name: string; boxNumber: string };
  content: CanonicalDeclaration;
  answer: ShownAnswer | null;
}

/** The person's answer that counts, or is still to be judged. */
export interface ShownAnswer {
  consentId: string;
  decision: Decision;
  reason: string | null;
  /** Sequence numbers of the goods lines that a decline names. */
  lines: number[] | null;
  decidedAt: Date;
  customsAcknowledgedAt: Date | null;
}

/** A version with its declaration, its broker and the person's answer that counts ($1: the person). */
const SHOWN = `SELECT d.declaration_id AS "declarationId", v.version, v.digest, d.status,
    d.declaration_number AS "declarationNumber", v.respond_by AS "respondBy", v.sealed,
    b.name AS "brokerName", b.box_number AS "boxNumber",
    c.consent_id AS "consentId", c.decision, c.reason, c.lines, c.created_at AS "decidedAt", o.acknowledged_at AS "customsAcknowledgedAt"
  FROM declaration_versions v
  JOIN declarations d USING (declaration_id)
  JOIN brokers b USING (broker_id)
  LEFT JOIN consents c ON c.declaration_id = v.declaration_id AND c.version = v.version AND c.subject_id = $1
    AND c.verdict IN ('pending', 'accepted')
  LEFT JOIN version_outcomes o ON o.consent_id = c.consent_id AND o.set_aside_at IS NULL
  WHERE v.shown_to = $1`;

interface ShownRow extends Omit<ShownVersion, 'broker' | 'content' | 'answer'> {
  sealed: Buffer | null;
  brokerName: string;
  boxNumber: string;
  consentId: string | null;
  decision: Decision | null;
  reason: string | null;
  lines: number[] | null;
  decidedAt: Date | null;
  customsAcknowledgedAt: Date | null;
}

/** What waits for the person's answer, the most urgent first. */
export const waitingFor = (db: Database, subjectId: string): Promise<ShownVersion[]> =>
  read(db, {
    name: 'inbox-waiting',
    text: `${SHOWN} AND d.subject_id = $1 AND d.status = 'awaiting_importer' AND v.version = d.version
             AND v.respond_by > now() AND c.consent_id IS NULL
           ORDER BY v.respond_by LIMIT ${MOST_ROWS}`,
    values: [subjectId],
  });

/** The newest version of a declaration that was ever shown to the person; null: none was. */
export async function shownTo(
  db: Database,
  subjectId: string,
  declarationId: string,
): Promise<ShownVersion | null> {
  const [shown] = await read(db, {
    name: 'inbox-one',
    text: `${SHOWN} AND v.declaration_id = $2 ORDER BY v.version DESC LIMIT 1`,
    values: [subjectId, declarationId],
  });
  return shown ?? null;
}

/** What the person confirmed and counts, the newest first: no older ones than POAs are kept. */
export const confirmedBy = (db: Database, subjectId: string): Promise<ShownVersion[]> =>
  read(db, {
    name: 'inbox-confirmed',
    text: `${SHOWN} AND c.decision = 'confirmed' AND c.verdict = 'accepted' AND o.outcome = 'confirmed'
           ORDER BY c.created_at DESC LIMIT ${MOST_ROWS}`,
    values: [subjectId],
  });

export interface HistoryFilter {
  /** Answered at this moment or later. */
  from: Date | null;
  /** Answered before this moment. */
  before: Date | null;
  /** Of the house or of the master, exactly. */
  waybill: string | null;
}

/** What the person answered, the newest first. */
export const answeredBy = (
  db: Database,
  subjectId: string,
  { from, before, waybill }: HistoryFilter,
): Promise<ShownVersion[]> =>
  read(db, {
    name: 'inbox-history',
    text: `${SHOWN} AND c.consent_id IS NOT NULL AND ($2::timestamptz IS NULL OR c.created_at >= $2)
             AND ($3::timestamptz IS NULL OR c.created_at < $3)
             AND ($4::text IS NULL OR $4 IN (v.house_waybill, v.master_waybill))
           ORDER BY c.created_at DESC LIMIT ${MOST_ROWS}`,
    values: [subjectId, from, before, waybill],
  });

/** Shredded ones are left out: nothing is left to show of them. */
async function read(
  { pool, keys }: Database,
  query: { name: string; text: string; values: unknown[] },
): Promise<ShownVersion[]> {
  const { rows } = await pool.query<ShownRow>(query);
  const dataKeys = await keys.getMany([...new Set(rows.map(({ declarationId }) => declarationId))]);
  return rows.flatMap((row) => {
    const key = dataKeys.get(row.declarationId);
    return key && row.sealed ? [shownVersion(key, row.sealed, row)] : [];
  });
}

function shownVersion(key: Buffer, sealed: Buffer, row: ShownRow): ShownVersion {
  const { sealed: _, brokerName, boxNumber, consentId, decision, decidedAt, ...version } = row;
  const { reason, lines, customsAcknowledgedAt, ...rest } = version;
  return {
    ...rest,
    broker: { name: brokerName, boxNumber },
    content: contentOf(key, row.declarationId, row.version, sealed),
    answer:
      consentId && decision && decidedAt
        ? { consentId, decision, reason, lines, decidedAt, customsAcknowledgedAt }
        : null,
  };
}

/** The canonical form that was shown, out of a version's sealed column. */
export function contentOf(
  key: Buffer,
  declarationId: string,
  version: number,
  sealed: Buffer,
): CanonicalDeclaration {
  const address = `declaration_versions/${declarationId}.${version}/sealed` as const;
  const { canonical } = unseal(key, address, sealed) as { canonical: string };
  return JSON.parse(canonical) as CanonicalDeclaration;
}

/** What a person is asked to sign: of a version that was shown to them. */
export interface VersionToSign {
  digest: string;
  boxNumber: string;
  /** Sequence numbers of its goods. */
  lines: number[];
}

/** Null when that version was never shown to the person. */
export async function versionToSign(
  { pool, keys }: Database,
  subjectId: string,
  declarationId: string,
  version: number,
): Promise<VersionToSign | null> {
  const [{ rows }, key] = await Promise.all([
    pool.query<{ digest: string; boxNumber: string; sealed: Buffer | null }>({
      name: 'inbox-to-sign',
      text: `SELECT v.digest, b.box_number AS "boxNumber", v.sealed
             FROM declaration_versions v JOIN declarations d USING (declaration_id) JOIN brokers b USING (broker_id)
             WHERE v.declaration_id = $2 AND v.version = $3 AND v.shown_to = $1`,
      values: [subjectId, declarationId, version],
    }),
    keys.get(declarationId),
  ]);
  if (!rows[0]?.sealed || !key) return null;
  const { digest, boxNumber, sealed } = rows[0];
  const { goods } = contentOf(key, declarationId, version, sealed);
  return { digest, boxNumber, lines: goods.map(({ sequence }) => sequence) };
}
