/** What the API does with registrations: first rows, tries at the operator, the redirect, and reading. */
import { timingSafeEqual } from 'node:crypto';
import type { PoolClient } from 'pg';
import { ConsentryError } from '../domain/error-code.ts';
import { AUTHORIZATION_TTL_MS } from '../domain/limits.ts';
import type { RefusalReason, RegistrationStatus, RetryReason } from '../domain/registration-state.ts';
import type { Database } from './database.ts';
import { type Queryable, transaction } from './pool.ts';
import type { AuthorizationSecrets } from './registration/authorizations.ts';
import { registrationKey, type SealedPerson } from './registration/person.ts';
import { seal, unseal } from './seal.ts';

/** One try at the operator's authorization, as the browser carries it there. */
export interface NewAuthorization {
  authorizationId: string;
  /** SHA-256 of the `state`. */
  stateHash: Buffer;
  nonce: string;
  /** PKCE. */
  verifier: string;
}

export interface NewRegistration {
  registrationId: string;
  person: SealedPerson;
  operator: string;
  locale: string;
  noticeVersion: string;
  /** SHA-256 of the registration cookie. */
  browserHash: Buffer;
  /** Who logged in with their passkey in this browser a moment ago: they may change their phone at once. */
  begunBy?: string | null;
}

/** R1: keeps what the importer filled in, with the first try. Whoever else holds the ID or the phone plays no part yet. */
export async function insertRegistration(
  { pool, keys, index }: Database,
  registration: NewRegistration,
  authorization: NewAuthorization,
): Promise<void> {
  const { registrationId, person } = registration;
  const key = await keys.create(registrationId, 'registration');
  await transaction(pool, async (client) => {
    await client.query(
      `INSERT INTO registrations (registration_id, status, id_index, phone_index, sealed, operator, locale,
         notice_version, browser_hash, begun_by)
       VALUES ($1, 'awaiting_telecom', $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        registrationId,
        index.ofIdentityNumber(person.idNumber),
        index.ofPhone(person.phone),
        seal(key, `registrations/${registrationId}/sealed`, person),
        registration.operator,
        registration.locale,
        registration.noticeVersion,
        registration.browserHash,
        registration.begunBy ?? null,
      ],
    );
    await insertAuthorization(client, key, registrationId, authorization);
  });
}

async function insertAuthorization(
  client: PoolClient,
  key: Buffer,
  registrationId: string,
  { authorizationId, stateHash, nonce, verifier }: NewAuthorization,
): Promise<void> {
  const secrets: AuthorizationSecrets = { nonce, verifier };
  await client.query(
    `INSERT INTO authorizations (authorization_id, registration_id, state_hash, sealed, expires_at)
     VALUES ($1, $2, $3, $4, now() + $5 * interval '1 millisecond')`,
    [
      authorizationId,
      registrationId,
      stateHash,
      seal(key, `authorizations/${authorizationId}/sealed`, secrets),
      AUTHORIZATION_TTL_MS,
    ],
  );
}

/**
 * A fresh try. Throws `not-found` for a registration of another browser, `already-decided` unless it waits for the
 * operator.
 */
export async function addAuthorization(
  { pool, keys }: Database,
  registrationId: string,
  browserHash: Buffer,
  authorization: NewAuthorization,
): Promise<void> {
  await transaction(pool, async (client) => {
    const { status } = await lockOfBrowser(client, registrationId, browserHash);
    if (status !== 'awaiting_telecom') {
      throw new ConsentryError('already-decided', 'This registration does not wait for the operator.');
    }
    const key = await registrationKey(keys, registrationId);
    await insertAuthorization(client, key, registrationId, authorization);
  });
}

/** The operator's name, for a fresh try; `null` when this browser has no such registration. */
export async function operatorOf(
  { pool }: Database,
  registrationId: string,
  browserHash: Buffer,
): Promise<string | null> {
  const { rows } = await pool.query<{ operator: string; browserHash: Buffer }>(
    `SELECT operator, browser_hash AS "browserHash" FROM registrations WHERE registration_id = $1`,
    [registrationId],
  );
  return rows[0] && sameHash(rows[0].browserHash, browserHash) ? rows[0].operator : null;
}

async function lockOfBrowser(client: PoolClient, registrationId: string, browserHash: Buffer) {
  const { rows } = await client.query<{ status: RegistrationStatus; browserHash: Buffer }>(
    `SELECT status, browser_hash AS "browserHash" FROM registrations WHERE registration_id = $1 FOR UPDATE`,
    [registrationId],
  );
  const [row] = rows;
  if (!row || !sameHash(row.browserHash, browserHash)) {
    throw new ConsentryError('not-found', 'No such registration in this browser.');
  }
  return row;
}

/** What the operator's redirect brought. */
export type Redirect = { code: string } | { error: RetryReason };

/**
 * Keeps what the redirect brought; each `state` works once, and only in the browser that it was made for. Null:
 * it does not belong to this browser, or was used. Otherwise the registration, and whether its process is to hear of it.
 */
export async function recordRedirect(
  { pool, keys }: Database,
  browserHash: Buffer,
  stateHash: Buffer,
  redirect: Redirect,
): Promise<{ registrationId: string; news: boolean } | null> {
  const found = await findAuthorization(pool, stateHash);
  if (!found || !sameHash(found.browserHash, browserHash)) return null;
  const { authorizationId, registrationId } = found;
  const key = await keys.get(registrationId);
  if (!key) return null;
  return transaction(pool, async (client) => {
    const { status } = await lockOfBrowser(client, registrationId, browserHash);
    const used = await client.query<{ expired: boolean; sealed: Buffer }>(
      `UPDATE authorizations SET status = 'spent', error = 'authorization-expired', received_at = clock_timestamp()
       WHERE authorization_id = $1 AND status = 'issued' RETURNING expires_at <= now() AS expired, sealed`,
      [authorizationId],
    );
    const [row] = used.rows;
    if (!row) return null;
    if (status !== 'awaiting_telecom') return { registrationId, news: false };
    const brought: Redirect = row.expired ? { error: 'authorization-expired' } : redirect;
    await keepRedirect(client, key, authorizationId, row.sealed, brought);
    return { registrationId, news: true };
  });
}

async function keepRedirect(
  client: PoolClient,
  key: Buffer,
  authorizationId: string,
  sealed: Buffer,
  redirect: Redirect,
): Promise<void> {
  if ('error' in redirect) {
    await client.query(
      `UPDATE authorizations SET status = 'failed', error = $2 WHERE authorization_id = $1`,
      [authorizationId, redirect.error],
    );
    return;
  }
  const address = `authorizations/${authorizationId}/sealed` as const;
  const secrets: AuthorizationSecrets = {
    ...(unseal(key, address, sealed) as AuthorizationSecrets),
    code: redirect.code,
  };
  await client.query(
    `UPDATE authorizations SET status = 'received', error = NULL, sealed = $2 WHERE authorization_id = $1`,
    [authorizationId, seal(key, address, secrets)],
  );
}

async function findAuthorization(db: Queryable, stateHash: Buffer) {
  const { rows } = await db.query<{ authorizationId: string; registrationId: string; browserHash: Buffer }>(
    `SELECT a.authorization_id AS "authorizationId", registration_id AS "registrationId",
       r.browser_hash AS "browserHash"
     FROM authorizations a JOIN registrations r USING (registration_id) WHERE a.state_hash = $1`,
    [stateHash],
  );
  return rows[0] ?? null;
}

export interface ReadRegistration {
  status: RegistrationStatus;
  reason: RefusalReason | RetryReason | null;
  /** A change of phone waits until then. */
  holdUntil: Date | null;
}

/**
 * How the registration stands, for the browser that began it; null for any other. The first time that it reads `bound`
 * is kept: passkeys can be made until some minutes after it.
 */
export async function readRegistration(
  { pool }: Database,
  registrationId: string,
  browserHash: Buffer,
): Promise<ReadRegistration | null> {
  const { rows } = await pool.query<ReadRegistration & { browserHash: Buffer; unread: boolean }>({
    name: 'registration-read',
    text: `SELECT status, reason, CASE WHEN status = 'verifying' THEN hold_until END AS "holdUntil", browser_hash AS "browserHash",
             status = 'bound' AND first_read_bound_at IS NULL AS unread
           FROM registrations WHERE registration_id = $1`,
    values: [registrationId],
  });
  const [row] = rows;
  if (!row || !sameHash(row.browserHash, browserHash)) return null;
  if (row.unread) {
    await pool.query(
      `UPDATE registrations SET first_read_bound_at = clock_timestamp()
       WHERE registration_id = $1 AND status = 'bound' AND first_read_bound_at IS NULL`,
      [registrationId],
    );
  }
  const { status, reason, holdUntil } = row;
  return { status, reason, holdUntil };
}

/** Both are SHA-256: of one length. */
const sameHash = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
