import type { Pool } from 'pg';

/** Size and root of the log's tree. */
export interface Head {
  size: number;
  root: Buffer;
}

/** The second copy of the log's head, kept in the key store's database: apart from the main one and its backups. */
export interface HeadStore {
  read(origin: string): Promise<Head | null>;
  /** The log begins; one that has begun stays as it is. */
  begin(origin: string, head: Head): Promise<void>;
  /** Moves from one head to a later one. False when it stands elsewhere: nothing is changed. */
  move(origin: string, from: Head, to: Head): Promise<boolean>;
}

export function createHeadStore(pool: Pool): HeadStore {
  return {
    async read(origin) {
      const { rows } = await pool.query<Head>({
        name: 'log-head-read',
        text: 'SELECT tree_size AS size, root FROM log_heads WHERE origin = $1',
        values: [origin],
      });
      return rows[0] ?? null;
    },
    async begin(origin, { size, root }) {
      await pool.query(
        'INSERT INTO log_heads (origin, tree_size, root) VALUES ($1, $2, $3) ON CONFLICT (origin) DO NOTHING',
        [origin, size, root],
      );
    },
    async move(origin, from, to) {
      const { rowCount } = await pool.query({
        name: 'log-head-move',
        text: `UPDATE log_heads SET tree_size = $4, root = $5, updated_at = now()
               WHERE origin = $1 AND tree_size = $2 AND root = $3`,
        values: [origin, from.size, from.root, to.size, to.root],
      });
      return rowCount === 1;
    },
  };
}
