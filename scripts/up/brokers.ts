/** The sandbox's two customs brokers, with secrets that stay the same from start to start. */
import { existsSync, readFileSync } from 'node:fs';
import type { Pool } from 'pg';
import { createBroker, findBrokerByClientId, rotateKey } from '../../db/brokers.ts';
import { createPool } from '../../db/pool.ts';
import { writePrivate } from './secrets.ts';

export interface BrokerCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly boxNumber: string;
}

const SANDBOX_BROKERS = [
  { clientId: 'sandbox-broker-1', name: '沙盒報關行一', boxNumber: 'CX001' },
  { clientId: 'sandbox-broker-2', name: '沙盒報關行二', boxNumber: 'CX002' },
];

/** Makes those that the database lacks. `file` keeps their secrets, of which the database has only hashes. */
export async function ensureBrokers(databaseUrl: string, file: string): Promise<BrokerCredentials[]> {
  const kept: BrokerCredentials[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
  const pool = createPool(databaseUrl, { max: 1 });
  try {
    const usable: BrokerCredentials[] = [];
    for (const broker of SANDBOX_BROKERS) {
      const { clientId, boxNumber } = broker;
      const before = kept.find((one) => one.clientId === clientId)?.clientSecret;
      const clientSecret = await ensureBroker(pool, broker, before);
      if (clientSecret) usable.push({ clientId, clientSecret, boxNumber });
    }
    writePrivate(file, usable);
    return usable;
  } finally {
    await pool.end();
  }
}

/** Its secret; null when it was revoked. One that the database knows and we do not is replaced. */
async function ensureBroker(
  pool: Pool,
  broker: (typeof SANDBOX_BROKERS)[number],
  secret: string | undefined,
): Promise<string | null> {
  const known = await findBrokerByClientId(pool, broker.clientId);
  if (!known)
    return (await createBroker(pool, { ...broker, ...(secret && { clientSecret: secret }) })).clientSecret;
  if (known.revokedAt) return null;
  return secret ?? rotateKey(pool, broker.clientId);
}
