import type { Queryable } from './pool.ts';

/**
 * Takes the transaction's advisory lock on a phone: whoever waits for a registration and whoever becomes bound take
 * turns, so that neither misses the other. Released by commit or rollback.
 */
export async function lockPhone(client: Queryable, phoneIndex: Buffer): Promise<void> {
  await lockIndexes(client, [phoneIndex]);
}

/** The same for several blind indexes at once; always in one order, so that two transactions cannot wait crosswise. */
export async function lockIndexes(client: Queryable, indexes: readonly Buffer[]): Promise<void> {
  const keys = indexes.map((index) => index.readBigInt64BE(0)).sort((a, b) => (a < b ? -1 : Number(a > b)));
  for (const key of keys) {
    await client.query({
      name: 'lock-index',
      text: 'SELECT pg_advisory_xact_lock($1::bigint)',
      values: [key.toString()],
    });
  }
}
