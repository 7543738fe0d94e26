/** Manifests as their broker reads them; every query names the broker. */
import type { ErrorCode, Refusal } from '../../domain/error-code.ts';
import type { LineCounts, LineResult, ManifestKind, ManifestStatus } from '../../domain/manifest.ts';
import type { PoaStatus } from '../../domain/poa-state.ts';
import type { Database } from '../database.ts';
import type { Queryable } from '../pool.ts';
import { unseal } from '../seal.ts';
import { LINE_RESULT } from './line-result.ts';
import { LINE_COUNTS } from './news.ts';
import { lineAddress } from './receiving.ts';

export interface ManifestView {
  manifestId: string;
  kind: ManifestKind;
  status: ManifestStatus;
  createdAt: Date;
  receivedAt: Date | null;
  completedAt: Date | null;
  lines: LineCounts;
}

const SELECT = `SELECT manifest_id AS "manifestId", kind, status, created_at AS "createdAt", received_at AS "receivedAt",
  completed_at AS "completedAt", ${LINE_COUNTS} AS lines FROM manifests`;

/** How many of a manifest's declarations have each status now. */
export type DeclarationCounts = Partial<Record<PoaStatus, number>>;

/** One of the broker's, with its declarations counted; or null. */
export async function readManifest(
  { pool }: Pick<Database, 'pool'>,
  brokerId: string,
  manifestId: string,
): Promise<(ManifestView & { declarations: DeclarationCounts }) | null> {
  const { rows } = await pool.query<ManifestView>({
    name: 'manifest-read',
    text: `${SELECT} WHERE manifest_id = $1 AND broker_id = $2`,
    values: [manifestId, brokerId],
  });
  return rows[0] ? { ...rows[0], declarations: await countDeclarations(pool, manifestId) } : null;
}

async function countDeclarations(db: Queryable, manifestId: string): Promise<DeclarationCounts> {
  const { rows } = await db.query<{ status: PoaStatus; count: number }>({
    name: 'manifest-declarations',
    text: `SELECT d.status, count(*) FROM manifest_lines l LEFT JOIN proposals p USING (proposal_id)
             JOIN declarations d ON d.declaration_id = l.declaration_id
           WHERE l.manifest_id = $1 AND ${LINE_RESULT} = 'accepted' GROUP BY 1`,
    values: [manifestId],
  });
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

/** Newest first; `more`: there are others after these. */
export async function listManifests(
  { pool }: Pick<Database, 'pool'>,
  brokerId: string,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<{ items: ManifestView[]; more: boolean }> {
  const { rows } = await pool.query<ManifestView>({
    name: 'manifest-list',
    text: `${SELECT}
           WHERE broker_id = $1 AND ($2::uuid IS NULL OR manifest_id < $2) ORDER BY manifest_id DESC LIMIT $3`,
    values: [brokerId, before ?? null, limit + 1],
  });
  return { items: rows.slice(0, limit), more: rows.length > limit };
}

export interface LineView {
  line: number;
  /** Null: it waits. */
  result: LineResult | null;
  declarationId: string | null;
  houseWaybill: string | null;
  /** Of a correction: the version that it makes, or has made. */
  version: number | null;
  /** That version is not judged yet. */
  proposed: boolean;
  /** Of a rejected one; null once its key was destroyed. */
  problem: Refusal | null;
}

/** In the order of lines; null when the manifest is not the broker's. */
export async function listLines(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  brokerId: string,
  manifestId: string,
  { result, after, limit }: { result?: LineResult | undefined; after?: number | undefined; limit: number },
): Promise<{ items: LineView[]; more: boolean } | null> {
  const { rowCount } = await pool.query('SELECT 1 FROM manifests WHERE manifest_id = $1 AND broker_id = $2', [
    manifestId,
    brokerId,
  ]);
  if (rowCount === 0) return null;
  const { rows } = await pool.query<
    Omit<LineView, 'problem'> & { sealed: Buffer | null; code: ErrorCode | null }
  >({
    name: 'manifest-lines',
    text: `SELECT l.line, ${LINE_RESULT} AS result, l.house_waybill AS "houseWaybill",
             CASE WHEN l.status IN ('done', 'started') THEN l.declaration_id END AS "declarationId",
             CASE WHEN p.verdict <> 'refused' THEN p.version END AS version, coalesce(p.verdict = 'pending', false) AS proposed,
             CASE WHEN l.status = 'rejected' THEN l.sealed END AS sealed,
             CASE WHEN p.verdict = 'refused' THEN coalesce(p.code, 'already-decided') END AS code
           FROM manifest_lines l LEFT JOIN proposals p USING (proposal_id)
           WHERE l.manifest_id = $1 AND l.line > $2 AND ($3::text IS NULL OR ${LINE_RESULT} = $3) ORDER BY l.line LIMIT $4`,
    values: [manifestId, after ?? 0, result ?? null, limit + 1],
  });
  const key = await keys.get(manifestId);
  const items = rows.slice(0, limit).map(({ sealed, code, ...line }) => ({
    ...line,
    problem: code
      ? { code }
      : key && sealed && (unseal(key, lineAddress(manifestId, line.line), sealed) as Refusal),
  }));
  return { items, more: rows.length > limit };
}
