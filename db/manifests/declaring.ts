/** Makes declarations of a manifest's lines, some at a time; only its process does. */
import type { PoolClient } from 'pg';
import type { Refusal } from '../../domain/error-code.ts';
import type { Order } from '../../domain/outcome.ts';
import type { Database } from '../database.ts';
import { type Submitted, versionValues } from '../declarations.ts';
import { dataError, type Queryable, transaction } from '../pool.ts';
import { unseal } from '../seal.ts';
import type { Waybills } from '../waybill-elsewhere.ts';
import { answerLines, rejectLines, type Unfit, unfitOf } from './answering.ts';
import { lineAddress } from './receiving.ts';
import type { OpenManifest } from './taking.ts';

interface UnderWay {
  /** Not begun by a worker. */
  queued: number;
  all: number;
}

/** A broker's processes on their way to their importers: what waits for Customs for longer than a minute does not count. */
async function countUnderWay(client: Queryable, brokerId: string): Promise<UnderWay> {
  const { rows } = await client.query<UnderWay>({
    name: 'manifest-under-way',
    text: `SELECT count(*) FILTER (WHERE status = 'received') AS queued, count(*) AS all
           FROM declarations WHERE broker_id = $1 AND status IN ('received', 'lodging') AND NOT finished
             AND updated_at > now() - interval '1 minute'`,
    values: [brokerId],
  });
  return rows[0] ?? { queued: 0, all: 0 };
}

/** How much of a broker's may be under way. */
export interface Bounds {
  /** Before the workers: as many as they need to have something to do, for whoever comes next waits behind them. */
  queued: number;
  /** Altogether, while Customs is slow. */
  underWay: number;
}

export interface Taken {
  /** Lines; or the broker has as much under way as it may. */
  taken: number | 'full';
  /** Of the lines that became declarations. */
  waybills: Waybills[];
  /** Lines that the database refused. */
  unfit: Unfit[];
}

/**
 * Takes the next lines: each becomes a declaration with its first version and event, or is rejected because its waybills are
 * on another one, in one transaction with its answer. Data keys are made before. A line that the database refuses is rejected
 * alone, and named in `unfit`.
 */
export async function takeLines(
  db: Database,
  manifest: OpenManifest,
  key: Buffer,
  bounds: Bounds,
): Promise<Taken> {
  if (isFull(bounds, await roomOf(db.pool, manifest.brokerId, bounds))) return FULL;
  const ids = await nextIds(db.pool, manifest.manifestId, bounds.queued);
  const dataKeys = await db.keys.createMany(ids, 'declaration');
  const declare = (some: readonly string[]) => declareWithin(db, manifest, key, dataKeys, some, bounds);
  try {
    return await declare(ids);
  } catch (error) {
    if (dataError(error) === null) throw error;
    return oneByOne(db, manifest, key, ids, declare);
  }
}

/** One of them cannot be kept as it is: the others do not wait for it. */
async function oneByOne(
  db: Database,
  manifest: OpenManifest,
  key: Buffer,
  ids: readonly string[],
  declare: (some: readonly string[]) => Promise<Taken>,
): Promise<Taken> {
  const all = { taken: 0, waybills: [] as Waybills[], unfit: [] as Unfit[] };
  for (const id of ids) {
    try {
      const { taken, waybills } = await declare([id]);
      if (taken === 'full') break;
      all.taken += taken;
      all.waybills.push(...waybills);
    } catch (error) {
      all.unfit.push(await rejectUnfit(db, manifest, key, id, error));
      all.taken += 1;
    }
  }
  return all;
}

/** Throws the error when it is none of the line's. */
async function rejectUnfit(
  db: Database,
  { manifestId }: OpenManifest,
  key: Buffer,
  declarationId: string,
  error: unknown,
): Promise<Unfit> {
  const sqlState = dataError(error);
  if (sqlState === null) throw error;
  const line = await transaction(db.pool, async (client) => {
    const [waiting] = await waitingLines(client, manifestId, [declarationId], 1);
    if (!waiting) throw error;
    await rejectLines(client, manifestId, key, [{ line: waiting.line, problem: unfitOf(sqlState) }]);
    return waiting.line;
  });
  await db.keys.destroy(declarationId);
  return { line, sqlState };
}

const FULL: Taken = { taken: 'full', waybills: [], unfit: [] };

async function roomOf(client: Queryable, brokerId: string, bounds: Bounds): Promise<number> {
  const { queued, all } = await countUnderWay(client, brokerId);
  return Math.min(bounds.queued - queued, bounds.underWay - all);
}

/** A turn for every place that becomes free would cost more than the place: half of them at once. */
const isFull = (bounds: Bounds, places: number) => places < Math.min(bounds.queued, bounds.underWay) / 2;

/** As many of these as there is room for, in one transaction. */
async function declareWithin(
  db: Database,
  manifest: OpenManifest,
  key: Buffer,
  dataKeys: ReadonlyMap<string, Buffer>,
  ids: readonly string[],
  bounds: Bounds,
): Promise<Taken> {
  const { manifestId, brokerId } = manifest;
  const { rejected, ...result } = await transaction(db.pool, async (client) => {
    // Two manifests of one broker, or two attempts of one turn, count one after the other.
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('manifests/' || $1, 0))`, [brokerId]);
    const places = await roomOf(client, brokerId, bounds);
    if (isFull(bounds, places)) return { ...FULL, rejected: [] };
    const lines = await waitingLines(client, manifestId, ids, places);
    const { waybills, rejected } = await declareLines(client, db, manifest, key, dataKeys, lines);
    await answerLines(client, manifestId, { accepted: waybills.length });
    return { taken: lines.length, waybills, unfit: [], rejected };
  });
  for (const declarationId of rejected) await db.keys.destroy(declarationId);
  return result;
}

async function nextIds(db: Queryable, manifestId: string, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>({
    name: 'manifest-next',
    text: `SELECT declaration_id AS id FROM manifest_lines
           WHERE manifest_id = $1 AND status = 'waiting' ORDER BY place LIMIT $2`,
    values: [manifestId, limit],
  });
  return rows.map((row) => row.id);
}

interface WaitingLine {
  line: number;
  declarationId: string;
  sealed: Buffer;
}

async function waitingLines(
  client: PoolClient,
  manifestId: string,
  ids: readonly string[],
  limit: number,
): Promise<WaitingLine[]> {
  const { rows } = await client.query<WaitingLine>({
    name: 'manifest-lock-lines',
    text: `SELECT line, declaration_id AS "declarationId", sealed FROM manifest_lines
           WHERE manifest_id = $1 AND declaration_id = ANY($2::uuid[]) AND status = 'waiting'
           ORDER BY place LIMIT $3 FOR UPDATE`,
    values: [manifestId, ids, limit],
  });
  return rows;
}

/** What a line was kept as. */
interface Sent {
  order: Exclude<Order, 'customs-started'>;
  respondBy: string;
  submitted: Submitted;
}

async function declareLines(
  client: PoolClient,
  db: Database,
  { manifestId, brokerId, boxNumber }: OpenManifest,
  key: Buffer,
  dataKeys: ReadonlyMap<string, Buffer>,
  lines: readonly WaitingLine[],
): Promise<{ waybills: Waybills[]; rejected: string[] }> {
  const all = lines.map(({ line, declarationId, sealed }) => {
    const dataKey = dataKeys.get(declarationId);
    if (!dataKey) throw new Error(`no data key of ${declarationId}`);
    const sent = unseal(key, lineAddress(manifestId, line), sealed) as Sent;
    const first = { declarationId, version: 1, submitted: sent.submitted };
    return { line, declarationId, ...sent, ...versionValues(db, dataKey, boxNumber, first) };
  });
  if (all.length === 0) return { waybills: [], rejected: [] };
  const { rows } = await client.query<{ id: string }>({
    name: 'manifest-declare',
    text: DECLARE,
    values: [
      manifestId,
      brokerId,
      all.map(({ line }) => line),
      all.map(({ declarationId }) => declarationId),
      all.map(({ order }) => order),
      all.map(({ submitted }) => submitted.functionalReference),
      all.map(({ submitted }) => submitted.masterWaybill),
      all.map(({ submitted }) => submitted.houseWaybill),
      all.map(({ submitted }) => submitted.declarationNumber ?? null),
      all.map(({ digest }) => digest),
      all.map(({ respondBy }) => respondBy),
      all.map(({ phoneIndex }) => phoneIndex),
      all.map(({ sealed }) => sealed),
      all.map(({ submitted }) => submitted.flight),
      all.map(({ submitted }) => submitted.importDate),
    ],
  });
  const declared = new Set(rows.map(({ id }) => id));
  const others = all.filter(({ declarationId }) => !declared.has(declarationId));
  const rejected = await rejectDuplicates(client, manifestId, brokerId, key, others);
  const waybills = all
    .filter(({ declarationId }) => declared.has(declarationId))
    .map(({ submitted: { masterWaybill, houseWaybill } }) => ({ masterWaybill, houseWaybill }));
  return { waybills, rejected };
}

/** A declaration each, but for waybills that are taken; the line forgets what it held. */
const DECLARE = `WITH sent AS (
    SELECT * FROM unnest($3::int[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
        $11::timestamptz[], $12::bytea[], $13::bytea[], $14::text[], $15::date[]) WITH ORDINALITY
      AS t(line, declaration_id, poa_order, functional_reference, master_waybill, house_waybill, declaration_number,
        digest, respond_by, phone_index, sealed, flight, import_date, place)),
  declared AS (
    INSERT INTO declarations (declaration_id, broker_id, poa_order, functional_reference, master_waybill,
      house_waybill, declaration_number, digest, respond_by, phone_index, flight, import_date)
    SELECT declaration_id, $2::uuid, poa_order, functional_reference, master_waybill, house_waybill,
      declaration_number, digest, respond_by, phone_index, flight, import_date FROM sent ORDER BY place
    ON CONFLICT (broker_id, master_waybill, house_waybill) WHERE waybill_taken DO NOTHING RETURNING *),
  first_version AS (
    INSERT INTO declaration_versions (declaration_id, version, digest, respond_by, phone_index,
      functional_reference, master_waybill, house_waybill, flight, import_date, sealed, state)
    SELECT d.declaration_id, d.version, d.digest, d.respond_by, d.phone_index, d.functional_reference, d.master_waybill,
      d.house_waybill, d.flight, d.import_date, sent.sealed, 'in-force' FROM declared d JOIN sent USING (declaration_id)),
  told AS (
    INSERT INTO events (declaration_id, type, version)
    SELECT declaration_id, 'declaration.received', version FROM declared),
  answered AS (
    UPDATE manifest_lines l SET status = 'done', sealed = NULL, phone_index = NULL
    FROM declared d JOIN sent USING (declaration_id) WHERE l.manifest_id = $1 AND l.line = sent.line)
  SELECT declaration_id AS id FROM declared`;

/**
 * Rejects lines whose waybills are on another open declaration of the broker's; what they would have become. One whose other
 * ended just now waits for the next turn.
 */
async function rejectDuplicates(
  client: PoolClient,
  manifestId: string,
  brokerId: string,
  key: Buffer,
  lines: readonly { line: number; declarationId: string; submitted: Submitted }[],
): Promise<string[]> {
  if (lines.length === 0) return [];
  const { rows } = await client.query<{ line: number; other: string }>({
    name: 'manifest-duplicates',
    text: `SELECT t.line, d.declaration_id AS other FROM unnest($2::int[], $3::text[], $4::text[]) AS t(line, master, house)
           JOIN declarations d ON d.broker_id = $1 AND d.master_waybill = t.master AND d.house_waybill = t.house
             AND d.waybill_taken`,
    values: [
      brokerId,
      lines.map(({ line }) => line),
      lines.map(({ submitted }) => submitted.masterWaybill),
      lines.map(({ submitted }) => submitted.houseWaybill),
    ],
  });
  await rejectLines(
    client,
    manifestId,
    key,
    rows.map(({ line, other }) => ({ line, problem: duplicateOf(other) })),
  );
  const rejected = new Set(rows.map(({ line }) => line));
  return lines.filter(({ line }) => rejected.has(line)).map(({ declarationId }) => declarationId);
}

const duplicateOf = (declarationId: string): Refusal => ({
  code: 'duplicate-waybill',
  detail: `Declaration ${declarationId} has this master and house waybill.`,
  errors: [{ pointer: '/houseWaybill', code: 'duplicate', detail: declarationId }],
});
