import { describe, expect, it } from 'vitest';
import { currencyDigits } from '../../domain/currency.ts';
import { isUnit } from '../../domain/unit.ts';

describe('currencies', () => {
  it.each([
    ['TWD', 2],
    ['USD', 2],
    ['EUR', 2],
    ['CNY', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['VND', 0],
    ['KWD', 3],
    ['BHD', 3],
    ['CLF', 4],
    ['XCG', 2], // Caribbean guilder, since 2025-03-31 (amendment 176)
  ])('%s has %i digits', (code, digits) => {
    expect(currencyDigits(code)).toBe(digits);
  });

  it.each([
    ['usd', 'lower case'],
    ['US', 'too short'],
    ['USDT', 'no ISO code'],
    ['XXX', 'no currency'],
    ['XTS', 'for tests'],
    ['XAU', 'a metal'],
    ['DEM', 'withdrawn'],
    ['HRK', 'withdrawn'],
    ['ANG', 'withdrawn'],
    ['BGN', 'withdrawn with 2026-01-01'],
    ['', 'nothing'],
    ['__proto__', 'a member of objects'],
    ['constructor', 'a member of objects'],
  ])('%j is none (%s)', (code) => {
    expect(currencyDigits(code)).toBeNull();
  });

  it('agrees with the runtime about the digits of each', () => {
    for (const code of ['TWD', 'USD', 'JPY', 'KWD', 'CHF', 'ISK', 'TND', 'CLP', 'UYW']) {
      const format = new Intl.NumberFormat('en', { style: 'currency', currency: code });
      expect([code, currencyDigits(code)]).toEqual([code, format.resolvedOptions().maximumFractionDigits]);
    }
  });
});

describe('units', () => {
  it.each(['PCE', 'KGM', 'SET', 'C62', 'MTR', 'BX', 'CT'])('%s is a unit', (code) => {
    expect(isUnit(code)).toBe(true);
  });
  it.each(['', 'pce', 'PIECES', 'P CE', 'QQQ', 'constructor', ' '])('%j is none', (code) => {
    expect(isUnit(code)).toBe(false);
  });
});
