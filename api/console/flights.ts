import { LRUCache } from 'lru-cache';
import { type Flight, listFlights } from '../../db/flights.ts';
import { brokerOf } from '../broker/auth.ts';
import { CONSOLE } from '../broker/surface.ts';
import type { ApiDeps } from '../deps.ts';
import { createRoute, type Routes } from '../route.ts';
import { flightsAnswer, flightsQuery } from '../schemas/console.ts';

/** More than land in a month at one broker. */
const MOST_FLIGHTS = 500;
/** Counting is the dearest look of the console, and its pages look every few seconds: all of a broker's share one, ms. */
const COUNTED_FOR_MS = 2_000;
const MOST_KEPT = 1_000;

/** A broker's flights, with how many declarations of each stand where. */
export function addFlightRoute(routes: Routes, { db }: ApiDeps): void {
  const { prefix, ...about } = CONSOLE;
  const counted = new LRUCache<string, Promise<Flight[]>>({ max: MOST_KEPT, ttl: COUNTED_FOR_MS });

  createRoute(routes)(
    'get',
    `${prefix}/flights`,
    { summary: 'Flights of some days with counts by status, the latest first', ...about },
    { query: flightsQuery, answers: { 200: flightsAnswer } },
  )(async ({ query: { from, to }, req }) => {
    const { brokerId } = brokerOf(req);
    const key = `${brokerId} ${from} ${to}`;
    const items = counted.get(key) ?? listFlights(db.pool, brokerId, { from, to, limit: MOST_FLIGHTS });
    counted.set(key, items, { noUpdateTTL: true });
    items.catch(() => counted.delete(key));
    return { status: 200, body: { items: await items } };
  });
}
