import type { RefusalReason, RegistrationStatus, RetryReason } from './registration-state.ts';

/** Where a registration stands, as the database told last: all that its workflow knows of it. */
export interface RegistrationView {
  status: RegistrationStatus;
  reason: RefusalReason | RetryReason | null;
  /** The operator's redirect came, and nobody has taken up what it brought. */
  redirectWaits: boolean;
  /** The person has until then for the try that runs, Unix ms. */
  tryUntil: number;
  /** The SIM was proved (R2): the identity is next (R3). */
  numberVerified: boolean;
  /** A change of phone sits out its hold; null or missing: none. */
  hold?: PhoneChangeHold | null;
}

/** The time in which a person can say that a change of their phone is not theirs. */
export interface PhoneChangeHold {
  /** Unix ms. */
  until: number;
  /** The old number was written to: only then does the time count. */
  told: boolean;
  objected: boolean;
}

export interface RegistrationOpening {
  epoch: number;
  view: RegistrationView;
}

/** Every write names its run (`epoch`) and its place in it (`step`): an older one changes nothing. */
export interface RegistrationFence {
  registrationId: string;
  epoch: number;
  step: number;
}

/** Result of the workflow. */
export interface RegistrationEnd {
  status: RegistrationStatus;
  reason: RegistrationView['reason'];
}
