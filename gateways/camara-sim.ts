/** Whether the phone still is the SIM and the subscriber's that it was: CAMARA SIM Swap 2.1 and Number Recycling 0.2. */
import { z } from 'zod';
import { codeOf, isUnknownNumber } from './camara-answer.ts';
import { type CallLimits, GatewayUnavailable, type HttpAnswer, isSuccess, understood } from './http.ts';

/** With the correlator under which the operator finds the call again. */
export type SimSwap = { correlator: string; kind: 'swapped' | 'same' | 'identifier-not-found' };
export type NumberRecycling = { correlator: string; kind: 'recycled' | 'same' | 'identifier-not-found' };

/** Both throw `GatewayUnavailable` when the operator gave no definite answer. */
export interface SimQuestions {
  /**
   * Whether the SIM of this number (E.164) was changed after `since`. A new subscription counts, and so does a number
   * that was carried to this operator. Reaches back 2,400 hours at most, less where the operator keeps less.
   */
  simSwapped(phone: string, since: Date, limits: CallLimits): Promise<SimSwap>;
  /**
   * Whether the number (E.164) went to another subscriber since that day, `YYYY-MM-DD` in the operator's country. The API
   * counts changes after the day; operators are met that count those on the day, too.
   */
  numberRecycled(phone: string, since: string, limits: CallLimits): Promise<NumberRecycling>;
}

export const SIM_API_VERSION = {
  simSwap: 'sim-swap/v2',
  numberRecycling: 'number-recycling/v0.2',
} as const;

const SCOPE = {
  swapCheck: 'sim-swap:check',
  swapDate: 'sim-swap:retrieve-date',
  recyclingCheck: 'number-recycling:check',
} as const;

const HOUR_MS = 3_600_000;
/** `maxAge` of SIM Swap: 1 to 2400 hours, and what it is when nobody names one. */
const MAX_AGE_H = { least: 1, most: 2_400, default: 240 } as const;
/** With these an operator says that it does not tell dates: of the token's scope (RFC 6749 §5.2) or of the call. */
const NOT_OFFERED = new Set([400, 403, 404, 501]);

const swappedSchema = z.object({ swapped: z.boolean() });
const dateSchema = z.object({ latestSimChange: z.iso.datetime({ offset: true }).nullish() });
const recycledSchema = z.object({ phoneNumChanged: z.boolean() });

/** Asks the operator as ourselves. */
type Ask = (
  scope: string,
  path: string,
  body: object,
  limits: CallLimits,
) => Promise<{ answer: HttpAnswer; correlator: string }>;

export function createSimQuestions(counterpart: string, ask: Ask): SimQuestions {
  const definite = (answer: HttpAnswer): HttpAnswer => {
    if (isSuccess(answer)) return answer;
    throw new GatewayUnavailable(counterpart, 'status', answer.status);
  };

  /** `out-of-range`: the operator keeps less than that (it answers 400 then). */
  const check = async (phoneNumber: string, maxAge: number, limits: CallLimits) => {
    const path = `${SIM_API_VERSION.simSwap}/check`;
    const { answer, correlator } = await ask(SCOPE.swapCheck, path, { phoneNumber, maxAge }, limits);
    if (isUnknownNumber(answer)) return { correlator, kind: 'identifier-not-found' as const };
    if (answer.status === 400 && codeOf(answer) === 'OUT_OF_RANGE')
      return { correlator, kind: 'out-of-range' as const };
    const { swapped } = understood(counterpart, swappedSchema, definite(answer));
    return { correlator, kind: swapped ? ('swapped' as const) : ('same' as const) };
  };

  /** When the SIM was last changed; null when the operator does not tell. */
  const lastChange = async (phoneNumber: string, limits: CallLimits): Promise<Date | null> => {
    try {
      const path = `${SIM_API_VERSION.simSwap}/retrieve-date`;
      const { answer } = await ask(SCOPE.swapDate, path, { phoneNumber }, limits);
      const { latestSimChange } = understood(counterpart, dateSchema, definite(answer));
      return latestSimChange ? new Date(latestSimChange) : null;
    } catch (error) {
      const silent = error instanceof GatewayUnavailable && NOT_OFFERED.has(error.status ?? 0);
      if (silent) return null;
      throw error;
    }
  };

  return {
    async simSwapped(phone, since, limits) {
      const first = await check(phone, hoursSince(since), limits);
      const { correlator, kind } = first;
      if (kind === 'same' || kind === 'identifier-not-found') return { correlator, kind };
      // Whole hours reach back a little before `since`: only the date tells on which side of it the change lies.
      const changed = await lastChange(phone, limits);
      if (changed) return { correlator, kind: changed > since ? 'swapped' : 'same' };
      if (kind === 'swapped') return { correlator, kind };
      const again = await check(phone, MAX_AGE_H.default, limits);
      if (again.kind !== 'out-of-range') return { correlator: again.correlator, kind: again.kind };
      throw new GatewayUnavailable(counterpart, 'answer', 400);
    },

    async numberRecycled(phone, since, limits) {
      const path = `${SIM_API_VERSION.numberRecycling}/check`;
      const body = { phoneNumber: phone, specifiedDate: since };
      const { answer, correlator } = await ask(SCOPE.recyclingCheck, path, body, limits);
      if (isUnknownNumber(answer)) return { correlator, kind: 'identifier-not-found' };
      const { phoneNumChanged } = understood(counterpart, recycledSchema, definite(answer));
      return { correlator, kind: phoneNumChanged ? 'recycled' : 'same' };
    },
  };
}

/** Whole hours that reach back to the moment, within what the API takes. */
const hoursSince = (since: Date): number =>
  Math.min(MAX_AGE_H.most, Math.max(MAX_AGE_H.least, Math.ceil((Date.now() - since.getTime()) / HOUR_MS)));
