/** What Customs looks up: found, recorded for the persons whom it concerns, and only then told. */
import type { PoolClient } from 'pg';
import type { ReportedOutcome } from '../domain/outcome.ts';
import type { Database } from './database.ts';
import { type LookedUpBy, recordLookups } from './lookups.ts';
import { receiptIn } from './poas.ts';
import { transaction } from './pool.ts';

/** Exactly one of them; `from` and `before` bound the moment of the decision. */
export type PoaSearch =
  | { declarationNumber: string }
  | { houseWaybill: string }
  | { from: Date; before: Date };

/** An outcome that stands. */
export interface FoundPoa {
  outcomeId: string;
  declarationId: string;
  declarationNumber: string | null;
  houseWaybill: string;
  masterWaybill: string;
  brokerBoxNumber: string;
  version: number;
  outcome: ReportedOutcome;
  decidedAt: Date;
  acknowledgementNumber: string | null;
  acknowledgedAt: Date | null;
  /** Absent for an outcome that Customs held of its own, and once it was purged. */
  receipt: string | null;
  purgedAt: Date | null;
}

interface FoundRow extends Omit<FoundPoa, 'receipt'> {
  sealed: Buffer | null;
  subjectId: string | null;
}

/**
 * Newest decision first, after the outcome `after` of an earlier page; `more`: there are others. Every row is recorded as
 * looked up in the transaction that read it, so that nothing is told of which no record stands.
 */
export async function lookUpPoas(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  search: PoaSearch,
  page: { limit: number; after: string | undefined },
  by: LookedUpBy,
): Promise<{ items: FoundPoa[]; more: boolean }> {
  return transaction(pool, async (client) => {
    const rows = await find(client, search, page);
    const found = rows.slice(0, page.limit);
    const kept = found.filter(({ purgedAt }) => purgedAt === null);
    const dataKeys = await keys.getMany([...new Set(kept.map(({ declarationId }) => declarationId))]);
    await recordLookups(client, found, dataKeys, by);
    const items = found.map(({ sealed, subjectId: _, ...poa }) => {
      const key = dataKeys.get(poa.declarationId);
      return { ...poa, receipt: key && sealed ? receiptIn(key, poa.outcomeId, sealed) : null };
    });
    return { items, more: rows.length > page.limit };
  });
}

async function find(
  client: PoolClient,
  search: PoaSearch,
  { limit, after }: { limit: number; after: string | undefined },
): Promise<FoundRow[]> {
  const values: unknown[] = [limit + 1, after ?? null];
  const where = (condition: string, value: unknown) => `${condition} $${values.push(value)}`;
  const wanted =
    'declarationNumber' in search
      ? [where('d.declaration_number =', search.declarationNumber)]
      : 'houseWaybill' in search
        ? [where('d.house_waybill =', search.houseWaybill)]
        : [where('o.decided_at >=', search.from), where('o.decided_at <', search.before)];
  const { rows } = await client.query<FoundRow>(
    `SELECT o.outcome_id AS "outcomeId", o.declaration_id AS "declarationId",
       d.declaration_number AS "declarationNumber", v.house_waybill AS "houseWaybill",
       v.master_waybill AS "masterWaybill", b.box_number AS "brokerBoxNumber", o.version, o.outcome,
       o.decided_at AS "decidedAt", o.acknowledgement_number AS "acknowledgementNumber",
       o.acknowledged_at AS "acknowledgedAt", o.sealed_report AS sealed, d.purge_started_at AS "purgedAt", v.shown_to AS "subjectId"
     FROM version_outcomes o JOIN declarations d USING (declaration_id) JOIN brokers b USING (broker_id)
       JOIN declaration_versions v ON v.declaration_id = o.declaration_id AND v.version = o.version
     WHERE o.set_aside_at IS NULL AND o.outcome <> 'superseded' AND ${wanted.join(' AND ')}
       AND ($2::uuid IS NULL OR (o.decided_at, o.outcome_id) <
         (SELECT decided_at, outcome_id FROM version_outcomes WHERE outcome_id = $2))
     ORDER BY o.decided_at DESC, o.outcome_id DESC LIMIT $1`,
    values,
  );
  return rows;
}
