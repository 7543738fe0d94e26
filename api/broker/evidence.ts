/** `GET …/declarations/{id}/poa/evidence`: everything that proves it, in one ZIP. */
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { createPackAnswer, packRate, packVersion, ZIP } from '../evidence.ts';
import { rateLimit } from '../middleware.ts';
import { createRoute, type Routes } from '../route.ts';
import { declarationParams } from '../schemas/declaration.ts';
import { brokerOf } from './auth.ts';
import { type Surface, V1 } from './surface.ts';

export function addBrokerEvidence(routes: Routes, deps: ApiDeps, { prefix, ...about }: Surface = V1): void {
  const packAnswer = createPackAnswer(deps);
  createRoute(routes)(
    'get',
    `${prefix}/declarations/:declarationId/poa/evidence`,
    {
      summary: 'Evidence pack of the POA, once Customs has acknowledged it and the log holds its receipt',
      ...about,
      problems: ['no-longer-kept'],
    },
    { params: declarationParams, query: z.strictObject({ version: packVersion }), answers: { 200: ZIP } },
    rateLimit(packRate(deps), (req) => brokerOf(req).brokerId),
  )(({ params: { declarationId }, query: { version }, req }) =>
    packAnswer({ declarationId, version, brokerId: brokerOf(req).brokerId }),
  );
}
