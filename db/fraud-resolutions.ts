/** Fraud cases as Customs works on them: listed with what the person said, and resolved once. */
import { ConsentryError } from '../domain/error-code.ts';
import type { FraudCaseKind, FraudResolution } from '../domain/fraud-case.ts';
import { refusalOf } from './consents.ts';
import type { Database } from './database.ts';
import { type LookedUpBy, recordLookups } from './lookups.ts';
import { type Queryable, transaction } from './pool.ts';
import { seal, unseal } from './seal.ts';

/** A case as Customs reads it. */
export interface FoundCase {
  caseId: string;
  kind: FraudCaseKind;
  declarationId: string;
  declarationNumber: string | null;
  houseWaybill: string;
  masterWaybill: string;
  brokerBoxNumber: string;
  version: number;
  openedAt: Date;
  /** What the person wrote; null where they wrote nothing, and once the record's key was destroyed. */
  note: string | null;
  resolution: FraudResolution | null;
  resolvedAt: Date | null;
}

interface CaseRow extends Omit<FoundCase, 'note'> {
  purged: boolean;
  sealedNote: Buffer | null;
  subjectId: string;
}

/** Newest first, after the case `after`; each is recorded as looked up in the transaction that reads it. */
export async function findFraudCases(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  { open, limit, after }: { open: boolean | undefined; limit: number; after: string | undefined },
  by: LookedUpBy,
): Promise<{ items: FoundCase[]; more: boolean }> {
  return transaction(pool, async (client) => {
    const { rows } = await client.query<CaseRow>(
      `SELECT f.case_id AS "caseId", f.kind, f.declaration_id AS "declarationId", d.declaration_number AS "declarationNumber",
         v.house_waybill AS "houseWaybill", v.master_waybill AS "masterWaybill", b.box_number AS "brokerBoxNumber", f.version,
         f.opened_at AS "openedAt", f.sealed_note AS "sealedNote", f.resolution, f.resolved_at AS "resolvedAt",
         f.subject_id AS "subjectId", d.purge_started_at IS NOT NULL AS purged
       FROM fraud_cases f JOIN declarations d USING (declaration_id) JOIN brokers b USING (broker_id)
         JOIN declaration_versions v ON v.declaration_id = f.declaration_id AND v.version = f.version
       WHERE ($1::boolean IS NULL OR (f.resolved_at IS NULL) = $1)
         AND ($2::uuid IS NULL OR (f.opened_at, f.case_id) < (SELECT opened_at, case_id FROM fraud_cases WHERE case_id = $2))
       ORDER BY f.opened_at DESC, f.case_id DESC LIMIT $3`,
      [open ?? null, after ?? null, limit + 1],
    );
    const found = rows.slice(0, limit);
    const kept = found.filter(({ purged }) => !purged);
    const dataKeys = await keys.getMany([...new Set(kept.map(({ declarationId }) => declarationId))]);
    await recordLookups(client, found, dataKeys, by);
    const items = found.map(({ sealedNote, subjectId: _, purged: __, ...listed }) => {
      const key = dataKeys.get(listed.declarationId);
      return { ...listed, note: key && sealedNote ? noteIn(key, listed.caseId, sealedNote) : null };
    });
    return { items, more: rows.length > limit };
  });
}

const noteIn = (key: Buffer, caseId: string, sealed: Buffer): string =>
  (unseal(key, `fraud_cases/${caseId}/sealed_note`, sealed) as { note: string }).note;

export interface NewFraudResolution {
  caseId: string;
  resolution: FraudResolution;
  /** Who found it and why: an officer, or the operator to whom Customs told it. */
  by: LookedUpBy & { operator?: string | undefined };
}

export interface ResolvedCase {
  caseId: string;
  declarationId: string;
  resolution: FraudResolution;
  resolvedAt: Date;
}

/**
 * Recorded once, with the event that tells the broker; the POA's outcome and receipt stay as they are. The same again is the
 * same. Throws `not-found`, and `already-decided` where something else was found before.
 */
export async function resolveFraudCase(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  { caseId, resolution, by }: NewFraudResolution,
): Promise<ResolvedCase> {
  return transaction(pool, async (client) => {
    const known = await lockCase(client, caseId);
    if (!known) throw refusalOf('not-found');
    const { declarationId } = known;
    if (known.resolution !== null && known.resolvedAt !== null) {
      if (known.resolution === resolution)
        return { caseId, declarationId, resolution, resolvedAt: known.resolvedAt };
      throw new ConsentryError('already-decided', `The case was resolved as ${known.resolution}.`);
    }
    const key = await keys.get(declarationId);
    const sealed = key ? seal(key, `fraud_cases/${caseId}/sealed_resolution`, by) : null;
    const resolvedAt = await record(client, { caseId, resolution, sealed });
    return { caseId, declarationId, resolution, resolvedAt };
  });
}

async function lockCase(client: Queryable, caseId: string) {
  const { rows } = await client.query<{
    declarationId: string;
    resolution: FraudResolution | null;
    resolvedAt: Date | null;
  }>(
    `SELECT declaration_id AS "declarationId", resolution, resolved_at AS "resolvedAt" FROM fraud_cases
     WHERE case_id = $1 FOR UPDATE`,
    [caseId],
  );
  return rows[0];
}

async function record(
  client: Queryable,
  { caseId, resolution, sealed }: { caseId: string; resolution: FraudResolution; sealed: Buffer | null },
): Promise<Date> {
  const { rows } = await client.query<{ resolvedAt: Date }>(
    `WITH resolved AS (
       UPDATE fraud_cases SET resolution = $2, sealed_resolution = $3, resolved_at = clock_timestamp() WHERE case_id = $1
       RETURNING *),
     told AS (
       INSERT INTO events (declaration_id, type, version, data)
       SELECT declaration_id, 'declaration.fraud-case-resolved', version,
         jsonb_build_object('caseId', case_id, 'kind', kind, 'resolution', resolution)
       FROM resolved)
     SELECT resolved_at AS "resolvedAt" FROM resolved`,
    [caseId, resolution, sealed],
  );
  if (!rows[0]) throw new Error('a fraud case that is locked cannot be found');
  return rows[0].resolvedAt;
}
