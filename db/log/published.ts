/** What of the log is shown: never more than the last published checkpoint covers. */
import type { Queryable } from '../pool.ts';
import type { Head } from './heads.ts';

/** A checkpoint with the lines that witnesses have added. */
export interface PublishedCheckpoint extends Head {
  note: string;
}

const NOTE = `c.note || coalesce((SELECT string_agg(s.line, '' ORDER BY s.key_name, s.key_id)
  FROM log_cosignatures s WHERE s.tree_size = c.tree_size), '') AS note`;

/** The last one that is shown; null before the log begins. */
export async function publishedCheckpoint(db: Queryable): Promise<PublishedCheckpoint | null> {
  const { rows } = await db.query<PublishedCheckpoint>({
    name: 'log-published',
    text: `SELECT c.tree_size AS size, c.root, ${NOTE} FROM log_checkpoints c
           WHERE c.published_at IS NOT NULL ORDER BY c.tree_size DESC LIMIT 1`,
  });
  return rows[0] ?? null;
}

/** The last one that a witness has signed; null while there is none. */
export async function cosignedCheckpoint(db: Queryable): Promise<PublishedCheckpoint | null> {
  const { rows } = await db.query<PublishedCheckpoint>({
    name: 'log-cosigned',
    text: `SELECT c.tree_size AS size, c.root, ${NOTE} FROM log_checkpoints c
           WHERE c.tree_size = (SELECT max(tree_size) FROM log_cosignatures)`,
  });
  return rows[0] ?? null;
}

/** Whether a checkpoint of this size is kept, and with which root. */
export async function keptRoot(db: Queryable, size: number): Promise<Buffer | null> {
  const { rows } = await db.query<{ root: Buffer }>({
    name: 'log-kept-root',
    text: 'SELECT root FROM log_checkpoints WHERE tree_size = $1 AND published_at IS NOT NULL',
    values: [size],
  });
  return rows[0]?.root ?? null;
}

/** A witness's signature, verified. */
export interface NewCosignature {
  size: number;
  /** Of the witness's key. */
  name: string;
  keyId: string;
  /** Unix seconds. */
  time: number;
  /** Signature line of the note, with its line break. */
  line: string;
}

/** Keeps the newest of each witness. `kept`: this one; `known`: it or a newer one was there; `gone`: the checkpoint is not kept. */
export async function keepCosignature(
  db: Queryable,
  { size, name, keyId, time, line }: NewCosignature,
): Promise<'kept' | 'known' | 'gone'> {
  const { rows } = await db.query<{ there: boolean; kept: boolean }>({
    name: 'log-cosign',
    text: `WITH there AS (SELECT tree_size FROM log_checkpoints WHERE tree_size = $1 FOR KEY SHARE),
             kept AS (
               INSERT INTO log_cosignatures (tree_size, key_name, key_id, signed_at, line)
               SELECT tree_size, $2, $3, to_timestamp($4), $5 FROM there
               ON CONFLICT (tree_size, key_name, key_id) DO UPDATE SET signed_at = EXCLUDED.signed_at, line = EXCLUDED.line
               WHERE log_cosignatures.signed_at < EXCLUDED.signed_at RETURNING 1)
           SELECT EXISTS (SELECT 1 FROM there) AS there, EXISTS (SELECT 1 FROM kept) AS kept`,
    values: [size, name, keyId, time, line],
  });
  if (!rows[0]?.there) return 'gone';
  return rows[0].kept ? 'kept' : 'known';
}

/** For operators. */
export interface LogCounts {
  size: number;
  queued: number;
  /** Queued, and no leaf could be made of them. */
  refused: number;
  alarm: boolean;
}

export async function countLog(db: Queryable): Promise<LogCounts> {
  const { rows } = await db.query<LogCounts>(
    `SELECT coalesce((SELECT max(tree_size) FROM log_checkpoints WHERE published_at IS NOT NULL), 0) AS size,
       (SELECT count(*) FROM log_queue WHERE refused_at IS NULL) AS queued,
       (SELECT count(*) FROM log_queue WHERE refused_at IS NOT NULL) AS refused,
       EXISTS (SELECT 1 FROM log_alarms WHERE resumed_at IS NULL) AS alarm`,
  );
  return rows[0] ?? { size: 0, queued: 0, refused: 0, alarm: false };
}
