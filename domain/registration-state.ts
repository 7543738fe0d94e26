/** Where a registration stands; also the `status` of the API. */
export const REGISTRATION_STATUSES = [
  'awaiting_telecom',
  'verifying',
  'binding',
  'bound',
  'refused',
  'abandoned',
] as const;
export type RegistrationStatus = (typeof REGISTRATION_STATUSES)[number];

/** The one table of legal moves. Back to waiting: the try failed for a reason that the person can mend. */
const NEXT: Readonly<Record<RegistrationStatus, readonly RegistrationStatus[]>> = {
  awaiting_telecom: ['verifying', 'abandoned'],
  verifying: ['awaiting_telecom', 'binding', 'refused'],
  binding: ['bound', 'refused'],
  bound: [],
  refused: [],
  abandoned: [],
};

export const registrationMayFollow = (from: RegistrationStatus, to: RegistrationStatus): boolean =>
  from === to || NEXT[from].includes(to);

export const isRegistrationEnded = (status: RegistrationStatus): boolean => NEXT[status].length === 0;

/** Refused for good. KYC Match's `'not_available'` counts as a mismatch: it is never a match. */
export const REFUSAL_REASONS = [
  'number-not-verified',
  'id-mismatch',
  'name-mismatch',
  'identifier-not-found',
  'prepaid',
  'phone-in-use',
  'change-of-phone',
  'customs-refused',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Reasons to try again, shown while the registration waits or is being verified. */
export const RETRY_REASONS = [
  'not-on-mobile-network',
  'authorization-expired',
  'operator-unavailable',
] as const;
export type RetryReason = (typeof RETRY_REASONS)[number];
