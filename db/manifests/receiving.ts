/** A manifest's upload: kept line by line as it comes, and complete in one moment. Every query names the broker or its manifest. */
import { createHmac } from 'node:crypto';
import type { PoolClient } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { Refusal } from '../../domain/error-code.ts';
import { IDEMPOTENCY_TTL_MS, MANIFEST_LINES_OF_DAY, MANIFESTS_OPEN } from '../../domain/limits.ts';
import type { ManifestKind, ManifestStatus } from '../../domain/manifest.ts';
import { lockBroker } from '../brokers.ts';
import type { Database } from '../database.ts';
import { type Queryable, transaction } from '../pool.ts';
import { seal } from '../seal.ts';
import { changeAndTell } from './news.ts';

/** A manifest as its upload finds it. */
export interface Upload {
  manifestId: string;
  kind: ManifestKind;
  status: ManifestStatus;
  digest: Buffer | null;
  /** Null once it was destroyed. */
  key: Buffer | null;
}

/**
 * The manifest of the broker's idempotency key: the one that there is, or a new one. Two at once with one key get the same. A
 * key too old to count is taken anew.
 */
export async function openUpload(
  db: Pick<Database, 'pool' | 'keys'>,
  brokerId: string,
  kind: ManifestKind,
  idempotencyKey: string,
): Promise<Upload | TooMany> {
  const { pool, keys } = db;
  await pool.query({
    name: 'manifest-forget-key',
    text: `UPDATE manifests SET idempotency_key = NULL WHERE broker_id = $1 AND idempotency_key = $2
             AND created_at <= now() - ${IDEMPOTENCY_TTL_MS} * interval '1 millisecond'`,
    values: [brokerId, idempotencyKey],
  });
  const known = await findUpload(pool, brokerId, idempotencyKey);
  // What is complete is only compared.
  const tooMany = known && known.status !== 'receiving' ? null : await tooManyOf(pool, brokerId);
  if (tooMany) return tooMany;
  if (known) return { ...known, key: await keys.get(known.manifestId) };
  await dropOldestUploads(db, brokerId);
  const manifestId = uuidv7();
  const key = await keys.create(manifestId, 'manifest');
  const { rowCount } = await pool.query({
    name: 'manifest-insert',
    text: `INSERT INTO manifests (manifest_id, broker_id, kind, idempotency_key) VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING`,
    values: [manifestId, brokerId, kind, idempotencyKey],
  });
  if (rowCount === 1) return { manifestId, kind, status: 'receiving', digest: null, key };
  await keys.destroy(manifestId);
  return openUpload(db, brokerId, kind, idempotencyKey);
}

/** What there are too many of, so that another one has to wait: manifests that are not completed, or lines of the last day. */
export type TooMany = 'manifests' | 'lines';

/** `more`: lines that are to come on top. What broke off does not count. */
async function tooManyOf(db: Queryable, brokerId: string, more = 1): Promise<TooMany | null> {
  const { rows } = await db.query<{ manifests: number; lines: number }>({
    name: 'manifests-too-many',
    text: `SELECT (SELECT count(*) FROM manifests WHERE broker_id = $1 AND status IN ('received', 'taking')) AS manifests,
             (SELECT coalesce(sum(lines_total), 0) FROM manifests
               WHERE broker_id = $1 AND status <> 'receiving' AND created_at > now() - interval '1 day') AS lines`,
    values: [brokerId],
  });
  const { manifests, lines } = rows[0] ?? { manifests: 0, lines: 0 };
  if (manifests >= MANIFESTS_OPEN) return 'manifests';
  return lines + more > MANIFEST_LINES_OF_DAY ? 'lines' : null;
}

/** Makes room for one more upload of the broker's; what is dropped may be sent again as if it never had been. */
async function dropOldestUploads(db: Pick<Database, 'pool' | 'keys'>, brokerId: string): Promise<void> {
  const { rows } = await db.pool.query<{ manifestId: string }>({
    name: 'manifests-broken-off',
    text: `SELECT manifest_id AS "manifestId" FROM manifests WHERE broker_id = $1 AND status = 'receiving'
           ORDER BY visited_at DESC OFFSET $2`,
    values: [brokerId, MANIFESTS_OPEN - 1],
  });
  for (const { manifestId } of rows) await dropUpload(db, manifestId);
}

async function findUpload(
  db: Queryable,
  brokerId: string,
  idempotencyKey: string,
): Promise<Omit<Upload, 'key'> | null> {
  const { rows } = await db.query<Omit<Upload, 'key'>>({
    name: 'manifest-of-key',
    text: `SELECT manifest_id AS "manifestId", kind, status, digest FROM manifests
           WHERE broker_id = $1 AND idempotency_key = $2`,
    values: [brokerId, idempotencyKey],
  });
  return rows[0] ?? null;
}

/** HMAC-SHA-256 under the manifest's key: tells whether bytes are the same, and nothing once the key is gone. */
export const digestOf = (key: Buffer) => createHmac('sha256', key);

/** A line as it is kept: what it will be, or why it will be nothing. */
export type KeptLine = { line: number; digest: Buffer } & (
  | {
      declarationId: string | null;
      masterWaybill: string | null;
      houseWaybill: string | null;
      phoneIndex: Buffer | null;
      sent: unknown;
    }
  | { problem: Refusal }
);

/** Where the payload of a line is sealed. */
export const lineAddress = (manifestId: string, line: number) =>
  `manifest_lines/${manifestId}.${line}/sealed` as const;

/** Lines that an upload has sent until now, and those of them that are rejected. */
export interface Progress {
  total: number;
  rejected: number;
}

/**
 * Keeps some lines, unless they are there already; `until`: these included. `complete`: an upload with the same key came to its end meanwhile, nothing
 * is kept any more. `other`: there is another line under one of these numbers.
 */
export async function keepLines(
  { pool }: Pick<Database, 'pool'>,
  { manifestId, key }: { manifestId: string; key: Buffer },
  lines: readonly KeptLine[],
  until: Progress,
): Promise<'kept' | 'complete' | 'other'> {
  const rows = lines.map((kept) => ('problem' in kept ? { ...NOTHING, ...kept } : kept));
  const sealed = lines.map((kept) =>
    seal(key, lineAddress(manifestId, kept.line), 'problem' in kept ? kept.problem : kept.sent),
  );
  const { rows: counted } = await pool.query<{ open: boolean; kept: number }>({
    name: 'manifest-lines-keep',
    // The manifest's lock: none is added once it is complete. An upload that is sent again counts from the beginning.
    text: `WITH open AS (
             UPDATE manifests SET visited_at = now(), lines_total = greatest(lines_total, $10),
               lines_rejected = greatest(lines_rejected, $11)
             WHERE manifest_id = $1 AND status = 'receiving' RETURNING manifest_id),
           kept AS (
             INSERT INTO manifest_lines (manifest_id, line, digest, status, declaration_id, master_waybill, house_waybill,
               phone_index, sealed)
             SELECT open.manifest_id, l.* FROM open, unnest($2::int[], $3::bytea[], $4::text[], $5::uuid[], $6::text[],
               $7::text[], $8::bytea[], $9::bytea[]) AS l
             ON CONFLICT DO NOTHING RETURNING 1)
           SELECT EXISTS (SELECT 1 FROM open) AS open, (SELECT count(*) FROM kept) AS kept`,
    values: [
      manifestId,
      rows.map(({ line }) => line),
      rows.map(({ digest }) => digest),
      lines.map((kept) => ('problem' in kept ? 'rejected' : 'waiting')),
      rows.map(({ declarationId }) => declarationId),
      rows.map(({ masterWaybill }) => masterWaybill),
      rows.map(({ houseWaybill }) => houseWaybill),
      rows.map(({ phoneIndex }) => phoneIndex),
      sealed,
      until.total,
      until.rejected,
    ],
  });
  const [result] = counted;
  if (!result?.open) return 'complete';
  if (result.kept === lines.length) return 'kept';
  return (await differs(pool, manifestId, lines)) ? 'other' : 'kept';
}

const NOTHING = { declarationId: null, masterWaybill: null, houseWaybill: null, phoneIndex: null };

async function differs(db: Queryable, manifestId: string, lines: readonly KeptLine[]): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'manifest-lines-differ',
    text: `SELECT 1 FROM unnest($2::int[], $3::bytea[]) AS sent(line, digest)
           LEFT JOIN manifest_lines l ON l.manifest_id = $1 AND l.line = sent.line
           WHERE l.digest IS DISTINCT FROM sent.digest LIMIT 1`,
    values: [manifestId, lines.map(({ line }) => line), lines.map(({ digest }) => digest)],
  });
  return rowCount !== 0;
}

/**
 * The upload's end: from now on every line has its place, and the process may take them. `other`: this key's manifest is not
 * what was sent now. Too many others: nothing is lost of this one.
 */
export async function completeUpload(
  { pool }: Pick<Database, 'pool'>,
  { manifestId, brokerId }: { manifestId: string; brokerId: string },
  digest: Buffer,
  lineCount: number,
): Promise<'complete' | 'other' | TooMany> {
  return transaction(pool, async (client) => {
    // Several at once of one broker are counted one after the other.
    await lockBroker(client, brokerId);
    const { rows } = await client.query<{ status: ManifestStatus; digest: Buffer | null }>(
      'SELECT status, digest FROM manifests WHERE manifest_id = $1 AND broker_id = $2 FOR UPDATE',
      [manifestId, brokerId],
    );
    const [manifest] = rows;
    if (!manifest) return 'other';
    if (manifest.status !== 'receiving') return manifest.digest?.equals(digest) ? 'complete' : 'other';
    const { total, rejected } = await countLines(client, manifestId);
    if (total !== lineCount) return 'other';
    const tooMany = await tooManyOf(client, brokerId, total);
    if (tooMany) return tooMany;
    await placeLines(client, manifestId);
    await client.query(
      changeAndTell(
        'manifest.received',
        `status = 'received', digest = $2, received_at = now(), visited_at = now(), lines_total = $3, lines_rejected = $4,
           told_tenths = $4::int * 10 / $3::int
         WHERE manifest_id = $1`,
      ),
      [manifestId, digest, total, rejected],
    );
    return 'complete';
  });
}

async function countLines(client: PoolClient, manifestId: string): Promise<Progress> {
  const { rows } = await client.query<Progress>(
    `SELECT count(*) AS total, count(*) FILTER (WHERE status = 'rejected') AS rejected
     FROM manifest_lines WHERE manifest_id = $1`,
    [manifestId],
  );
  return rows[0] ?? { total: 0, rejected: 0 };
}

/**
 * The order of taking. Lines for one consignee follow each other, so that they can be told of all at once; of several with
 * the same waybills the first comes before the others, which are found to be its duplicates.
 */
async function placeLines(client: PoolClient, manifestId: string): Promise<void> {
  await client.query(
    `WITH seen AS (
       SELECT line, phone_index,
         master_waybill IS NOT NULL
           AND row_number() OVER (PARTITION BY master_waybill, house_waybill ORDER BY line) > 1 AS repeated
       FROM manifest_lines WHERE manifest_id = $1 AND status = 'waiting'),
     grouped AS (
       SELECT line, repeated, min(line) OVER consignee AS first,
         phone_index IS NOT NULL AND count(*) OVER consignee > 1 AS together
       FROM seen WINDOW consignee AS (PARTITION BY repeated, coalesce(phone_index, int4send(line)))),
     placed AS (
       SELECT line, together, row_number() OVER (ORDER BY repeated, first, line) AS place FROM grouped)
     UPDATE manifest_lines l SET place = placed.place, told_together = placed.together
     FROM placed WHERE l.manifest_id = $1 AND l.line = placed.line`,
    [manifestId],
  );
}

/** An upload that was refused is forgotten; one that is complete stays. */
export async function dropUpload(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  manifestId: string,
): Promise<void> {
  const { rowCount } = await pool.query(
    `DELETE FROM manifests WHERE manifest_id = $1 AND status = 'receiving'`,
    [manifestId],
  );
  if (rowCount === 1) await keys.destroy(manifestId);
}
