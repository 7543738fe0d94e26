/** `GET /customs/v1/poas/{declarationId}/evidence`: a check by Customs. */
import { z } from 'zod';
import { recordLookup } from '../../db/lookups.ts';
import { ConsentryError } from '../../domain/error-code.ts';
import type { ApiDeps } from '../deps.ts';
import { createPackAnswer, packRate, packVersion, ZIP } from '../evidence.ts';
import { rateLimit, requireToken } from '../middleware.ts';
import { PROBLEMS } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { lookupHeaders } from '../schemas/customs.ts';
import { declarationParams } from '../schemas/declaration.ts';

const packQuery = z.strictObject({ version: packVersion });

export function addCustomsEvidence(routes: Routes, deps: ApiDeps): void {
  const packAnswer = createPackAnswer(deps);
  createRoute(routes)(
    'get',
    '/customs/v1/poas/:declarationId/evidence',
    {
      summary: 'Evidence pack of a POA; the look-up is recorded, and shown to the importer',
      tags: ['customs'],
      security: 'customs',
      problems: ['no-longer-kept'],
    },
    { params: declarationParams, query: packQuery, headers: lookupHeaders, answers: { 200: ZIP } },
    requireToken(deps.settings.customsInboundToken),
    rateLimit(packRate(deps), () => 'customs'),
  )(({ params: { declarationId }, query: { version }, headers }) =>
    packAnswer({ declarationId, version }, async (shown) => {
      const by = { officer: headers['x-officer'], reason: headers['x-lookup-reason'] };
      const recorded = await recordLookup(deps.db, { declarationId, version: shown, ...by });
      if (!recorded) throw new ConsentryError('not-found', PROBLEMS['not-found'].remedy);
    }),
  );
}
