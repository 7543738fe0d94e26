import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countDutyFree, dutyFreeVerdict, halfYearOf } from '../../domain/duty-free.ts';
import { positiveDecimal } from './arbitrary.ts';

const RATES = { USD: '32.1', JPY: '0.215' };
const of = (amount: string, currency = 'TWD') => ({ amount, currency });

const day = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

describe('the half-year', () => {
  it.each([
    ['2026-01-01', '2026-01-01', '2026-06-30'],
    ['2026-06-30', '2026-01-01', '2026-06-30'],
    ['2026-07-01', '2026-07-01', '2026-12-31'],
    ['2026-12-31', '2026-07-01', '2026-12-31'],
  ])('of %s is %s to %s', (today, from, to) => {
    expect(halfYearOf(today)).toEqual({ from, to });
  });

  it('holds its day, and every day of it has the same', () => {
    fc.assert(
      fc.property(day, (today) => {
        const { from, to } = halfYearOf(today);
        expect(from <= today && today <= to).toBe(true);
        expect([halfYearOf(from), halfYearOf(to)]).toEqual([
          { from, to },
          { from, to },
        ]);
      }),
    );
  });
});

describe('an import', () => {
  it.each([
    ['of exactly the limit', [of('2000')], 'exempt'],
    ['of a cent more', [of('2000.01')], 'over'],
    ['at a rate, exactly', [of('62.305', 'USD')], 'exempt'],
    ['at a rate, over', [of('62.31', 'USD')], 'over'],
    ['of several currencies together', [of('1000'), of('31.16', 'USD')], 'over'],
    ['of several currencies, each below', [of('1000'), of('31.15', 'USD')], 'exempt'],
    ['in a currency without a rate', [of('1', 'EUR')], 'undetermined'],
    ['in part in such a currency', [of('1999'), of('1', 'EUR')], 'undetermined'],
    ['over without that part', [of('2001'), of('1', 'EUR')], 'over'],
    ['of nothing', [], 'exempt'],
  ] as const)('%s is %s', (_, totals, verdict) => {
    expect(dutyFreeVerdict(totals, RATES)).toBe(verdict);
  });

  it('is judged exactly: as integers would, and never by floating-point numbers', () => {
    const micros = (text: string) => {
      const [integer = '0', fraction = ''] = text.split('.');
      return BigInt(integer + fraction.padEnd(6, '0'));
    };
    fc.assert(
      fc.property(positiveDecimal(6, 5), positiveDecimal(6, 3), (amount, rate) => {
        const exempt = micros(amount) * micros(rate) <= 2000n * 10n ** 12n;
        expect(dutyFreeVerdict([of(amount, 'USD')], { USD: rate })).toBe(exempt ? 'exempt' : 'over');
      }),
    );
  });
});

describe('the count', () => {
  const small = (importDate: string) => ({ importDate, totals: [of('100')] });

  it('is by import date, of this half-year alone', () => {
    const imports = ['2026-06-30', '2026-07-01', '2026-11-24', '2026-12-31', '2027-01-01'].map(small);
    expect(countDutyFree(imports, '2026-11-25', RATES)).toEqual({
      from: '2026-07-01',
      to: '2026-12-31',
      limit: 6,
      counted: 3,
      undetermined: 0,
    });
  });

  it('goes past the limit: the seventh is told', () => {
    const imports = Array.from({ length: 7 }, () => small('2026-11-24'));
    expect(countDutyFree(imports, '2026-11-25', RATES)).toMatchObject({ limit: 6, counted: 7 });
  });

  it('leaves out what is over, tells apart what cannot be told, and does not mind the order', () => {
    const value = fc.record({
      importDate: day,
      totals: fc.array(
        fc.record({ amount: positiveDecimal(2, 5), currency: fc.constantFrom('TWD', 'USD', 'EUR') }),
        { maxLength: 3 },
      ),
    });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 12 }), day, (imports, today) => {
        const told = countDutyFree(imports, today, RATES);
        expect(countDutyFree(imports.toReversed(), today, RATES)).toEqual(told);
        expect(told.counted + told.undetermined).toBeLessThanOrEqual(imports.length);
        const everyRate = countDutyFree(imports, today, { ...RATES, EUR: '0.000001' });
        expect([everyRate.undetermined, everyRate.counted]).toEqual([0, told.counted + told.undetermined]);
      }),
    );
  });
});
