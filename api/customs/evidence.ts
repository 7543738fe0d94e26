/** `GET /customs/v1/poas/{declarationId}/evidence`: a check by Customs. */
import { z } from 'zod';
import { recordLookup } from '../../db/lookups.ts';
import { plainText } from '../../domain/declaration-schema.ts';
import { ConsentryError } from '../../domain/error-code.ts';
import type { ApiDeps } from '../deps.ts';
import { createPackAnswer, packRate, packVersion, ZIP } from '../evidence.ts';
import { rateLimit, requireToken } from '../middleware.ts';
import { PROBLEMS } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { declarationParams } from '../schemas/declaration.ts';

/** Who looks, and why: told to the person. */
const lookupQuery = z.strictObject({
  version: packVersion,
  officer: plainText(100).optional(),
  reason: plainText(500).optional(),
});

export function addCustomsEvidence(routes: Routes, deps: ApiDeps): void {
  const packAnswer = createPackAnswer(deps);
  createRoute(routes)(
    'get',
    '/customs/v1/poas/:declarationId/evidence',
    {
      summary: 'Evidence pack of a POA; the look-up is recorded, and shown to the importer',
      tags: ['customs'],
      security: 'customs',
    },
    { params: declarationParams, query: lookupQuery, answers: { 200: ZIP } },
    requireToken(deps.settings.customsInboundToken),
    rateLimit(packRate(deps), () => 'customs'),
  )(({ params: { declarationId }, query: { version, officer, reason } }) =>
    packAnswer({ declarationId, version }, async (shown) => {
      const recorded = await recordLookup(deps.db, { declarationId, version: shown, officer, reason });
      if (!recorded) throw new ConsentryError('not-found', PROBLEMS['not-found'].remedy);
    }),
  );
}
