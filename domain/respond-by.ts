import { Refused } from './error-code.ts';
import { RESPOND_BY_DEFAULT_MS, RESPOND_BY_MAX_MS, RESPOND_BY_MIN_MS } from './limits.ts';

/** The moment asked for, seen from `now` (ms). Throws `validation-failed` outside of 10 min to 7 days. */
export function respondByOf(text: string, now: number): Date {
  const respondBy = new Date(text);
  const ahead = respondBy.getTime() - now;
  if (ahead >= RESPOND_BY_MIN_MS && ahead <= RESPOND_BY_MAX_MS) return respondBy;
  throw new Refused({
    code: 'validation-failed',
    errors: [{ pointer: '/respondBy', code: 'out-of-range', detail: 'from 10 minutes to 7 days ahead' }],
  });
}

/** Where the broker names none. */
export const defaultRespondBy = (now: number): Date => new Date(now + RESPOND_BY_DEFAULT_MS);
