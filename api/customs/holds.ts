/** `POST/DELETE /customs/v1/poas/{declarationId}/hold`: while Customs holds a POA, it is not purged. */
import { placeHold, releaseHold } from '../../db/retention/holds.ts';
import { ConsentryError } from '../../domain/error-code.ts';
import type { ApiDeps } from '../deps.ts';
import { requireToken } from '../middleware.ts';
import { PROBLEMS } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { holdAnswer, holdHeaders } from '../schemas/customs.ts';
import { declarationParams } from '../schemas/declaration.ts';

export function addCustomsHolds(routes: Routes, { db, settings }: ApiDeps): void {
  const route = createRoute(routes);
  const path = '/customs/v1/poas/:declarationId/hold';
  const ofCustoms = requireToken(settings.customsInboundToken);
  const noSuch = () => new ConsentryError('not-found', PROBLEMS['not-found'].remedy);

  route(
    'post',
    path,
    {
      summary:
        'Hold a POA: it is not purged until the hold is released. Held already: 200, and that hold stands',
      tags: ['customs'],
      security: 'customs',
      problems: ['no-longer-kept'],
    },
    { params: declarationParams, headers: holdHeaders, answers: { 200: holdAnswer, 201: holdAnswer } },
    ofCustoms,
  )(async ({ params: { declarationId }, headers }) => {
    const hold = await placeHold(db, declarationId, byOf(headers));
    if (!hold) throw noSuch();
    return {
      status: hold.placed ? 201 : 200,
      body: { declarationId, heldSince: hold.placedAt.toISOString() },
    };
  });

  route(
    'delete',
    path,
    { summary: "Release Customs' hold of a POA, if there is one", tags: ['customs'], security: 'customs' },
    { params: declarationParams, headers: holdHeaders, answers: { 204: null } },
    ofCustoms,
  )(async ({ params: { declarationId }, headers }) => {
    if ((await releaseHold(db, declarationId, byOf(headers))) === null) throw noSuch();
    return { status: 204 };
  });
}

const byOf = (headers: { 'x-officer': string; 'x-lookup-reason': string }) => ({
  holder: 'customs' as const,
  officer: headers['x-officer'],
  reason: headers['x-lookup-reason'],
});
