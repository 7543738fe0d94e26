/** Amounts, quantities and names of a declaration in the words of the app's language. */

import type { GoodsLine, Money } from '../../../../domain/declaration.ts';
import type { Declaration } from '../../api/types.ts';
import { moneyText, plainNumber } from '../../declaration/money.ts';
import { hasMessage, locale, t } from '../../i18n/index.ts';

export const amountOf = (money: Money): string => moneyText(money, locale());

export const priceOf = ({ price, currency }: Pick<GoodsLine, 'price' | 'currency'>): string =>
  amountOf({ amount: price, currency });

/** Several currencies are several amounts: nothing is converted. */
export const totalsOf = (totals: readonly Money[]): string => totals.map(amountOf).join(' + ');

export function quantityOf({ quantity, unit }: Pick<GoodsLine, 'quantity' | 'unit'>): string {
  const name = `unit.${unit}`;
  return `${plainNumber(quantity, locale())} ${hasMessage(name) ? t(name) : unit}`;
}

export const numberOf = (decimal: string): string => plainNumber(decimal, locale());

/** `US` → 美國. A code that is no region stays as it is. */
export function countryOf(code: string): string {
  try {
    return new Intl.DisplayNames(locale(), { type: 'region' }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** Goods in a few words: the first one, and how many there are. */
export const goodsInShort = ({ goods }: Pick<Declaration, 'goods'>): { first: string; n: number } => ({
  first: goods[0]?.description ?? '',
  n: goods.length,
});
