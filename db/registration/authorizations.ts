import { AUTHORIZATION_TTL_MS } from '../../domain/limits.ts';
import type { RetryReason } from '../../domain/registration-state.ts';
import type { Queryable } from '../pool.ts';
import { seal, unseal } from '../seal.ts';

/** What the redirects brought that nobody had taken up: a code counts before an error. */
export interface TakenRedirect {
  code: boolean;
  error: RetryReason | null;
}

/** Takes up every redirect that came, each once; null when none did. */
export async function takeRedirects(db: Queryable, registrationId: string): Promise<TakenRedirect | null> {
  const { rows } = await db.query<{ error: RetryReason | null }>(
    `UPDATE authorizations SET status = 'spent' WHERE registration_id = $1 AND status IN ('received', 'failed')
     RETURNING error`,
    [registrationId],
  );
  if (rows.length === 0) return null;
  return {
    code: rows.some(({ error }) => error === null),
    error: rows.find(({ error }) => error !== null)?.error ?? null,
  };
}

/** How the try that runs stands. */
export interface Try {
  /** A redirect came that nobody has taken up. */
  redirectWaits: boolean;
  /** The person has until then. */
  until: Date;
  /** By the database's clock. */
  over: boolean;
}

/**
 * A try lasts as long as its authorization may be used; one that came back from the operator with nothing gives the person
 * the same time again.
 */
export async function currentTry(db: Queryable, registrationId: string): Promise<Try> {
  const { rows } = await db.query<Try>({
    name: 'registration-try',
    text: `SELECT t.*, t.until <= now() AS over FROM (
             SELECT coalesce(bool_or(a.status IN ('received', 'failed')), false) AS "redirectWaits",
               greatest(max(a.expires_at), r.updated_at + $2 * interval '1 millisecond') AS until
             FROM registrations r LEFT JOIN authorizations a USING (registration_id)
             WHERE r.registration_id = $1 GROUP BY r.updated_at) t`,
    values: [registrationId, AUTHORIZATION_TTL_MS],
  });
  if (!rows[0]) throw new Error(`no registration ${registrationId}`);
  return rows[0];
}

/** Secrets of one try at the operator's authorization. */
export interface AuthorizationSecrets {
  nonce: string;
  verifier: string;
  /** As redirected; gone once it was exchanged. */
  code?: string;
  /** What it was exchanged for; gone once it was used. */
  accessToken?: string;
}

export interface AuthorizationInUse {
  authorizationId: string;
  secrets: AuthorizationSecrets;
}

const addressOf = (authorizationId: string) => `authorizations/${authorizationId}/sealed` as const;

/** The newest code that was taken up; null when it was used already. */
export async function authorizationInUse(
  db: Queryable,
  key: Buffer,
  registrationId: string,
): Promise<AuthorizationInUse | null> {
  const { rows } = await db.query<{ authorizationId: string; sealed: Buffer }>(
    `SELECT authorization_id AS "authorizationId", sealed FROM authorizations
     WHERE registration_id = $1 AND status = 'spent' AND error IS NULL ORDER BY received_at DESC LIMIT 1`,
    [registrationId],
  );
  if (!rows[0]) return null;
  const { authorizationId, sealed } = rows[0];
  return {
    authorizationId,
    secrets: unseal(key, addressOf(authorizationId), sealed) as AuthorizationSecrets,
  };
}

/** Keeps the access token in place of the code: a retry after an outage uses it, for a code works once. */
export async function keepAccessToken(
  db: Queryable,
  key: Buffer,
  { authorizationId, secrets: { nonce, verifier } }: AuthorizationInUse,
  accessToken: string,
): Promise<void> {
  await reseal(db, key, authorizationId, { nonce, verifier, accessToken });
}

/** Code and token have served. */
export async function forgetSecrets(
  db: Queryable,
  key: Buffer,
  { authorizationId, secrets: { nonce, verifier } }: AuthorizationInUse,
): Promise<void> {
  await reseal(db, key, authorizationId, { nonce, verifier });
}

async function reseal(
  db: Queryable,
  key: Buffer,
  authorizationId: string,
  secrets: AuthorizationSecrets,
): Promise<void> {
  await db.query('UPDATE authorizations SET sealed = $2 WHERE authorization_id = $1', [
    authorizationId,
    seal(key, addressOf(authorizationId), secrets),
  ]);
}
