import { LRUCache } from 'lru-cache';
import type { Database } from '../../db/database.ts';
import { type Flight, listFlights } from '../../db/flights.ts';
import { HttpProblem, PROBLEMS } from '../problem.ts';

/** More than land in a month at one broker. */
const MOST_FLIGHTS = 500;
/** Counting is the dearest look of the console, and its pages look every few seconds: all of a broker's share one, ms. */
const COUNTED_FOR_MS = 2_000;
/** Brokers whose counts are kept: more than look at the console within two seconds. */
const MOST_BROKERS = 250;
/** Ranges of days of one broker's: those of several desks. One more puts out the oldest. */
const MOST_RANGES = 8;
/** Ranges of one broker's that are being counted or wait for it: one after the other, so that it never has more than one connection. */
const MOST_UNCOUNTED = 8;

interface Counts {
  kept: LRUCache<string, Promise<Flight[]>>;
  uncounted: number;
  last: Promise<unknown>;
}

/** Counts a broker's flights of some days. Throws `too-many-requests` for whoever asks for ever other ranges. */
export function createFlightCounts(db: Pick<Database, 'pool'>) {
  const brokers = new LRUCache<string, Counts>({ max: MOST_BROKERS });
  const ofBroker = (brokerId: string): Counts => {
    const known = brokers.get(brokerId);
    if (known) return known;
    const kept = new LRUCache<string, Promise<Flight[]>>({ max: MOST_RANGES, ttl: COUNTED_FOR_MS });
    const counts: Counts = { kept, uncounted: 0, last: Promise.resolve() };
    brokers.set(brokerId, counts);
    return counts;
  };

  return (brokerId: string, { from, to }: { from: string; to: string }): Promise<Flight[]> => {
    const counts = ofBroker(brokerId);
    const range = `${from} ${to}`;
    const counted = counts.kept.get(range);
    if (counted) return counted;
    if (counts.uncounted >= MOST_UNCOUNTED) throw tooMany();
    counts.uncounted++;
    const flights = counts.last.then(() => listFlights(db.pool, brokerId, { from, to, limit: MOST_FLIGHTS }));
    counts.kept.set(range, flights);
    counts.last = flights
      .catch(() => counts.kept.delete(range))
      .finally(() => {
        counts.uncounted--;
      });
    return flights;
  };
}

const tooMany = () =>
  new HttpProblem('too-many-requests', PROBLEMS['too-many-requests'].remedy, {
    headers: { 'retry-after': '1' },
  });
