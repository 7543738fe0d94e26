/** Amounts, quantities and reasons of a declaration in the words of the console's language. */
import type { GoodsLine, Money } from '../../domain/declaration.ts';
import { moneyText, plainNumber } from '../src/declaration/money.ts';
import { hasMessage, locale, t } from './i18n/index.ts';

export const amountOf = (money: Money): string => moneyText(money, locale());

export function quantityOf({ quantity, unit }: Pick<GoodsLine, 'quantity' | 'unit'>): string {
  const name = `unit.${unit}`;
  return `${plainNumber(quantity, locale())} ${hasMessage(name) ? t(name) : unit}`;
}

export function reasonOf(reason: string): string {
  const key = `reason.${reason}`;
  return hasMessage(key) ? t(key) : reason;
}
