/** What brokers record and read of their declarations; every query names the broker. */
import { canonicalForm } from '../domain/canonical.ts';
import type { DeclarationSubmission } from '../domain/declaration.ts';
import type { Problem } from '../domain/error-code.ts';
import type { Decision, Order } from '../domain/outcome.ts';
import { normalisePhone } from '../domain/phone.ts';
import type { PoaStatus } from '../domain/poa-state.ts';
import type { Database } from './database.ts';
import { claimKeySql, claimKeyValues, KeyTaken, type KeyUse } from './idempotency.ts';
import { seal, unseal } from './seal.ts';

/** The members that are kept as the broker wrote them. */
export type Submitted = Omit<DeclarationSubmission, 'order' | 'respondBy'>;

/** A declaration as its broker sees it. */
export interface Declaration {
  declarationId: string;
  version: number;
  digest: string;
  status: PoaStatus;
  order: Order;
  createdAt: Date;
  updatedAt: Date;
  respondBy: Date;
  declarationNumber: string | null;
  /** When it was purged, or began to be. */
  purgedAt: Date | null;
  /** Null once it was purged, or its key destroyed. */
  submitted: Submitted | null;
  problems: Problem[] | null;
  answer: { decision: Decision; reason: string | null; decidedAt: Date; acknowledgedAt: Date | null } | null;
  /** A change that the process has not judged. */
  proposed: { kind: 'amendment' | 'cancellation' | 'retry'; version: number | null } | null;
}

export interface BrokerIdentity {
  brokerId: string;
  boxNumber: string;
}

export interface NewDeclaration {
  declarationId: string;
  order: Exclude<Order, 'customs-started'>;
  submitted: Submitted;
  respondBy: Date;
}

/** Values of a version's columns, sealed under the declaration's key. */
export function versionValues(
  { index }: Pick<Database, 'index'>,
  key: Buffer,
  boxNumber: string,
  { declarationId, version, submitted }: { declarationId: string; version: number; submitted: Submitted },
) {
  const { text, digest } = canonicalForm(submitted, boxNumber);
  const phone = normalisePhone(submitted.importer.phone);
  return {
    digest,
    phoneIndex: phone === null ? null : index.ofPhone(phone),
    sealed: seal(key, `declaration_versions/${declarationId}.${version}/sealed`, {
      submitted,
      canonical: text,
    }),
  };
}

/**
 * The declaration, its first version, its first event and the key of the request, in one statement that is a transaction
 * of its own. The data key must have been made before. Throws `KeyTaken`; waybills on another declaration of the
 * broker's violate `declarations_waybill`.
 */
export async function insertDeclaration(
  db: Database,
  dataKey: Buffer,
  { brokerId, boxNumber }: BrokerIdentity,
  use: KeyUse,
  { declarationId, order, submitted, respondBy }: NewDeclaration,
): Promise<Declaration> {
  const first = { declarationId, version: 1, submitted };
  const { digest, phoneIndex, sealed } = versionValues(db, dataKey, boxNumber, first);
  const { rows } = await db.pool.query<{ createdAt: Date; updatedAt: Date }>({
    name: 'declaration-insert',
    text: `WITH claimed AS (${claimKeySql(12)}),
      declared AS (
        INSERT INTO declarations (declaration_id, broker_id, poa_order, functional_reference, master_waybill,
          house_waybill, declaration_number, digest, respond_by, phone_index, flight, import_date)
        SELECT $1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8, $9::timestamptz, $10::bytea, $17, $18::date
        FROM claimed RETURNING *),
      first_version AS (
        INSERT INTO declaration_versions (declaration_id, version, digest, respond_by, phone_index,
          functional_reference, master_waybill, house_waybill, flight, import_date, sealed, state)
        SELECT declaration_id, version, digest, respond_by, phone_index, functional_reference, master_waybill,
          house_waybill, flight, import_date, $11::bytea, 'in-force' FROM declared),
      told AS (
        INSERT INTO events (declaration_id, type, version)
        SELECT declaration_id, 'declaration.received', version FROM declared)
      SELECT created_at AS "createdAt", updated_at AS "updatedAt" FROM declared`,
    values: [
      declarationId,
      brokerId,
      order,
      submitted.functionalReference,
      submitted.masterWaybill,
      submitted.houseWaybill,
      submitted.declarationNumber ?? null,
      digest,
      respondBy,
      phoneIndex,
      sealed,
      ...claimKeyValues(use, declarationId, null),
      submitted.flight,
      submitted.importDate,
    ],
  });
  if (!rows[0]) throw new KeyTaken(use.key);
  return {
    declarationId,
    version: 1,
    digest,
    status: 'received',
    order,
    ...rows[0],
    respondBy,
    declarationNumber: submitted.declarationNumber ?? null,
    purgedAt: null,
    submitted,
    problems: null,
    answer: null,
    proposed: null,
  };
}

/** One of the broker's, or null. */
export async function readDeclaration(
  { pool, keys }: Database,
  brokerId: string,
  declarationId: string,
): Promise<Declaration | null> {
  const { rows } = await pool.query<DeclarationRow>({
    name: 'declaration-read',
    text: selectFrom('SELECT * FROM declarations WHERE declaration_id = $1 AND broker_id = $2'),
    values: [declarationId, brokerId],
  });
  return rows[0] ? opened(rows[0], await keys.get(declarationId)) : null;
}

export interface ListFilter {
  status?: PoaStatus | undefined;
  houseWaybill?: string | undefined;
  /** House waybill, functional reference or declaration number. */
  search?: string | undefined;
  flight?: string | undefined;
  /** `YYYY-MM-DD` */
  importDate?: string | undefined;
  updatedSince?: Date | undefined;
  /** Only declarations before this one. */
  before?: string | undefined;
  limit: number;
}

/** Newest first; `more`: there are others after these. */
export async function listDeclarations(
  { pool, keys }: Database,
  brokerId: string,
  { limit, ...filter }: ListFilter,
): Promise<{ items: Declaration[]; more: boolean }> {
  const values: unknown[] = [brokerId, limit + 1];
  const conditions = ['broker_id = $1'];
  const where = (condition: string, value: unknown) => {
    if (value !== undefined) conditions.push(`${condition} $${values.push(value)}`);
  };
  where('declaration_id <', filter.before);
  where('status =', filter.status);
  where('house_waybill =', filter.houseWaybill);
  where('flight =', filter.flight);
  where('import_date =', filter.importDate);
  where('updated_at >=', filter.updatedSince);
  if (filter.search !== undefined)
    conditions.push(`declaration_id IN (${named(values.push(filter.search))})`);
  const page = `SELECT * FROM declarations WHERE ${conditions.join(' AND ')} ORDER BY declaration_id DESC LIMIT $2`;
  const { rows } = await pool.query<DeclarationRow>(
    `${selectFrom(page)} ORDER BY d.declaration_id DESC`,
    values,
  );
  const shown = rows.slice(0, limit);
  const dataKeys = await keys.getMany(shown.map((row) => row.declarationId));
  const items = shown.map((row) => opened(row, dataKeys.get(row.declarationId) ?? null));
  return { items, more: rows.length > limit };
}

/** By each of its names through an index of that name: one OR would have Postgres read all of a broker's. */
const named = (parameter: number): string =>
  ['house_waybill', 'functional_reference', 'declaration_number']
    .map((name) => `SELECT declaration_id FROM declarations WHERE broker_id = $1 AND ${name} = $${parameter}`)
    .join(' UNION ALL ');

export interface DeclarationEvent {
  type: string;
  at: Date;
  version: number;
  data: Record<string, unknown>;
}

/** Oldest first, `after` so many of them; null when it is not the broker's. `more`: there are others after these. */
export async function listEvents(
  { pool }: Database,
  brokerId: string,
  declarationId: string,
  { after, limit }: { after: number; limit: number },
): Promise<{ items: DeclarationEvent[]; more: boolean } | null> {
  const { rows } = await pool.query<DeclarationEvent | { type: null }>({
    name: 'declaration-events',
    text: `SELECT e.type, e.at, e.version, e.data
           FROM declarations d LEFT JOIN LATERAL (
             SELECT * FROM events WHERE declaration_id = d.declaration_id ORDER BY event_id OFFSET $3 LIMIT $4) e ON true
           WHERE d.declaration_id = $1 AND d.broker_id = $2 ORDER BY e.event_id`,
    values: [declarationId, brokerId, after, limit + 1],
  });
  if (rows.length === 0) return null;
  const events = rows.filter((row): row is DeclarationEvent => row.type !== null);
  return { items: events.slice(0, limit), more: events.length > limit };
}

interface DeclarationRow extends Omit<Declaration, 'submitted' | 'problems' | 'answer' | 'proposed'> {
  sealed: Buffer | null;
  sealedProblems: Buffer | null;
  decision: Decision | null;
  reason: string | null;
  decidedAt: Date;
  acknowledgedAt: Date | null;
  proposalKind: 'amendment' | 'cancellation' | 'retry' | null;
  proposalVersion: number | null;
}

/** Declarations of the sub-query, with the version in force, its accepted answer and a change not yet judged. */
const selectFrom = (declarations: string): string => `SELECT d.declaration_id AS "declarationId", d.version,
    d.digest, d.status, d.poa_order AS "order", d.created_at AS "createdAt", d.updated_at AS "updatedAt",
    d.respond_by AS "respondBy", d.declaration_number AS "declarationNumber",
    d.purge_started_at AS "purgedAt", v.sealed,
    d.sealed_problems AS "sealedProblems", c.decision, c.reason, c.created_at AS "decidedAt",
    o.acknowledged_at AS "acknowledgedAt", p.kind AS "proposalKind", p.version AS "proposalVersion"
  FROM (${declarations}) d
  JOIN declaration_versions v USING (declaration_id, version)
  LEFT JOIN consents c ON c.declaration_id = d.declaration_id AND c.version = d.version AND c.verdict = 'accepted'
  LEFT JOIN version_outcomes o ON o.declaration_id = d.declaration_id AND o.version = d.version
    AND o.set_aside_at IS NULL AND o.consent_id = c.consent_id
  LEFT JOIN proposals p ON p.declaration_id = d.declaration_id AND p.verdict = 'pending'`;

function opened(row: DeclarationRow, key: Buffer | null): Declaration {
  const { sealed, sealedProblems, decision, reason, decidedAt, acknowledgedAt, ...rest } = row;
  const { proposalKind, proposalVersion, ...declaration } = rest;
  const { declarationId, version, status } = row;
  const at = `declaration_versions/${declarationId}.${version}/sealed` as const;
  const problemsAt = `declarations/${declarationId}/sealed_problems` as const;
  const correctable = key && sealedProblems && status === 'needs_correction';
  return {
    ...declaration,
    submitted: key && sealed && (unseal(key, at, sealed) as { submitted: Submitted }).submitted,
    problems: correctable ? (unseal(key, problemsAt, sealedProblems) as Problem[]) : null,
    answer: decision && { decision, reason, decidedAt, acknowledgedAt },
    proposed: proposalKind && { kind: proposalKind, version: proposalVersion },
  };
}
