import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingOf, recyclingDate, type SimCheck } from '../../domain/sim-check.ts';

const PROVED_AT = '2026-11-25T10:00:00.000Z';
/** Its day in Taiwan, and the next. */
const [DAY, NEXT_DAY] = ['2026-11-25', '2026-11-26'];

type Swap = SimCheck['simSwap']['result'];
type Recycling = SimCheck['numberRecycling']['result'];
const check = (swap: Swap, recycling: Recycling, specifiedDate = NEXT_DAY): SimCheck => ({
  operator: 'sandbox',
  since: PROVED_AT,
  simSwap: { apiVersion: 'sim-swap/v2', result: swap, correlator: 'a' },
  numberRecycling: { apiVersion: 'number-recycling/v0.2', result: recycling, correlator: 'b', specifiedDate },
  at: '2026-11-27T10:00:00.000Z',
});

describe('a number counts as recycled', () => {
  it.each([
    ['on the day itself from that day', '2026-11-25T15:59:59Z', DAY],
    ['from the next day on from that one', '2026-11-25T16:00:00Z', NEXT_DAY],
    ['much later just so', '2027-11-25T16:00:00Z', NEXT_DAY],
    ['by a clock that is behind from the day that it shows', '2026-11-24T15:59:59Z', '2026-11-24'],
  ])('%s', (_, now, day) => expect(recyclingDate(new Date(PROVED_AT), new Date(now))).toBe(day));

  it('from a day in Taiwan, whatever the hour', () => {
    const now = new Date('2027-01-01T00:00:00Z');
    expect(recyclingDate(new Date('2026-11-25T15:59:59.999Z'), now)).toBe('2026-11-26');
    expect(recyclingDate(new Date('2026-11-25T16:00:00Z'), now)).toBe('2026-11-27');
  });
});

describe('what the operator says of the SIM', () => {
  it.each<[Swap, Recycling, string, ReturnType<typeof findingOf>]>([
    ['same', 'same', NEXT_DAY, null],
    ['same', 'same', DAY, null],
    ['swapped', 'same', NEXT_DAY, 'sim-swapped'],
    ['swapped', 'recycled', NEXT_DAY, 'number-recycled'],
    ['same', 'recycled', NEXT_DAY, 'number-recycled'],
    ['swapped', 'recycled', DAY, 'number-recycled'],
    // Recycled before the SIM was proved: the person who was verified is the new owner.
    ['same', 'recycled', DAY, null],
    ['identifier-not-found', 'identifier-not-found', NEXT_DAY, 'number-not-found'],
    ['same', 'identifier-not-found', NEXT_DAY, 'number-not-found'],
    ['identifier-not-found', 'recycled', NEXT_DAY, 'number-recycled'],
    ['swapped', 'identifier-not-found', NEXT_DAY, 'sim-swapped'],
  ])('swap: %s, recycling: %s since %s → %s', (swap, recycling, since, finding) =>
    expect(findingOf(check(swap, recycling, since))).toBe(finding),
  );
});

/** An operator that knows when the number last got another SIM and another subscriber. */
const HOUR = 3_600_000;
const moment = fc.integer({ min: Date.parse('2026-11-20'), max: Date.parse('2026-12-05') });
const taiwanDay = (at: number) => new Date(at + 8 * HOUR).toISOString().slice(0, 10);

it.each([
  ['after the day', (recycled: string, since: string) => recycled > since],
  ['on the day or after it', (recycled: string, since: string) => recycled >= since],
])(
  'nobody is suspended for what came before the verification, and nothing after it is missed: counting %s',
  (_, counts) => {
    fc.assert(
      fc.property(
        moment,
        moment,
        fc.constantFrom('swap', 'recycling', 'nothing'),
        (verified, changed, what) => {
          const now = new Date('2026-12-06T00:00:00Z');
          const specifiedDate = recyclingDate(new Date(verified), now);
          const swapped = what !== 'nothing' && changed > verified;
          const recycled = what === 'recycling' && counts(taiwanDay(changed), specifiedDate);
          const told: SimCheck = {
            ...check(swapped ? 'swapped' : 'same', recycled ? 'recycled' : 'same', specifiedDate),
            since: new Date(verified).toISOString(),
          };
          expect(findingOf(told) !== null).toBe(what !== 'nothing' && changed > verified);
        },
      ),
    );
  },
);
