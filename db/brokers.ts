/** Customs brokers and their client credentials. */
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Queryable } from './pool.ts';
import { hashSecret } from './seal.ts';

const SECRET_BYTES = 32;
const CLIENT_ID_BYTES = 9;

/** What a broker has is changed, or counted before more is taken in, by one transaction at a time: until this one ends. */
export async function lockBroker(client: Queryable, brokerId: string): Promise<void> {
  await client.query('SELECT 1 FROM brokers WHERE broker_id = $1 FOR NO KEY UPDATE', [brokerId]);
}

export interface NewBroker {
  /** Made up when left out. */
  clientId?: string;
  clientSecret?: string;
  name: string;
  /** 報關業者箱號, the broker's own at Customs. */
  boxNumber: string;
}

export interface Broker {
  brokerId: string;
  clientId: string;
  name: string;
  boxNumber: string;
  createdAt: Date;
  revokedAt: Date | null;
}

/** 32 random bytes, base64url. */
const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

/** The secret is told this once: only its SHA-256 is kept. A client id or box number that is taken violates its constraint. */
export async function createBroker(
  db: Queryable,
  { clientId, clientSecret, name, boxNumber }: NewBroker,
): Promise<{ brokerId: string; clientId: string; clientSecret: string }> {
  const broker = {
    brokerId: uuidv7(),
    clientId: clientId ?? `broker-${randomBytes(CLIENT_ID_BYTES).toString('hex')}`,
    clientSecret: clientSecret ?? newSecret(),
  };
  await db.query(
    'INSERT INTO brokers (broker_id, client_id, name, box_number, secret_hash) VALUES ($1, $2, $3, $4, $5)',
    [broker.brokerId, broker.clientId, name, boxNumber, hashSecret(broker.clientSecret)],
  );
  return broker;
}

/** From now on no token is given, and live ones stop within seconds. False: there is no such client. */
export async function revokeBroker(db: Queryable, clientId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'UPDATE brokers SET revoked_at = coalesce(revoked_at, now()) WHERE client_id = $1',
    [clientId],
  );
  return rowCount === 1;
}

/** A fresh secret in place of the earlier one; null: there is no such client, or it was revoked. */
export async function rotateKey(db: Queryable, clientId: string): Promise<string | null> {
  const secret = newSecret();
  const { rowCount } = await db.query(
    'UPDATE brokers SET secret_hash = $2 WHERE client_id = $1 AND revoked_at IS NULL',
    [clientId, hashSecret(secret)],
  );
  return rowCount === 1 ? secret : null;
}

const COLUMNS = `broker_id AS "brokerId", client_id AS "clientId", name, box_number AS "boxNumber",
  created_at AS "createdAt", revoked_at AS "revokedAt"`;

export async function listBrokers(db: Queryable): Promise<Broker[]> {
  const { rows } = await db.query<Broker>(`SELECT ${COLUMNS} FROM brokers ORDER BY client_id`);
  return rows;
}

/** Whose token, given for the key `kid` (null: for the secret), is good; null: unknown, or broker or key were revoked. */
export async function findBrokerInUse(
  db: Queryable,
  brokerId: string,
  kid: string | null,
): Promise<Broker | null> {
  const { rows } = await db.query<Broker>({
    name: 'broker-in-use',
    text: `SELECT ${COLUMNS} FROM brokers b WHERE broker_id = $1 AND revoked_at IS NULL AND ($2::text IS NULL OR EXISTS (
             SELECT 1 FROM client_keys k WHERE k.broker_id = b.broker_id AND kid = $2 AND k.revoked_at IS NULL))`,
    values: [brokerId, kid],
  });
  return rows[0] ?? null;
}

export async function findBrokerByBoxNumber(db: Queryable, boxNumber: string): Promise<Broker | null> {
  const { rows } = await db.query<Broker>({
    name: 'broker-find-box',
    text: `SELECT ${COLUMNS} FROM brokers WHERE box_number = $1`,
    values: [boxNumber],
  });
  return rows[0] ?? null;
}

/** With the SHA-256 of its secret, for the token endpoint. */
export async function findBrokerByClientId(
  db: Queryable,
  clientId: string,
): Promise<(Broker & { secretHash: Buffer }) | null> {
  const { rows } = await db.query<Broker & { secretHash: Buffer }>({
    name: 'broker-find-client',
    text: `SELECT ${COLUMNS}, secret_hash AS "secretHash" FROM brokers WHERE client_id = $1`,
    values: [clientId],
  });
  return rows[0] ?? null;
}
