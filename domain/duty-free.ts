/**
 * How many imports of this half-year used the exemption of low-value goods, as far as what was confirmed here tells. It
 * is information for the person: what is exempt, Customs decides.
 */
import { atMost, product, sum } from './decimal.ts';
import type { Money } from './declaration.ts';
import { DUTY_FREE_IMPORTS_PER_HALF_YEAR, DUTY_FREE_MAX_TWD } from './law.ts';

/** An import that a person confirmed: goods and freight together, per currency. */
export interface ConfirmedImport {
  /** `YYYY-MM-DD`, Taiwan's calendar. */
  importDate: string;
  totals: readonly Money[];
}

/** New Taiwan dollars for one unit of a currency, decimal strings by ISO 4217 code. */
export type ExchangeRates = Readonly<Record<string, string>>;

/** Both days belong to it. */
export interface HalfYear {
  from: string;
  to: string;
}

export interface DutyFreeCount extends HalfYear {
  limit: number;
  /** Worth at most the exempt value. */
  counted: number;
  /** In a currency without a known rate, and not over the value without that part. */
  undetermined: number;
}

/** January to June, July to December. `day`: `YYYY-MM-DD`. */
export function halfYearOf(day: string): HalfYear {
  const year = day.slice(0, 4);
  return day.slice(5, 7) <= '06'
    ? { from: `${year}-01-01`, to: `${year}-06-30` }
    : { from: `${year}-07-01`, to: `${year}-12-31` };
}

export type DutyFreeVerdict = 'exempt' | 'over' | 'undetermined';

/** What counts is the whole value: exactly the limit is exempt still. */
export function dutyFreeVerdict(totals: readonly Money[], rates: ExchangeRates): DutyFreeVerdict {
  const inTwd = totals.map(({ amount, currency }) => {
    const rate = currency === 'TWD' ? '1' : rates[currency];
    return rate === undefined ? null : product(amount, rate);
  });
  const known = inTwd.filter((amount) => amount !== null);
  if (!atMost(sum(known), DUTY_FREE_MAX_TWD)) return 'over';
  return known.length === totals.length ? 'exempt' : 'undetermined';
}

/** The half-year that `day` lies in. Order makes no difference. */
export function countDutyFree(
  imports: readonly ConfirmedImport[],
  day: string,
  rates: ExchangeRates,
): DutyFreeCount {
  const { from, to } = halfYearOf(day);
  const verdicts = imports
    .filter(({ importDate }) => importDate >= from && importDate <= to)
    .map(({ totals }) => dutyFreeVerdict(totals, rates));
  const count = (wanted: DutyFreeVerdict) => verdicts.filter((verdict) => verdict === wanted).length;
  return {
    from,
    to,
    limit: DUTY_FREE_IMPORTS_PER_HALF_YEAR,
    counted: count('exempt'),
    undetermined: count('undetermined'),
  };
}
