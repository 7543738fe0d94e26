/**
 * How long a POA is kept (L1 Art. 17, `POA_RETENTION_MONTHS`), counted as the Civil Code counts a period of months (Art. 120 and
 * 121): the day on which the POA ended is left out, the period ends with the end of the day before the one that corresponds to
 * its first day, and where the last month has no such day, with that month's end. Days are those of Taiwan.
 */
import { startOfTaiwanDay, taiwanDay } from './taiwan-day.ts';

/** The first moment at which what ended at `end` is not kept any more, Unix ms: a midnight in Taiwan. `end`: Unix ms. */
export function retentionEnd(end: number, months: number): number {
  const first = dayAfter(taiwanDay(end));
  const [year = 0, month = 0, day = 0] = first.split('-').map(Number);
  const corresponding = new Date(Date.UTC(year, month - 1 + months, day));
  // The last month is too short: the date has run over into the next one, whose first day it is.
  if (corresponding.getUTCDate() !== day) corresponding.setUTCDate(1);
  return startOfTaiwanDay(corresponding.toISOString().slice(0, 10));
}

/**
 * What ended before this moment is not kept any more at `now`; what ended at it or later is. Both Unix ms. One moment is
 * enough, since what ended earlier never is to be kept longer.
 */
export function endedBefore(now: number, months: number): number {
  let day = taiwanDay(now);
  while (retentionEnd(startOfTaiwanDay(day), months) > now) day = dayBefore(day);
  return startOfTaiwanDay(dayAfter(day));
}

const dayAfter = (day: string): string => taiwanDay(startOfTaiwanDay(day) + DAY_MS);
const dayBefore = (day: string): string => taiwanDay(startOfTaiwanDay(day) - 1);

const DAY_MS = 24 * 3_600_000;
