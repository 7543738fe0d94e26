/** The person's answer: read with everything that judges it, and kept in one transaction. */
import type { Pool } from 'pg';
import type { NoticeText, SignedAct } from '../domain/challenge.ts';
import { ConsentryError, type ErrorCode } from '../domain/error-code.ts';
import type { PoaStatus } from '../domain/poa-state.ts';
import type { Verification } from '../domain/receipt.ts';
import { countFollows, type Passkey } from './passkeys.ts';
import { transaction, violatedConstraint } from './pool.ts';

/** Which answer is looked at: whose, about what, with which signature. */
export interface AnswerKeys {
  declarationId: string;
  subjectId: string;
  version: number;
  /** SHA-256 of the assertion. */
  assertionHash: Buffer;
  challengeHash: Buffer;
  credentialId: Buffer;
}

/**
 * Why a version ($3) of a declaration ($1) cannot be answered by the person ($2), in the contract's order; null
 * when it can. By the database's clock.
 */
const REFUSAL = `CASE
    WHEN NOT EXISTS (SELECT 1 FROM declaration_versions WHERE declaration_id = $1 AND shown_to = $2) THEN 'not-found'
    WHEN $3 < d.version THEN 'superseded'
    WHEN v.shown_to IS DISTINCT FROM $2 OR v.version <> d.version OR v.state <> 'in-force' THEN 'not-found'
    WHEN o.outcome IN ('expired', 'unregistered', 'cancelled') OR v.respond_by < clock_timestamp() THEN 'too-late'
    WHEN o.outcome_id IS NOT NULL OR live.consent_id IS NOT NULL THEN 'already-decided'
    -- Shown once, and back with the broker: what comes next is another version, or this one asked anew.
    WHEN d.status = 'needs_correction' THEN 'superseded'
  END`;

/** The rows that `REFUSAL` reads: one row whatever is there. */
const ANSWERED = `(SELECT $1::uuid AS declaration_id, $2::uuid AS subject_id, $3::integer AS version) asked
  LEFT JOIN declarations d ON d.declaration_id = asked.declaration_id
  LEFT JOIN declaration_versions v ON v.declaration_id = asked.declaration_id AND v.version = asked.version
  LEFT JOIN version_outcomes o ON o.declaration_id = asked.declaration_id AND o.version = asked.version
    AND o.set_aside_at IS NULL
  LEFT JOIN consents live ON live.declaration_id = asked.declaration_id AND live.version = asked.version
    AND live.verdict IN ('pending', 'accepted')`;

export type ConsentVerdict = 'pending' | 'accepted' | 'refused' | 'void';

/** Everything that an answer is judged by, as it stands now. */
export interface AnswerState {
  /** The consent that this very assertion made before; `held`: its process waits for the operator's word on the SIM. */
  same: { consentId: string; verdict: ConsentVerdict; held: boolean } | null;
  status: PoaStatus | null;
  refusal: ErrorCode | null;
  challenge: {
    kind: string;
    subjectId: string | null;
    declarationId: string | null;
    act: SignedAct | null;
    live: boolean;
  } | null;
  /** The passkey that signed, when it is the person's. */
  passkey: Passkey | null;
}

/** One round trip for all of it. */
export async function readAnswerState(pool: Pool, keys: AnswerKeys): Promise<AnswerState> {
  const { rows } = await pool.query<AnswerRow>({
    name: 'answer-state',
    text: `SELECT ${REFUSAL} AS refusal, d.status, same.consent_id AS "consentId", same.verdict,
             same.held_until > now() AS held,
             ch.kind, ch.subject_id AS "challengeSubjectId", ch.declaration_id AS "challengeDeclarationId", ch.act,
             ch.spent_at IS NULL AND ch.expires_at > clock_timestamp() AS live,
             p.public_key AS "publicKey", p.sign_count AS "signCount", p.transports
           FROM ${ANSWERED}
           LEFT JOIN consents same ON same.assertion_hash = $4 AND same.declaration_id = $1 AND same.subject_id = $2
           LEFT JOIN challenges ch ON ch.challenge_hash = $5
           LEFT JOIN passkeys p ON p.credential_id = $6 AND p.subject_id = $2`,
    values: [
      keys.declarationId,
      keys.subjectId,
      keys.version,
      keys.assertionHash,
      keys.challengeHash,
      keys.credentialId,
    ],
  });
  if (!rows[0]) throw new Error('the state of an answer is one row');
  return stateOf(keys, rows[0]);
}

interface AnswerRow {
  refusal: ErrorCode | null;
  status: PoaStatus | null;
  consentId: string | null;
  verdict: ConsentVerdict | null;
  held: boolean | null;
  kind: string | null;
  challengeSubjectId: string | null;
  challengeDeclarationId: string | null;
  act: SignedAct | null;
  live: boolean;
  publicKey: Buffer | null;
  signCount: number | null;
  transports: string[] | null;
}

const stateOf = ({ credentialId, subjectId }: AnswerKeys, row: AnswerRow): AnswerState => ({
  same:
    row.consentId && row.verdict
      ? { consentId: row.consentId, verdict: row.verdict, held: row.held ?? false }
      : null,
  status: row.status,
  refusal: row.refusal,
  challenge: row.kind
    ? {
        kind: row.kind,
        subjectId: row.challengeSubjectId,
        declarationId: row.challengeDeclarationId,
        act: row.act,
        live: row.live,
      }
    : null,
  passkey: row.publicKey && {
    credentialId,
    subjectId,
    publicKey: row.publicKey,
    signCount: row.signCount ?? 0,
    transports: row.transports ?? [],
  },
});

/** What is sealed of a consent: binary members in base64url. */
export interface ConsentEvidence {
  note?: string;
  act: SignedAct;
  notice: NoticeText;
  credentialPublicKey: string;
  authenticatorData: string;
  clientDataJSON: string;
  signature: string;
  /** The binding proof's exact text; absent in answers kept before it was copied. */
  binding?: string;
}

/** What a receipt tells of the sealed evidence: digests, and how the person was verified. No personal data. */
export interface ReceiptFacts {
  /** Hex SHA-256 of the act: the challenge. */
  actDigest: string;
  notice: { digest: string; version: string; locale: string; build: string | null };
  /** Hex SHA-256 of the salted binding proof. */
  bindingDigest: string;
  verification: Omit<Verification, 'simCheck'>;
}

export interface NewConsent extends AnswerKeys {
  consentId: string;
  act: SignedAct;
  signCount: number;
  /** `ConsentEvidence` under the declaration's key. */
  sealed: Buffer;
  receiptFacts: ReceiptFacts;
}

/**
 * Keeps a verified answer, or throws why it does not count: everything that may have changed since it was read is judged
 * again, under the version's lock, by the database's clock. Deadline, amendment and cancellation take the same lock, so
 * whichever commits first counts. Locks: version, identity; then the declaration is only read.
 */
export async function keepConsent(pool: Pool, consent: NewConsent): Promise<void> {
  try {
    await transaction(pool, async (client) => {
      await client.query({
        name: 'consent-lock',
        // The second lock names the first one's row, and so is taken after it.
        text: `SELECT 1 FROM
                 (SELECT declaration_id FROM declaration_versions
                  WHERE declaration_id = $1 AND version = $2 FOR UPDATE) v
                 CROSS JOIN LATERAL
                   (SELECT 1 FROM identities WHERE subject_id = $3 AND v.declaration_id = $1 FOR SHARE) i`,
        values: [consent.declarationId, consent.version, consent.subjectId],
      });
      const { rows } = await client.query<Kept>({
        name: 'consent-keep',
        text: KEEP,
        values: values(consent),
      });
      throwUnlessKept(rows[0]);
    });
  } catch (error) {
    if (violatedConstraint(error) !== null) throw refusalOf('already-decided');
    throw error;
  }
}

interface Kept {
  refusal: ErrorCode | null;
  spent: boolean;
  counted: boolean;
}

/** Reads after the locks, by a statement of its own: it sees what was committed while they were waited for. */
const KEEP = `WITH judged AS MATERIALIZED (
    SELECT coalesce(${REFUSAL}, CASE
        WHEN i.subject_id IS NULL OR i.ended_at IS NOT NULL OR i.bound_at IS NULL THEN 'not-found'
        WHEN $7 = 'confirmed' AND i.frozen_at IS NOT NULL THEN 'identity-frozen'
        WHEN $7 = 'confirmed' AND i.suspended_at IS NOT NULL THEN 'identity-suspended'
      END) AS refusal, v.digest
    FROM ${ANSWERED} LEFT JOIN identities i ON i.subject_id = $2),
  spent AS (
    UPDATE challenges SET spent_at = clock_timestamp()
    WHERE challenge_hash = $5 AND spent_at IS NULL AND expires_at > clock_timestamp() RETURNING 1),
  counted AS (
    UPDATE passkeys SET sign_count = $10, last_used_at = clock_timestamp()
    WHERE credential_id = $6 AND subject_id = $2 AND ${countFollows('$10::bigint')} RETURNING 1),
  kept AS (
    INSERT INTO consents (consent_id, declaration_id, version, digest, subject_id, decision, reason, lines,
      credential_id, assertion_hash, sealed, receipt_facts)
    SELECT $11, $1, $3, digest, $2, $7, $8, $9, $6, $4, $12, $13 FROM judged, spent, counted
    WHERE refusal IS NULL)
  SELECT refusal, EXISTS (SELECT 1 FROM spent) AS spent, EXISTS (SELECT 1 FROM counted) AS counted FROM judged`;

const values = (consent: NewConsent): unknown[] => [
  consent.declarationId,
  consent.subjectId,
  consent.version,
  consent.assertionHash,
  consent.challengeHash,
  consent.credentialId,
  consent.act.decision,
  consent.act.reason,
  consent.act.lines,
  consent.signCount,
  consent.consentId,
  consent.sealed,
  consent.receiptFacts,
];

/** Thrown inside the transaction, so that whatever else the statement did is rolled back. */
function throwUnlessKept(kept: Kept | undefined): void {
  if (kept?.refusal) throw refusalOf(kept.refusal);
  if (!kept?.spent) throw refusalOf('challenge-expired');
  if (!kept.counted) throw refusalOf('assertion-rejected');
}

const DETAIL: Partial<Record<ErrorCode, string>> = {
  'not-found': 'There is no such declaration for you.',
  superseded: 'The broker has changed this declaration; look at it again.',
  'too-late': 'The time for an answer is over.',
  'already-decided': 'This has been answered already.',
  'challenge-expired': 'The challenge was used or has expired.',
  'assertion-rejected': 'The passkey assertion was not accepted.',
  'identity-frozen': 'You have frozen your identity: nothing is confirmed in its name.',
  'identity-suspended': 'Your identity is suspended until you verify it again.',
};

/** The problem that an answer is refused with. */
export const refusalOf = (code: ErrorCode): ConsentryError => new ConsentryError(code, DETAIL[code] ?? code);
