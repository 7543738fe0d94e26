import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goodsTotals, grouped, moneyText, plainNumber } from '../../../app/src/declaration/money.ts';

/** Spaces of Intl's patterns are of several kinds. */
const plain = (text: string) => text.replace(/\s/gu, ' ');
const money = (amount: string, currency: string, locale = 'zh-TW') =>
  plain(moneyText({ amount, currency }, locale));

describe('money', () => {
  it.each([
    ['35.50', 'USD', '35.50 美元', '35.50 US dollars'],
    ['1234567.5', 'USD', '1,234,567.50 美元', '1,234,567.50 US dollars'],
    ['2000', 'TWD', '2,000.00 新台幣', '2,000.00 New Taiwan dollars'],
    ['120000', 'JPY', '120,000 日圓', '120,000 Japanese yen'],
    ['1.5', 'KWD', '1.500 科威特第納爾', '1.500 Kuwaiti dinars'],
    ['999999999999.99', 'EUR', '999,999,999,999.99 歐元', '999,999,999,999.99 euros'],
    ['0.05', 'CNY', '0.05 人民幣', '0.05 Chinese yuan'],
    ['12', 'ZZZ', '12 ZZZ', '12 ZZZ'],
    ['12', 'Z', '12 Z', '12 Z'],
  ])('of %s %s is read as %s, %s', (amount, currency, zh, en) => {
    expect(money(amount, currency)).toBe(zh);
    expect(money(amount, currency, 'en')).toBe(en);
  });

  it('shows every digit that was sent, even more than the currency has', () => {
    expect(money('1.239', 'USD')).toBe('1.239 美元');
    expect(money('1.5', 'JPY')).toBe('1.5 日圓');
  });

  it('shows what is no amount as it is, and never as another number', () => {
    expect(money('1e3', 'USD')).toBe('1e3 美元');
    expect(money('-5', 'USD')).toBe('-5 美元');
  });

  it('loses no digit, however long the number', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 30n }),
        fc.stringMatching(/^\d{0,6}$/),
        (integer, fraction) => {
          const decimal = fraction === '' ? `${integer}` : `${integer}.${fraction}`;
          expect(grouped(decimal, 'zh-TW').replaceAll(',', '')).toBe(decimal);
        },
      ),
    );
  });

  it('is added up per currency, exactly', () => {
    const line = (price: string, currency: string) => ({ price, currency });
    expect(goodsTotals([line('0.10', 'USD'), line('100', 'JPY'), line('0.20', 'USD')])).toEqual([
      { amount: '0.30', currency: 'USD' },
      { amount: '100', currency: 'JPY' },
    ]);
    expect(goodsTotals([])).toEqual([]);
  });
});

describe('a quantity', () => {
  it('has no zeros that say nothing', () => {
    expect(plainNumber('1.850', 'en')).toBe('1.85');
    expect(plainNumber('2.000', 'en')).toBe('2');
    expect(plainNumber('1200.500', 'zh-TW')).toBe('1,200.5');
    expect(plainNumber('n/a', 'en')).toBe('n/a');
  });
});
