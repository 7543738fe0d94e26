/** Manifests as their broker reads them; every query names the broker. */
import type { ErrorCode, Refusal } from '../../domain/error-code.ts';
import type { LineCounts, LineResult, ManifestKind, ManifestStatus } from '../../domain/manifest.ts';
import type { PoaStatus } from '../../domain/poa-state.ts';
import type { Database } from '../database.ts';
import type { Queryable } from '../pool.ts';
import { unseal } from '../seal.ts';
import { LINE_RESULT } from './line-result.ts';
import { lineAddress } from './receiving.ts';

export interface ManifestView {
  manifestId: string;
  kind: ManifestKind;
  status: ManifestStatus;
  createdAt: Date;
  receivedAt: Date | null;
  completedAt: Date | null;
  lines: LineCounts;
  /** Of the accepted lines' declarations, now. */
  declarations: Partial<Record<PoaStatus, number>>;
}

const COLUMNS = `m.manifest_id AS "manifestId", m.kind, m.status, m.created_at AS "createdAt",
  m.received_at AS "receivedAt", m.completed_at AS "completedAt"`;

/** One of the broker's, or null. */
export async function readManifest(
  { pool }: Pick<Database, 'pool'>,
  brokerId: string,
  manifestId: string,
): Promise<ManifestView | null> {
  const { rows } = await pool.query<ManifestRow>({
    name: 'manifest-read',
    text: `SELECT ${COLUMNS} FROM manifests m WHERE manifest_id = $1 AND broker_id = $2`,
    values: [manifestId, brokerId],
  });
  const [view] = await counted(pool, rows);
  return view ?? null;
}

/** Newest first; `more`: there are others after these. */
export async function listManifests(
  { pool }: Pick<Database, 'pool'>,
  brokerId: string,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<{ items: ManifestView[]; more: boolean }> {
  const { rows } = await pool.query<ManifestRow>({
    name: 'manifest-list',
    text: `SELECT ${COLUMNS} FROM manifests m
           WHERE broker_id = $1 AND ($2::uuid IS NULL OR manifest_id < $2) ORDER BY manifest_id DESC LIMIT $3`,
    values: [brokerId, before ?? null, limit + 1],
  });
  return { items: await counted(pool, rows.slice(0, limit)), more: rows.length > limit };
}

type ManifestRow = Omit<ManifestView, 'lines' | 'declarations'>;

async function counted(db: Queryable, manifests: ManifestRow[]): Promise<ManifestView[]> {
  const { rows } = await db.query<{
    manifestId: string;
    result: LineResult | null;
    declared: PoaStatus | null;
    count: number;
  }>({
    name: 'manifest-counts',
    text: `SELECT l.manifest_id AS "manifestId", ${LINE_RESULT} AS result, d.status AS declared, count(*)
           FROM manifest_lines l LEFT JOIN proposals p USING (proposal_id)
             LEFT JOIN declarations d ON d.declaration_id = l.declaration_id AND ${LINE_RESULT} = 'accepted'
           WHERE l.manifest_id = ANY($1) GROUP BY 1, 2, 3`,
    values: [manifests.map(({ manifestId }) => manifestId)],
  });
  return manifests.map((manifest) => {
    const own = rows.filter(({ manifestId }) => manifestId === manifest.manifestId);
    const sum = (wanted: LineResult | null) =>
      own.reduce((total, { result, count }) => total + (result === wanted ? count : 0), 0);
    const declarations: ManifestView['declarations'] = {};
    for (const { declared, count } of own) {
      if (declared) declarations[declared] = (declarations[declared] ?? 0) + count;
    }
    const [waiting, accepted, rejected] = [sum(null), sum('accepted'), sum('rejected')];
    const lines = { total: waiting + accepted + rejected, waiting, accepted, rejected };
    return { ...manifest, lines, declarations };
  });
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
