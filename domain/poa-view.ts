import type { Order } from './outcome.ts';
import type { PoaStatus } from './poa-state.ts';

/** Moments are Unix milliseconds. */
export type Moment = number;

/** What is due towards the person asked; null: not any more, or not at all. */
export interface Nudges {
  /** The push was not displayed: an SMS. */
  smsAt: Moment | null;
  reminderAt: Moment | null;
  /** A message that no channel took: once more. */
  deliverAt: Moment | null;
}

/** Where a POA process stands, as the database told last: all that the workflow knows of it. */
export interface PoaView {
  status: PoaStatus;
  version: number;
  order: Order;
  respondBy: Moment;
  /** Customs' context of this version is here and is what the broker submitted. */
  contextTaken: boolean;
  /** Settled after a consent-first consent and lodged; reported once Customs' context is here. */
  waitsForContext: boolean;
  nudges: Nudges;
  /** A declined declaration closes then. */
  openUntil: Moment | null;
  /** Why an operator is needed. */
  attention: string | null;
  /** Nothing more will happen. */
  finished: boolean;
}

/** A message that the database holds and the process has not judged. */
export type PoaMessage =
  | { kind: 'decide'; id: string }
  | { kind: 'amend'; id: string }
  | { kind: 'cancel'; id: string }
  | { kind: 'resolve'; id: string }
  | { kind: 'look' };

export interface PoaOpening {
  epoch: number;
  view: PoaView;
  pending: PoaMessage[];
}

/** Every write names its run (`epoch`) and its place in it (`step`): an older one changes nothing. */
export interface PoaFence {
  declarationId: string;
  epoch: number;
  step: number;
}

/** Result of the workflow. */
export interface PoaEnd {
  status: PoaStatus;
  version: number;
}

const NO_NUDGES: Nudges = { smsAt: null, reminderAt: null, deliverAt: null };
export const noNudges = (): Nudges => ({ ...NO_NUDGES });

/**
 * When the person is written to again: an SMS when the push was not displayed after `smsAfterMs`, at most a quarter of
 * the time they have; a reminder at half time.
 */
export function nudgeMoments(
  askedAt: Moment,
  respondBy: Moment,
  smsAfterMs: number,
): { smsAt: Moment; reminderAt: Moment } {
  const time = Math.max(0, respondBy - askedAt);
  return { smsAt: askedAt + Math.min(smsAfterMs, time / 4), reminderAt: askedAt + time / 2 };
}
