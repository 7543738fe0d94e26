/** What the importer can answer. Each is signed with the passkey; silence is never one of them. */
export const DECISIONS = ['confirmed', 'declined', 'repudiated'] as const;
/**
 * `confirmed` 申報相符: the declaration matches, the POA is granted · `declined` 申報不符: something is wrong, the broker
 * may correct and ask again · `repudiated` 非本人: "not mine".
 */
export type Decision = (typeof DECISIONS)[number];

/** How the POA of one declaration version ended, as Customs is told. */
export const REPORTED_OUTCOMES = [...DECISIONS, 'expired', 'unregistered', 'cancelled'] as const;
export type ReportedOutcome = (typeof REPORTED_OUTCOMES)[number];

/** `superseded` ends a version that was amended; the declaration goes on, so Customs gets no report of it. */
export type VersionOutcome = ReportedOutcome | 'superseded';

export const DECLINE_REASONS = [
  'wrong_description',
  'wrong_quantity',
  'wrong_price',
  'wrong_name',
  'other',
] as const;
export type DeclineReason = (typeof DECLINE_REASONS)[number];

/** Why a broker takes a declaration back. */
export const CANCELLATION_REASONS = ['paper-poa', 'not-imported', 'wrong-consignee', 'other'] as const;
export type CancellationReason = (typeof CANCELLATION_REASONS)[number];

/** Who decides first: the broker lodges, the person consents (rule since 2026-03-01), or it began at Customs. */
export const ORDERS = ['declare-first', 'consent-first', 'customs-started'] as const;
export type Order = (typeof ORDERS)[number];

export const isDecision = (outcome: string): outcome is Decision =>
  (DECISIONS as readonly string[]).includes(outcome);
