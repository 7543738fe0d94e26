import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  atDigits,
  atMost,
  isDecimal,
  isPositive,
  product,
  sum,
  withoutTrailingZeros,
} from '../../domain/decimal.ts';
import { positiveDecimal } from './arbitrary.ts';

const SCALE = 8;
/** The value in units of 10^-8, by another way than the code's. */
function inUnits(decimal: string): bigint {
  const [integer = '0', fraction = ''] = decimal.split('.');
  return BigInt(integer) * 10n ** BigInt(SCALE) + BigInt(fraction.padEnd(SCALE, '0'));
}
const decimal = positiveDecimal(6);

describe('decimals', () => {
  it.each(['0', '7', '0.5', '35.50', '0.000001', '999999999999.999999'])('%j is one', (text) => {
    expect(isDecimal(text, { integerDigits: 12, decimals: 6 })).toBe(true);
  });

  it.each(
    [
      '',
      '.5',
      '5.',
      '05',
      '00',
      '-1',
      '+1',
      '1e3',
      '1E3',
      '1,000',
      '1 ',
      ' 1',
      '1\n',
      '0x10',
      'NaN',
      'Infinity',
      '１',
      '٣',
      '1.2.3',
    ].map((text) => [text]),
  )('%j is none', (text) => {
    expect(isDecimal(text, { integerDigits: 12, decimals: 6 })).toBe(false);
  });

  it('keeps to the digits before and after the point', () => {
    expect(isDecimal('1000', { integerDigits: 3, decimals: 2 })).toBe(false);
    expect(isDecimal('1.234', { integerDigits: 3, decimals: 2 })).toBe(false);
    expect(isDecimal('999.99', { integerDigits: 3, decimals: 2 })).toBe(true);
    expect(isDecimal('1.0', { integerDigits: 3, decimals: 0 })).toBe(false);
  });

  it.each(['0', '0.0', '0.000000'])('%j is not positive', (text) => expect(isPositive(text)).toBe(false));

  it('multiplies exactly, as integers would', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const [integer = '0', fraction = ''] = product(a, b).split('.');
        const scaled = BigInt(integer + fraction.padEnd(2 * SCALE, '0'));
        expect(scaled).toBe(inUnits(a) * inUnits(b));
      }),
    );
    expect([product('0.5', '0.02'), product('3', '4'), product('0', '1.5')]).toEqual(['0.010', '12', '0.0']);
  });

  it('sums exactly, as integers would', () => {
    fc.assert(
      fc.property(fc.array(decimal, { maxLength: 20 }), (terms) => {
        const expected = terms.reduce((total, term) => total + inUnits(term), 0n);
        expect(inUnits(sum(terms))).toBe(expected);
      }),
    );
    expect(sum(['0.1', '0.2'])).toBe('0.3');
    expect(sum([])).toBe('0');
    expect(sum(['9007199254740993', '0.01'])).toBe('9007199254740993.01');
  });

  it('sums to the same whatever the order', () => {
    fc.assert(
      fc.property(fc.array(decimal, { minLength: 1, maxLength: 8 }), (terms) => {
        expect(sum([...terms].reverse())).toBe(sum(terms));
      }),
    );
  });

  it('loses trailing zeros and nothing else', () => {
    fc.assert(
      fc.property(decimal, (text) => {
        const short = withoutTrailingZeros(text);
        expect(inUnits(short)).toBe(inUnits(text));
        expect(short).not.toMatch(/\.$|\.\d*0$/);
        expect(withoutTrailingZeros(short)).toBe(short);
      }),
    );
    expect(withoutTrailingZeros('100')).toBe('100');
    expect(withoutTrailingZeros('0.000')).toBe('0');
  });

  it('shows exactly the digits asked for', () => {
    fc.assert(
      fc.property(decimal, fc.integer({ min: 6, max: 8 }), (text, digits) => {
        const shown = atDigits(text, digits);
        expect(shown).toMatch(new RegExp(`^\\d+\\.\\d{${digits}}$`));
        expect(inUnits(shown)).toBe(inUnits(text));
      }),
    );
    expect(atDigits('35.5', 2)).toBe('35.50');
    expect(atDigits('35.00', 0)).toBe('35');
    expect(atDigits('35.5000', 2)).toBe('35.50');
  });

  it('compares as integers would', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        expect(atMost(a, b)).toBe(inUnits(a) <= inUnits(b));
      }),
    );
  });
});
