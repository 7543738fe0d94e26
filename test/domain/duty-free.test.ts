import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { product } from '../../domain/decimal.ts';
import { dutyVerdict, halfYearOf } from '../../domain/duty-free.ts';

describe('a half-year', () => {
  test.each([
    ['2026-01-01', '2026-01-01', '2026-06-30'],
    ['2026-06-30', '2026-01-01', '2026-06-30'],
    ['2026-07-01', '2026-07-01', '2026-12-31'],
    ['2026-12-31', '2026-07-01', '2026-12-31'],
  ])('of %s goes from %s to %s', (day, from, to) => {
    expect(halfYearOf(day)).toEqual({ from, to });
  });
});

describe('an import', () => {
  test.each([
    [[{ amount: '2000', currency: 'TWD' }], 'duty-free'],
    [[{ amount: '2001', currency: 'TWD' }], 'dutiable'],
    [[{ amount: '62.30', currency: 'USD' }], 'duty-free'],
    [[{ amount: '62.31', currency: 'USD' }], 'dutiable'],
    [[{ amount: '1', currency: 'CHF' }], 'unknown'],
    [
      [
        { amount: '1999', currency: 'TWD' },
        { amount: '1', currency: 'CHF' },
      ],
      'unknown',
    ],
    [
      [
        { amount: '2001', currency: 'TWD' },
        { amount: '1', currency: 'CHF' },
      ],
      'dutiable',
    ],
  ] as const)('of %j is %s', (totals, verdict) => {
    expect(dutyVerdict(totals, { USD: '32.1' })).toBe(verdict);
  });
});

test('a product is exact, whatever the digits', () => {
  const decimal = fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.integer({ min: 0, max: 9 }))
    .map(([value, digits]) => {
      const text = value.toString().padStart(digits + 1, '0');
      return {
        value,
        digits,
        text: digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`,
      };
    });
  fc.assert(
    fc.property(decimal, decimal, (a, b) => {
      const text = product(a.text, b.text);
      expect(BigInt(text.replace('.', ''))).toBe(a.value * b.value);
      expect(text.split('.')[1]?.length ?? 0).toBe(a.digits + b.digits);
    }),
  );
});
