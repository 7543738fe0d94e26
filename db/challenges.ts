import type { SignedAct } from '../domain/challenge.ts';
import { CHALLENGE_TTL_MS } from '../domain/limits.ts';
import type { Queryable } from './pool.ts';
import { hashSecret } from './seal.ts';

/** A WebAuthn challenge that was handed out, kept as its hash. */
export type NewChallenge =
  | { kind: 'login' }
  | { kind: 'passkey'; subjectId: string }
  | { kind: 'decision'; subjectId: string; declarationId: string; act: SignedAct; locale: string };

/** Keeps a challenge for five minutes and one use. */
export async function insertChallenge(
  db: Queryable,
  challenge: Uint8Array,
  about: NewChallenge,
): Promise<void> {
  const { subjectId, declarationId, act, locale } = { ...NOTHING, ...about };
  await db.query({
    name: 'challenge-insert',
    text: `INSERT INTO challenges (challenge_hash, kind, subject_id, declaration_id, act, locale, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 millisecond')`,
    values: [hashSecret(challenge), about.kind, subjectId, declarationId, act, locale, CHALLENGE_TTL_MS],
  });
}

const NOTHING = { subjectId: null, declarationId: null, act: null, locale: null };

/** Uses a challenge up; false when it was used or has expired meanwhile. */
export async function spendChallenge(db: Queryable, challengeHash: Buffer): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'challenge-spend',
    text: `UPDATE challenges SET spent_at = clock_timestamp()
           WHERE challenge_hash = $1 AND spent_at IS NULL AND expires_at > clock_timestamp()`,
    values: [challengeHash],
  });
  return rowCount === 1;
}

/** What a challenge was handed out for; null: never by us. */
export interface KeptChallenge {
  kind: NewChallenge['kind'];
  subjectId: string | null;
  /** Neither used nor expired. */
  live: boolean;
}

export async function findChallenge(db: Queryable, challengeHash: Buffer): Promise<KeptChallenge | null> {
  const { rows } = await db.query<KeptChallenge>({
    name: 'challenge-find',
    text: `SELECT kind, subject_id AS "subjectId", spent_at IS NULL AND expires_at > clock_timestamp() AS live
           FROM challenges WHERE challenge_hash = $1`,
    values: [challengeHash],
  });
  return rows[0] ?? null;
}
