/** How many duty-free imports a person has had in a half-year. Customs decides; this is what can be counted here. */
import { atMost, product, sum } from './decimal.ts';
import type { Money } from './declaration.ts';
import { DUTY_FREE_MAX_TWD } from './law.ts';

/** TWD for one unit of a currency, decimal strings; TWD itself needs no rate. */
export type ExchangeRates = Readonly<Record<string, string>>;

/** First and last day of the half-year that a day (`YYYY-MM-DD`, Taiwan's calendar) lies in. */
export function halfYearOf(day: string): { from: string; to: string } {
  const year = day.slice(0, 4);
  return Number(day.slice(5, 7)) <= 6
    ? { from: `${year}-01-01`, to: `${year}-06-30` }
    : { from: `${year}-07-01`, to: `${year}-12-31` };
}

/** `unknown`: in a currency without a rate, and not over the limit by what is known. */
export type DutyVerdict = 'duty-free' | 'dutiable' | 'unknown';

/** Judges the totals of one declaration, one amount per currency. */
export function dutyVerdict(totals: readonly Money[], rates: ExchangeRates): DutyVerdict {
  const rateOf = (currency: string) => (currency === 'TWD' ? '1' : rates[currency]);
  const known = totals.flatMap(({ amount, currency }) => {
    const rate = rateOf(currency);
    return rate === undefined ? [] : [product(amount, rate)];
  });
  if (!atMost(sum(known), DUTY_FREE_MAX_TWD)) return 'dutiable';
  return known.length === totals.length ? 'duty-free' : 'unknown';
}
