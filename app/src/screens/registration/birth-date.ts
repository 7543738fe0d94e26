/** A date of birth as people write it: three fields, and the year of either calendar. */

export interface BirthDateParts {
  year: string;
  month: string;
  day: string;
}

/** Year 1 of the Republic of China (民國) is 1912. */
const ROC_OFFSET = 1911;
const OLDEST_YEAR = 1900;

export type BirthDate =
  | { state: 'incomplete' }
  | { state: 'wrong' }
  /** `date` as the API takes it; `rocYear` below 1 before 1912. */
  | { state: 'ok'; date: string; rocYear: number };

/** `today` (`2026-11-24`): a birthday lies before it. */
export function readBirthDate(parts: BirthDateParts, today: string): BirthDate {
  const [year, month, day] = [parts.year, parts.month, parts.day].map(numberIn);
  if (year === undefined || month === undefined || day === undefined) return { state: 'incomplete' };
  const full = year < 1000 ? year + ROC_OFFSET : year;
  const date = new Date(Date.UTC(full, month - 1, day));
  const exists =
    date.getUTCFullYear() === full && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || full < OLDEST_YEAR) return { state: 'wrong' };
  const iso = date.toISOString().slice(0, 10);
  return iso < today ? { state: 'ok', date: iso, rocYear: full - ROC_OFFSET } : { state: 'wrong' };
}

/** Full-width digits count; `民國79年` is 79. Undefined where there is no whole number. */
function numberIn(text: string): number | undefined {
  const digits = text.normalize('NFKC').replace(/^民國|[年月日\s]/g, '');
  return /^\d{1,4}$/.test(digits) ? Number(digits) : undefined;
}

/** `1990-05-20` in three fields. */
export function partsOfDate(date: string): BirthDateParts {
  const [year = '', month = '', day = ''] = date.split('-');
  return { year, month: month.replace(/^0/, ''), day: day.replace(/^0/, '') };
}

/** Today in Taiwan, whose calendar the API compares with. */
export const taiwanToday = (now = new Date()): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Taipei' }).format(now);
