/** The transparency log as it is kept: leaves, tiles of hashes, signed checkpoints. Written by one sequencer at a time. */
import type { PoolClient } from 'pg';
import type { Queryable } from '../pool.ts';
import type { Head } from './heads.ts';
import type { NewLeaf } from './queue.ts';

/** Advisory lock of whoever appends; any number that nothing else uses. */
const SEQUENCER_LOCK = 7_264_001;

/** Takes the sequencer's place until the transaction ends; false when somebody has it. */
export async function tryToSequence(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>({
    name: 'log-lock',
    text: `SELECT pg_try_advisory_xact_lock(${SEQUENCER_LOCK}) AS locked`,
  });
  return rows[0]?.locked ?? false;
}

/** Up to 256 hashes of one level. */
export interface TileRow {
  level: number;
  index: number;
  hashes: Buffer;
}

/** Those of the tiles that are there. */
export async function readTiles(
  db: Queryable,
  ids: readonly Pick<TileRow, 'level' | 'index'>[],
): Promise<TileRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.query<TileRow>({
    name: 'log-tiles',
    text: `SELECT level, tile_index AS index, hashes FROM unnest($1::smallint[], $2::bigint[]) AS wanted(level, tile_index)
           JOIN log_tiles USING (level, tile_index)`,
    values: [ids.map(({ level }) => level), ids.map(({ index }) => index)],
  });
  return rows;
}

export interface LeafRow {
  leafIndex: number;
  entry: Buffer;
}

/** Leaves from `start` up to `end`, the latter left out, in order. */
export async function readEntries(db: Queryable, start: number, end: number): Promise<LeafRow[]> {
  const { rows } = await db.query<LeafRow>({
    name: 'log-entries',
    text: `SELECT leaf_index AS "leafIndex", entry FROM log_leaves
           WHERE leaf_index >= $1 AND leaf_index < $2 ORDER BY leaf_index`,
    values: [start, end],
  });
  return rows;
}

/** Where an outcome is in the log. */
export interface OutcomeLeaf extends LeafRow {
  /** Opened by `openSalt` with the declaration's key. */
  sealedSalt: Buffer;
}

/** The leaf of an outcome; null while it waits for its turn. */
export async function leafOf(db: Queryable, outcomeId: string): Promise<OutcomeLeaf | null> {
  const { rows } = await db.query<OutcomeLeaf>({
    name: 'log-leaf-of',
    text: `SELECT leaf_index AS "leafIndex", entry, sealed_salt AS "sealedSalt" FROM log_leaves WHERE outcome_id = $1`,
    values: [outcomeId],
  });
  return rows[0] ?? null;
}

/** What one append writes, in the sequencer's transaction. */
export interface Append {
  /** Index of the first leaf. */
  from: number;
  leaves: readonly NewLeaf[];
  /** New ones, and those that became wider. */
  tiles: readonly TileRow[];
  head: Head;
  /** The head's checkpoint, signed. */
  note: string;
}

/** Leaves, tiles and checkpoint; the outcomes leave the queue. */
export async function writeAppend(
  client: PoolClient,
  { from, leaves, tiles, head, note }: Append,
): Promise<void> {
  await client.query({
    name: 'log-append-leaves',
    text: `WITH appended AS (
             INSERT INTO log_leaves (leaf_index, outcome_id, entry, sealed_salt)
             SELECT $1 + row.number - 1, row.outcome_id, row.entry, row.sealed_salt
             FROM unnest($2::uuid[], $3::bytea[], $4::bytea[]) WITH ORDINALITY
               AS row(outcome_id, entry, sealed_salt, number))
           DELETE FROM log_queue WHERE outcome_id = ANY($2::uuid[])`,
    values: [
      from,
      leaves.map(({ outcomeId }) => outcomeId),
      leaves.map(({ entry }) => entry),
      leaves.map(({ sealedSalt }) => sealedSalt),
    ],
  });
  await client.query({
    name: 'log-append-tiles',
    text: `WITH signed AS (INSERT INTO log_checkpoints (tree_size, root, note) VALUES ($4, $5, $6))
           INSERT INTO log_tiles (level, tile_index, hashes)
           SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])
           ON CONFLICT (level, tile_index) DO UPDATE SET hashes = EXCLUDED.hashes`,
    values: [
      tiles.map(({ level }) => level),
      tiles.map(({ index }) => index),
      tiles.map(({ hashes }) => hashes),
      head.size,
      head.root,
      note,
    ],
  });
}

/** A checkpoint that the log has signed. */
export interface CheckpointRow extends Head {
  note: string;
  published: boolean;
}

/** Where the log stands, in one look. */
export interface LogState {
  /** The last checkpoint signed, shown or not; null before the log begins. */
  latest: CheckpointRow | null;
  /** Index of the last leaf; -1 when there is none. */
  lastLeaf: number;
  /** An alarm is open: nothing may be appended. */
  halted: boolean;
}

export async function readState(db: Queryable): Promise<LogState> {
  const { rows } = await db.query<
    Omit<LogState, 'latest'> & { [K in keyof CheckpointRow]: CheckpointRow[K] | null }
  >({
    name: 'log-state',
    // The last leaf by `max`: Postgres takes that from the index, whatever it knows of the table.
    text: `SELECT c.tree_size AS size, c.root, c.note, c.published_at IS NOT NULL AS published,
             coalesce((SELECT max(leaf_index) FROM log_leaves), -1) AS "lastLeaf",
             EXISTS (SELECT 1 FROM log_alarms WHERE resumed_at IS NULL) AS halted
           FROM (SELECT) AS one
           LEFT JOIN LATERAL (SELECT * FROM log_checkpoints ORDER BY tree_size DESC LIMIT 1) c ON true`,
  });
  const {
    size = null,
    root = null,
    note = null,
    published = null,
    lastLeaf = -1,
    halted = false,
  } = rows[0] ?? {};
  const latest =
    size !== null && root && note !== null ? { size, root, note, published: published ?? false } : null;
  return { latest, lastLeaf, halted };
}

/** The last checkpoint signed, shown or not; null before the log begins. */
export const latestCheckpoint = async (db: Queryable): Promise<CheckpointRow | null> =>
  (await readState(db)).latest;

export async function insertCheckpoint(
  client: PoolClient,
  { size, root }: Head,
  note: string,
): Promise<void> {
  await client.query({
    name: 'log-checkpoint',
    text: 'INSERT INTO log_checkpoints (tree_size, root, note) VALUES ($1, $2, $3)',
    values: [size, root, note],
  });
}

/** From now on it is shown. To be called once the second copy knows of it. */
export async function publishCheckpoint(client: Queryable, size: number): Promise<void> {
  await client.query({
    name: 'log-publish',
    text: 'UPDATE log_checkpoints SET published_at = clock_timestamp() WHERE tree_size = $1 AND published_at IS NULL',
    values: [size],
  });
}

/** Checkpoints of the last day are kept, so that witnesses can sign them; later only those that one has signed. */
const KEPT = "interval '1 day'";
const PRUNE_BATCH = 1_000;

/** Takes away checkpoints that nobody needs: the head of any size can be signed again, with the same bytes. */
export async function pruneCheckpoints(db: Queryable): Promise<void> {
  await db.query(
    `DELETE FROM log_checkpoints WHERE tree_size IN (
       SELECT c.tree_size FROM log_checkpoints c
       WHERE c.signed_at < now() - ${KEPT} AND c.published_at IS NOT NULL
         AND c.tree_size < (SELECT max(tree_size) FROM log_checkpoints)
         AND NOT EXISTS (SELECT 1 FROM log_cosignatures s WHERE s.tree_size = c.tree_size)
       ORDER BY c.signed_at LIMIT ${PRUNE_BATCH})`,
  );
}
