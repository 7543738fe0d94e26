/** How long a person still has, as they would say it. Pure: the clock is given. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `soon`: less than an hour · `today`: less than a day. */
export type Urgency = 'plenty' | 'today' | 'soon' | 'over';

/** Whole units, rounded down: never more time than there is. */
export interface TimeLeft {
  readonly urgency: Urgency;
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
}

/** Until `respondBy` (RFC 3339) at `now` (Unix ms). A text that is no moment counts as over. */
export function timeLeft(respondBy: string, now: number): TimeLeft {
  const left = Math.max(0, Date.parse(respondBy) - now || 0);
  return {
    urgency: urgencyOf(left),
    days: Math.floor(left / DAY),
    hours: Math.floor((left % DAY) / HOUR),
    minutes: Math.floor((left % HOUR) / MINUTE),
  };
}

function urgencyOf(left: number): Urgency {
  if (left <= 0) return 'over';
  if (left < HOUR) return 'soon';
  return left < DAY ? 'today' : 'plenty';
}

/** Names of the sentences, and the numbers in them. */
export type TimeWords =
  | { readonly key: 'days'; readonly days: number; readonly hours: number }
  | { readonly key: 'hours'; readonly hours: number; readonly minutes: number }
  | { readonly key: 'minutes'; readonly minutes: number }
  | { readonly key: 'moments' }
  | { readonly key: 'over' };

/** The two largest units that say something: nobody plans by the minutes of the day after tomorrow. */
export function timeWords({ urgency, days, hours, minutes }: TimeLeft): TimeWords {
  if (urgency === 'over') return { key: 'over' };
  if (days > 0) return { key: 'days', days, hours };
  if (hours > 0) return { key: 'hours', hours, minutes };
  return minutes > 0 ? { key: 'minutes', minutes } : { key: 'moments' };
}

/** Minutes left at which it is told once more to those who do not see it. */
const MILESTONES = [1, 5, 10, 30] as const;

/** Changes only when the time left is worth being told aloud again. */
export function milestone({ urgency, minutes }: TimeLeft): string {
  if (urgency !== 'soon') return urgency;
  return `${urgency}-${MILESTONES.find((most) => minutes < most) ?? 60}`;
}

/** Milliseconds until the words change next, null when they never do again: a screen redraws then, and not each second. */
export function nextTick(respondBy: string, now: number): number | null {
  const left = Date.parse(respondBy) - now || 0;
  if (left <= 0) return null;
  if (left < MINUTE) return left;
  // At exactly a whole unit the words change in the very next moment.
  return (left % (left >= DAY ? HOUR : MINUTE)) + 1;
}

/** Most urgent first; what has no time left comes last. */
export function byUrgency(now: number) {
  const rank = (respondBy: string) => {
    const left = Date.parse(respondBy) - now;
    return left > 0 ? left : Number.MAX_SAFE_INTEGER;
  };
  return (a: { respondBy: string }, b: { respondBy: string }): number =>
    rank(a.respondBy) - rank(b.respondBy);
}
