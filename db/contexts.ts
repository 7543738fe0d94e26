/** Customs' contexts (P2) as they come in: which declaration they are of, and the first one of a version. */
import { canonicalForm } from '../domain/canonical.ts';
import type { DeclarationContent, DeclarationContext } from '../domain/declaration.ts';
import { isUuid } from '../domain/ids.ts';
import type { Order } from '../domain/outcome.ts';
import type { PoaStatus } from '../domain/poa-state.ts';
import type { Queryable } from './pool.ts';
import { seal } from './seal.ts';

/** A context with what it is compared by. */
export interface ReceivedContext {
  context: DeclarationContext;
  /** What a person is shown: the context without what steers it. */
  content: DeclarationContent;
  /** Exact canonical text, and its SHA-256. */
  text: string;
  digest: string;
}

export function receivedContext(context: DeclarationContext): ReceivedContext {
  const {
    declarationNumber: _n,
    declarationId: _d,
    brokerBoxNumber,
    version: _v,
    lodgedAt: _l,
    ...content
  } = context;
  return { context, content, ...canonicalForm(content, brokerBoxNumber) };
}

/** The declaration that a context is of. */
export interface MatchedDeclaration {
  declarationId: string;
  /** It belongs to another box number than the context says. */
  otherBox: boolean;
  order: Order;
  status: PoaStatus;
  /** Version in force and its digest. */
  version: number;
  digest: string;
  /** Digest of the context that came before for the context's version; a refused version's does not count. */
  contextDigest: string | null;
  contextTaken: boolean;
  /** The amendment to the context's version, while it is not judged. */
  proposalId: string | null;
}

export interface Match {
  /** Of the box number. */
  brokerId: string;
  declaration: MatchedDeclaration | null;
}

/**
 * Within the box number: by our id, else by the reference of an open declaration (one with the same number, then the same
 * house waybill first), else by the number. An id, or a number that Customs gave, under another box number is found too:
 * `otherBox`. Null: unknown box number. One statement, so one view of the database.
 */
export async function matchContext(
  db: Queryable,
  { context: c }: Pick<ReceivedContext, 'context'>,
): Promise<Match | null> {
  const { rows } = await db.query<{ brokerId: string } & Partial<MatchedDeclaration>>({
    name: 'context-match',
    text: `SELECT b.broker_id AS "brokerId", d.declaration_id AS "declarationId", d.broker_id <> b.broker_id AS "otherBox",
             d.poa_order AS "order", d.status, d.version, d.digest,
             c.digest AS "contextDigest", c.taken_at IS NOT NULL AS "contextTaken",
             (SELECT p.proposal_id FROM proposals p WHERE p.declaration_id = d.declaration_id AND p.verdict = 'pending'
               AND p.kind = 'amendment' AND p.version = $6) AS "proposalId"
           FROM brokers b
           LEFT JOIN LATERAL (
             SELECT * FROM (
               SELECT 1 AS rank, o.* FROM declarations o WHERE o.declaration_id = $2
               UNION ALL
               SELECT 2, o.* FROM declarations o
                 WHERE o.broker_id = b.broker_id AND o.functional_reference = $3 AND NOT o.finished
               UNION ALL
               SELECT 3, o.* FROM declarations o WHERE o.broker_id = b.broker_id AND o.declaration_number = $4
               UNION ALL
               SELECT 4, o.* FROM declarations o WHERE o.declaration_number = $4 AND o.broker_id <> b.broker_id
                 AND EXISTS (SELECT 1 FROM contexts k WHERE k.declaration_id = o.declaration_id AND k.declaration_number = $4)
             ) found
             ORDER BY rank, (declaration_number = $4) IS TRUE DESC, house_waybill = $5 DESC, declaration_id DESC LIMIT 1
           ) d ON true
           LEFT JOIN contexts c ON c.declaration_id = d.declaration_id AND c.version = $6 AND EXISTS (
             SELECT 1 FROM declaration_versions v
             WHERE v.declaration_id = c.declaration_id AND v.version = c.version AND v.state <> 'refused')
           WHERE b.box_number = $1`,
    values: [
      c.brokerBoxNumber,
      isUuid(c.declarationId ?? '') ? c.declarationId : null,
      c.functionalReference,
      c.declarationNumber,
      c.houseWaybill,
      c.version,
    ],
  });
  const row = rows[0];
  if (!row) return null;
  const { brokerId, ...declaration } = row;
  return { brokerId, declaration: declaration.declarationId ? (declaration as MatchedDeclaration) : null };
}

/**
 * Keeps the first context of a broker-lodged version, for the process to take up. False: there is one meanwhile, perhaps
 * another.
 */
export async function keepFirstContext(
  db: Queryable,
  key: Buffer,
  declarationId: string,
  { context, text, digest }: ReceivedContext,
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'context-keep',
    text: `INSERT INTO contexts (declaration_id, version, digest, declaration_number, sealed) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT DO NOTHING`,
    values: [
      declarationId,
      context.version,
      digest,
      context.declarationNumber,
      sealContext(key, declarationId, context.version, text),
    ],
  });
  return rowCount === 1;
}

export const sealContext = (key: Buffer, declarationId: string, version: number, text: string): Buffer =>
  seal(key, `contexts/${declarationId}.${version}/sealed`, { canonical: text });
