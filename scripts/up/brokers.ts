/** The sandbox's two customs brokers, with secrets that stay the same from start to start. */
import { existsSync, readFileSync } from 'node:fs';
import type { Pool } from 'pg';
import { createBroker, findBrokerByClientId, rotateKey } from '../../db/brokers.ts';
import {
  awaitedAdministrator,
  inviteAgain,
  inviteUser,
  type NewInvitation,
} from '../../db/console/invitations.ts';
import type { Database } from '../../db/database.ts';
import { createKeyStore } from '../../db/keys.ts';
import { createPool } from '../../db/pool.ts';
import type { DatabaseUrls } from './databases.ts';
import { writePrivate } from './secrets.ts';

export interface BrokerCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly boxNumber: string;
}

/** A link to a broker's console, for one use: nobody administers it yet. */
export interface ConsoleInvitation {
  readonly boxNumber: string;
  readonly url: string;
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

/** One for each broker whose console nobody has joined; a fresh one at each start, since links are told once. */
export async function inviteToConsoles(
  databases: DatabaseUrls,
  masterKey: string,
  app: string,
  brokers: readonly BrokerCredentials[],
): Promise<ConsoleInvitation[]> {
  const pool = createPool(databases.DATABASE_URL, { max: 1 });
  const keysPool = createPool(databases.KEYS_DATABASE_URL, { max: 1 });
  const db = { pool, keys: createKeyStore(keysPool, Buffer.from(masterKey, 'base64')) };
  try {
    const invitations: ConsoleInvitation[] = [];
    for (const { clientId, boxNumber } of brokers) {
      const invitation = await inviteFirst(db, clientId);
      if (invitation) invitations.push({ boxNumber, url: `${app}/console/join#${invitation.token}` });
    }
    return invitations;
  } finally {
    await Promise.all([pool.end(), keysPool.end()]);
  }
}

async function inviteFirst(
  db: Pick<Database, 'pool' | 'keys'>,
  clientId: string,
): Promise<NewInvitation | null> {
  const broker = await findBrokerByClientId(db.pool, clientId);
  if (!broker) return null;
  const by = { brokerId: broker.brokerId, by: null };
  const { joined, userId } = await awaitedAdministrator(db.pool, broker.brokerId);
  if (joined) return null;
  return userId ? inviteAgain(db, by, userId) : inviteUser(db, { ...by, name: '管理者', role: 'admin' });
}
