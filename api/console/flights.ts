import { brokerOf } from '../broker/auth.ts';
import { CONSOLE } from '../broker/surface.ts';
import type { ApiDeps } from '../deps.ts';
import { createRoute, type Routes } from '../route.ts';
import { flightsAnswer, flightsQuery } from '../schemas/console.ts';
import { createFlightCounts } from './flight-counts.ts';

/** A broker's flights, with how many declarations of each stand where. */
export function addFlightRoute(routes: Routes, { db }: ApiDeps): void {
  const { prefix, ...about } = CONSOLE;
  const flightsOf = createFlightCounts(db);

  createRoute(routes)(
    'get',
    `${prefix}/flights`,
    { summary: 'Flights of some days with counts by status, the latest first', ...about },
    { query: flightsQuery, answers: { 200: flightsAnswer } },
  )(async ({ query, req }) => ({
    status: 200,
    body: { items: await flightsOf(brokerOf(req).brokerId, query) },
  }));
}
