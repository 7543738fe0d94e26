/** `GET …/declarations/{id}/poa/evidence`: everything that proves it, in one ZIP. */
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { createPackAnswer, packRate, packVersion, ZIP } from '../evidence.ts';
import { rateLimit } from '../middleware.ts';
import { createRoute, type Routes } from '../route.ts';
import { declarationParams } from '../schemas/declaration.ts';
import { brokerOf } from './auth.ts';
import { CONSOLE, V1 } from './surface.ts';

/** On both surfaces, behind the guards of each: a broker has one rate, whichever way it asks. */
export function addBrokerEvidence(routes: Routes, deps: ApiDeps): void {
  const packAnswer = createPackAnswer(deps);
  const limit = rateLimit(packRate(deps), (req) => brokerOf(req).brokerId);
  for (const { prefix, ...about } of [V1, CONSOLE]) {
    createRoute(routes)(
      'get',
      `${prefix}/declarations/:declarationId/poa/evidence`,
      {
        summary: 'Evidence pack of the POA, once Customs has acknowledged it and the log holds its receipt',
        ...about,
        problems: ['no-longer-kept'],
      },
      { params: declarationParams, query: z.strictObject({ version: packVersion }), answers: { 200: ZIP } },
      limit,
    )(({ params: { declarationId }, query: { version }, req }) =>
      packAnswer({ declarationId, version, brokerId: brokerOf(req).brokerId }),
    );
  }
}
