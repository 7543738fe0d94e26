/** What `/app` tells of a person's own account, where the answer has parts that come and go. */
import type { Identity as Answered, RegistrationStatus as Registered } from './types.ts';

export type OwnIdentity = Answered & {
  /** Somebody asks to move this identity to another phone number. */
  phoneChange?: { registrationId: string; requestedAt: string; effectiveAt: string };
};

export type Registration = Registered & {
  /** A change of phone waits until then. */
  holdUntil?: string;
};

/** Imports of a half-year that may be duty-free. */
export interface DutyFree {
  /** First and last day, `YYYY-MM-DD`. */
  from: string;
  to: string;
  limit: number;
  counted: number;
  /** In a currency without a known rate. */
  undetermined: number;
}

/** A look of Customs at a power of attorney. */
export interface Lookup {
  at: string;
  officer?: string;
  reason?: string;
  declarationId: string;
  houseWaybill: string;
}
