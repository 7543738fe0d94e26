/** Amounts and quantities for people's eyes. They stay strings: no digit passes through a floating-point number. */

import { currencyDigits } from '../../../domain/currency.ts';
import { atDigits, sum, withoutTrailingZeros } from '../../../domain/decimal.ts';
import type { GoodsLine, Money } from '../../../domain/declaration.ts';

const DECIMAL = /^\d+(\.\d+)?$/;

/** A number between whose parts of a currency's pattern the digits are put; any that shows them all. */
const SAMPLE = 1234567.5;

const sampleParts = (locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormatPart[] =>
  new Intl.NumberFormat(locale, { numberingSystem: 'latn', ...options }).formatToParts(SAMPLE);

/** `1234567.50` → `1,234,567.50`, as the language writes it. What is no decimal comes back as it is. */
export function grouped(decimal: string, locale: string): string {
  if (!DECIMAL.test(decimal)) return decimal;
  const parts = sampleParts(locale, { minimumFractionDigits: 2 });
  const mark = (type: Intl.NumberFormatPartTypes, otherwise: string) =>
    parts.find((part) => part.type === type)?.value ?? otherwise;
  const [integer = '', fraction] = decimal.split('.');
  const thousands = integer.replace(/\B(?=(\d{3})+$)/g, mark('group', ','));
  return fraction === undefined ? thousands : `${thousands}${mark('decimal', '.')}${fraction}`;
}

/** Digits of an amount, at least as many as its currency has, and never fewer than were sent. */
function amountDigits({ amount, currency }: Money): string {
  const digits = currencyDigits(currency);
  const sent = withoutTrailingZeros(amount).split('.')[1]?.length ?? 0;
  return digits === null || !DECIMAL.test(amount) || sent > digits ? amount : atDigits(amount, digits);
}

/**
 * `{amount: '35.5', currency: 'USD'}` → `35.50 美元`, `35.50 US dollars`. The currency by its name: a bare `$` or `¥` is
 * several ones in Taiwan. A code without a name stays a code.
 */
export function moneyText(money: Money, locale: string): string {
  const digits = grouped(amountDigits(money), locale);
  try {
    const options = { style: 'currency', currency: money.currency, currencyDisplay: 'name' } as const;
    return fill(sampleParts(locale, options), digits);
  } catch {
    // Intl takes three letters only.
    return `${digits} ${money.currency}`;
  }
}

const NUMBER_PARTS: readonly Intl.NumberFormatPartTypes[] = ['integer', 'group', 'decimal', 'fraction'];

/** The pattern with other digits: the first part of the number gives way to them, the rest of it goes. */
function fill(parts: readonly Intl.NumberFormatPart[], digits: string): string {
  const first = parts.findIndex(({ type }) => NUMBER_PARTS.includes(type));
  return parts
    .map(({ type, value }, at) => {
      if (!NUMBER_PARTS.includes(type)) return value;
      return at === first ? digits : '';
    })
    .join('');
}

/** What the lines cost together, without freight, per currency in order of appearance. */
export function goodsTotals(goods: readonly Pick<GoodsLine, 'price' | 'currency'>[]): Money[] {
  const currencies = [...new Set(goods.map(({ currency }) => currency))];
  return currencies.map((currency) => ({
    amount: sum(goods.filter((line) => line.currency === currency).map(({ price }) => price)),
    currency,
  }));
}

/** `1.850` → `1.85`. */
export const plainNumber = (decimal: string, locale: string): string => grouped(trimmed(decimal), locale);

const trimmed = (decimal: string) => (DECIMAL.test(decimal) ? withoutTrailingZeros(decimal) : decimal);
