import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  byUrgency,
  milestone,
  nextTick,
  timeLeft,
  timeWords,
} from '../../../app/src/declaration/time-left.ts';

const NOW = Date.parse('2026-11-24T03:00:00+08:00');
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const inMs = (ms: number) => new Date(NOW + ms).toISOString();
const words = (ms: number) => timeWords(timeLeft(inMs(ms), NOW));

describe('time left', () => {
  it.each([
    [3 * DAY, 'plenty', { key: 'days', days: 3, hours: 0 }],
    [DAY + 5 * HOUR + 59 * MINUTE, 'plenty', { key: 'days', days: 1, hours: 5 }],
    [DAY - 1, 'today', { key: 'hours', hours: 23, minutes: 59 }],
    [HOUR, 'today', { key: 'hours', hours: 1, minutes: 0 }],
    [HOUR - 1, 'soon', { key: 'minutes', minutes: 59 }],
    [MINUTE, 'soon', { key: 'minutes', minutes: 1 }],
    [MINUTE - 1, 'soon', { key: 'moments' }],
    [1, 'soon', { key: 'moments' }],
    [0, 'over', { key: 'over' }],
    [-DAY, 'over', { key: 'over' }],
  ])('of %i ms is %s', (ms, urgency, expected) => {
    expect(timeLeft(inMs(ms), NOW).urgency).toBe(urgency);
    expect(words(ms)).toEqual(expected);
  });

  it('of what is no moment is over: nothing is promised', () => {
    expect(timeLeft('tomorrow', NOW).urgency).toBe('over');
    expect(nextTick('tomorrow', NOW)).toBeNull();
  });

  it('reads an offset as it is written', () => {
    expect(timeLeft('2026-11-24T05:00:00+08:00', NOW)).toMatchObject({ hours: 2, minutes: 0 });
  });

  it('never says more than there is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 * DAY }), (ms) => {
        const { days, hours, minutes } = timeLeft(inMs(ms), NOW);
        expect(days * DAY + hours * HOUR + minutes * MINUTE).toBeLessThanOrEqual(ms);
      }),
    );
  });

  it('is told anew just when its words change, and no sooner', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 * DAY }), (ms) => {
        const tick = nextTick(inMs(ms), NOW) ?? 0;
        const at = (later: number) => timeWords(timeLeft(inMs(ms), NOW + later));
        expect(tick).toBeGreaterThan(0);
        expect(at(tick - 1)).toEqual(at(0));
        expect(at(tick)).not.toEqual(at(0));
      }),
    );
  });

  it('is told aloud a few times and no more', () => {
    const told = new Set<string>();
    for (let ms = 3 * DAY; ms >= 0; ms -= MINUTE) told.add(milestone(timeLeft(inMs(ms), NOW)));
    expect([...told]).toEqual(['plenty', 'today', 'soon-60', 'soon-30', 'soon-10', 'soon-5', 'over']);
  });

  it('orders the most urgent first and what is over last', () => {
    const items = [inMs(DAY), inMs(-1), inMs(HOUR)].map((respondBy) => ({ respondBy }));
    expect(items.sort(byUrgency(NOW)).map(({ respondBy }) => respondBy)).toEqual([
      inMs(HOUR),
      inMs(DAY),
      inMs(-1),
    ]);
  });
});
