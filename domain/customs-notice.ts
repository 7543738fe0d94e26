/** What Customs is told outside of declarations and POAs. */
export const CUSTOMS_NOTICE_KINDS = ['identity-ended', 'fraud-case'] as const;
export type CustomsNoticeKind = (typeof CUSTOMS_NOTICE_KINDS)[number];

/** Why an identity ended, as Customs and operators read it. */
export type IdentityEndReason =
  /** The operator says that the number went to another person. */
  | 'number-recycled'
  /** The person left. */
  | 'left';

/** How a notice stands. */
export type CustomsNoticeStatus = 'waiting' | 'acknowledged' | 'refused';

/** Result of the workflow. */
export interface CustomsNoticeEnd {
  status: Exclude<CustomsNoticeStatus, 'waiting'>;
  /** Customs' code of a refusal. */
  code: string | null;
}
