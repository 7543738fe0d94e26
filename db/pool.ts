import { Pool, type PoolClient, types } from 'pg';

// bigint counters here stay far below 2^53.
types.setTypeParser(types.builtins.INT8, Number);

/** Something that runs queries: the pool, or one client inside a transaction. */
export type Queryable = Pick<PoolClient, 'query'>;

export interface PoolOptions {
  /** Most connections at once. */
  max?: number;
  /** Any statement, ms: shorter than an activity's or a request's time-out, so that neither outlives its caller. */
  statementTimeoutMs?: number;
  applicationName?: string;
}

export function createPool(connectionString: string, options: PoolOptions = {}): Pool {
  const pool = new Pool({
    connectionString,
    max: options.max ?? 20,
    statement_timeout: options.statementTimeoutMs ?? 5_000,
    idle_in_transaction_session_timeout: 10_000,
    connectionTimeoutMillis: 3_000,
    ...(options.applicationName && { application_name: options.applicationName }),
  });
  // A lost idle connection is replaced by the next query; unheard, it would end the process.
  pool.on('error', () => {});
  // The same for one that is lost between two statements of a transaction: the next statement fails, and tells.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** Runs `work` in one transaction; anything thrown rolls it back. */
export async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** SQLSTATE of an error that lies in the values of a statement (classes 22 and 23), or null when it is another. */
export function dataError(error: unknown): string | null {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^2[23]\w{3}$/.test(code) ? code : null;
}

/** Name of the violated unique index or constraint, or null when the error is another. */
export function violatedConstraint(error: unknown): string | null {
  const { code, constraint } = (error ?? {}) as { code?: string; constraint?: string };
  return code === '23505' ? (constraint ?? '') : null;
}
