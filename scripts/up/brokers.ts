/** The sandbox's two customs brokers, with secrets that stay the same from start to start. */
import { existsSync, readFileSync } from 'node:fs';
import { createBroker } from '../../db/brokers.ts';
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

/** Makes those that the database lacks. `file` keeps their credentials: the database has only hashes. */
export async function ensureBrokers(databaseUrl: string, file: string): Promise<BrokerCredentials[]> {
  const kept: BrokerCredentials[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
  const pool = createPool(databaseUrl, { max: 1 });
  try {
    const { rows } = await pool.query<{ client_id: string }>('SELECT client_id FROM brokers');
    const known = new Set(rows.map((row) => row.client_id));
    const brokers: BrokerCredentials[] = [];
    for (const broker of SANDBOX_BROKERS) {
      const before = kept.find(({ boxNumber }) => boxNumber === broker.boxNumber);
      const { boxNumber } = broker;
      if (before && known.has(before.clientId)) brokers.push(before);
      else brokers.push({ ...(await createBroker(pool, broker)), boxNumber });
    }
    writePrivate(file, brokers);
    return brokers;
  } finally {
    await pool.end();
  }
}
