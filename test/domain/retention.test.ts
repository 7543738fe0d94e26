import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { POA_RETENTION_MONTHS } from '../../domain/law.ts';
import { endedBefore, retentionEnd } from '../../domain/retention.ts';

const end = (at: string, months = POA_RETENTION_MONTHS) =>
  new Date(retentionEnd(Date.parse(at), months)).toISOString();
/** A midnight in Taiwan. */
const midnight = (day: string) => new Date(`${day}T00:00:00+08:00`).toISOString();

describe('a POA is kept six months after the day of its end, by the calendar of Taiwan (Civil Code Art. 120, 121)', () => {
  test.each([
    // The day itself does not count: the period begins on the 16th and ends with the 15th.
    ['2026-01-15T10:00:00+08:00', '2026-07-16'],
    ['2026-01-15T00:00:00+08:00', '2026-07-16'],
    ['2026-01-15T23:59:59.999+08:00', '2026-07-16'],
    // The day in Taiwan, which in UTC is another.
    ['2026-01-15T16:00:00Z', '2026-07-17'],
    ['2026-01-15T15:59:59Z', '2026-07-16'],
    // From the first of a month to the end of one.
    ['2026-02-28T12:00:00+08:00', '2026-09-01'],
    ['2026-12-31T12:00:00+08:00', '2027-07-01'],
  ])('what ended %s is kept until %s', (at, day) => expect(end(at)).toBe(midnight(day)));

  test.each([
    // February has no such day: until its end, in a leap year a day later.
    ['2026-08-27T12:00:00+08:00', '2027-02-28'],
    ['2026-08-28T12:00:00+08:00', '2027-03-01'],
    ['2026-08-30T12:00:00+08:00', '2027-03-01'],
    ['2026-08-31T12:00:00+08:00', '2027-03-01'],
    ['2027-08-27T12:00:00+08:00', '2028-02-28'],
    ['2027-08-28T12:00:00+08:00', '2028-02-29'],
    ['2027-08-29T12:00:00+08:00', '2028-03-01'],
    ['2027-08-30T12:00:00+08:00', '2028-03-01'],
    ['2027-08-31T12:00:00+08:00', '2028-03-01'],
    // Ended on the leap day, and the day before it.
    ['2028-02-28T12:00:00+08:00', '2028-08-29'],
    ['2028-02-29T12:00:00+08:00', '2028-09-01'],
  ])('across the end of February: %s → %s', (at, day) => expect(end(at)).toBe(midnight(day)));
});

const moment = fc.integer({ min: Date.parse('2000-01-01'), max: Date.parse('2090-01-01') });
const months = fc.integer({ min: 6, max: 60 });

test('what ended later is never kept shorter', () => {
  fc.assert(
    fc.property(moment, fc.integer({ min: 0, max: 5 * 86_400_000 }), months, (at, later, kept) => {
      expect(retentionEnd(at + later, kept)).toBeGreaterThanOrEqual(retentionEnd(at, kept));
    }),
  );
});

test('due is just what ended before one moment', () => {
  fc.assert(
    fc.property(moment, months, (now, kept) => {
      const before = endedBefore(now, kept);
      expect(retentionEnd(before - 1, kept)).toBeLessThanOrEqual(now);
      expect(retentionEnd(before, kept)).toBeGreaterThan(now);
    }),
  );
});
