/** Idempotency keys: a request that is made twice is done once, and answered with the same bytes. */
import { IDEMPOTENCY_TTL_MS } from '../domain/limits.ts';
import type { Database } from './database.ts';
import type { Queryable } from './pool.ts';
import { type FieldAddress, seal, unseal } from './seal.ts';

/** A broker's request under a key. */
export interface KeyUse {
  brokerId: string;
  key: string;
  /** SHA-256 of method, path, If-Match and body. */
  requestHash: Buffer;
}

export interface KeptAnswer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** What a key was used for. Without an answer, whoever used it has not got so far, or was killed. */
export interface UsedKey {
  requestHash: Buffer;
  declarationId: string;
  /** The proposal that answers it. */
  proposalId: string | null;
  answer: KeptAnswer | null;
}

/** The key was used by another request, maybe in this instant: nothing of this one happened. */
export class KeyTaken extends Error {
  override readonly name = 'KeyTaken';
}

const TTL = `interval '${IDEMPOTENCY_TTL_MS} milliseconds'`;

const addressOf = ({ brokerId, key }: KeyUse): FieldAddress => `idempotency_keys/${brokerId}.${key}/sealed`;

/** What the key was used for in the last 30 days, or null. */
export async function findUsedKey({ pool, keys }: Database, use: KeyUse): Promise<UsedKey | null> {
  const { rows } = await pool.query<Omit<UsedKey, 'answer'> & AnswerColumns>({
    name: 'idempotency-find',
    text: `SELECT request_hash AS "requestHash", declaration_id AS "declarationId", proposal_id AS "proposalId",
             status, headers, sealed
           FROM idempotency_keys WHERE broker_id = $1 AND key = $2 AND created_at > now() - ${TTL}`,
    values: [use.brokerId, use.key],
  });
  if (!rows[0]) return null;
  const { status, headers, sealed, ...used } = rows[0];
  const key = sealed && (await keys.get(used.declarationId));
  return { ...used, answer: key ? answerOf(key, use, { status, headers, sealed }) : null };
}

/**
 * SQL that takes a key, from `$first` on, to stand in the statement (or transaction) of what it is for: it gives a row
 * when the key was free. It waits for a twin that is not yet committed; a key too old to count is taken anew.
 */
export function claimKeySql(first: number): string {
  const parameters = [0, 1, 2, 3, 4].map((i) => `$${first + i}`).join(', ');
  return `INSERT INTO idempotency_keys AS k (broker_id, key, request_hash, declaration_id, proposal_id)
    VALUES (${parameters})
    ON CONFLICT (broker_id, key) DO UPDATE SET request_hash = excluded.request_hash,
      declaration_id = excluded.declaration_id, proposal_id = excluded.proposal_id,
      status = NULL, headers = NULL, sealed = NULL, created_at = excluded.created_at
    WHERE k.created_at <= now() - ${TTL}
    RETURNING 1`;
}

export const claimKeyValues = (
  { brokerId, key, requestHash }: KeyUse,
  declarationId: string,
  proposalId: string | null,
): unknown[] => [brokerId, key, requestHash, declarationId, proposalId];

/** Takes a key inside a transaction. Throws `KeyTaken`. */
export async function claimKey(
  db: Queryable,
  use: KeyUse,
  declarationId: string,
  proposalId: string | null,
): Promise<void> {
  const { rowCount } = await db.query({
    name: 'idempotency-claim',
    text: claimKeySql(1),
    values: claimKeyValues(use, declarationId, proposalId),
  });
  if (rowCount !== 1) throw new KeyTaken(use.key);
}

/** Keeps the answer unless a twin kept one before: all of them answer what this returns. */
export async function keepAnswer(
  { pool, keys }: Database,
  use: KeyUse,
  declarationId: string,
  answer: KeptAnswer,
): Promise<KeptAnswer> {
  const key = await keys.get(declarationId);
  if (!key) return answer;
  const { rows } = await pool.query<AnswerColumns>({
    name: 'idempotency-keep',
    text: `UPDATE idempotency_keys SET status = coalesce(status, $3), headers = coalesce(headers, $4),
             sealed = coalesce(sealed, $5)
           WHERE broker_id = $1 AND key = $2 RETURNING status, headers, sealed`,
    values: [
      use.brokerId,
      use.key,
      answer.status,
      answer.headers,
      seal(key, addressOf(use), answer.body ?? null),
    ],
  });
  return (rows[0] && answerOf(key, use, rows[0])) ?? answer;
}

interface AnswerColumns {
  status: number | null;
  headers: Record<string, string> | null;
  sealed: Buffer | null;
}

function answerOf(key: Buffer, use: KeyUse, { status, headers, sealed }: AnswerColumns): KeptAnswer | null {
  if (status === null || sealed === null) return null;
  return { status, headers: headers ?? {}, body: unseal(key, addressOf(use), sealed) };
}
