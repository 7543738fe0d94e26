/** What is asked about the SIM between a confirmation and its settling, and what its answers mean. */

import { taiwanDay } from './taiwan-day.ts';

/** Why an identity cannot confirm: what the operator said of its SIM, or an operator of ours. */
export const SUSPENSION_REASONS = [
  'sim-swapped',
  'number-recycled',
  /** The operator does not know the number (any more): carried to another operator, or given up. */
  'number-not-found',
  'operator',
] as const;
export type SuspensionReason = (typeof SUSPENSION_REASONS)[number];
export type SimFinding = Exclude<SuspensionReason, 'operator'>;

/** One answer of an operator, as kept: no personal data. */
interface Asked<Result extends string> {
  apiVersion: string;
  result: Result;
  /** Under which the operator finds the call again. */
  correlator: string;
}

/** What the operator said about the SIM since it was proved. */
export interface SimCheck {
  operator: string;
  /** When the SIM was proved, to which the questions go back, RFC 3339. */
  since: string;
  simSwap: Asked<'swapped' | 'same' | 'identifier-not-found'>;
  numberRecycling: Asked<'recycled' | 'same' | 'identifier-not-found'> & { specifiedDate: string };
  /** When the last of the answers came, RFC 3339. */
  at: string;
}

const DAY_MS = 86_400_000;

/**
 * The day from which a recycled number counts: the one after the SIM was proved, for a change on that day may lie before
 * it. On the day itself, that day: then SIM Swap, which tells the time, decides (`findingOf`).
 */
export const recyclingDate = (since: Date, now: Date): string =>
  taiwanDay(Math.min(since.getTime() + DAY_MS, now.getTime()));

/**
 * What is wrong with the SIM; null: nothing. A number recycled on the day on which its SIM was proved is another's only when
 * the SIM was changed after that: a new subscription is a SIM swap, too (CAMARA SIM Swap 2.1, "SIM swap").
 */
export function findingOf({ since, simSwap, numberRecycling }: SimCheck): SimFinding | null {
  const swapped = simSwap.result === 'swapped';
  const sameDay = numberRecycling.specifiedDate === taiwanDay(Date.parse(since));
  if (numberRecycling.result === 'recycled' && (swapped || !sameDay)) return 'number-recycled';
  if (swapped) return 'sim-swapped';
  const unknown = [simSwap.result, numberRecycling.result].includes('identifier-not-found');
  return unknown ? 'number-not-found' : null;
}
