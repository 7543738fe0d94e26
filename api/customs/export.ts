/** `GET /customs/v1/poas/evidence`: the packs of a period in one archive. */
import { Readable } from 'node:stream';
import { lookUpPoas } from '../../db/customs-search.ts';
import { ConsentryError } from '../../domain/error-code.ts';
import { exportPacks } from '../../evidence/export.ts';
import type { ApiDeps } from '../deps.ts';
import { packDeps, packRate, ZIP } from '../evidence.ts';
import { rateLimit, requireToken } from '../middleware.ts';
import { endOf, startOf } from '../moments.ts';
import { PROBLEMS } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { exportQuery, lookupHeaders } from '../schemas/customs.ts';
import { encodeCursor, LIST_LIMIT_DEFAULT } from '../schemas/declaration.ts';

export function addCustomsExport(routes: Routes, deps: ApiDeps): void {
  const making = packDeps(deps);
  createRoute(routes)(
    'get',
    '/customs/v1/poas/evidence',
    {
      summary:
        'Evidence packs of a period, newest decision first; each is recorded as looked up, and shown to the importer',
      tags: ['customs'],
      security: 'customs',
      // None was decided in the period.
      problems: ['not-found'],
    },
    { query: exportQuery, headers: lookupHeaders, answers: { 200: ZIP } },
    requireToken(deps.settings.customsInboundToken),
    rateLimit(packRate(deps), () => 'customs-export'),
  )(async ({ query: { from, to, limit = LIST_LIMIT_DEFAULT, cursor: after }, headers }) => {
    const by = { officer: headers['x-officer'], reason: headers['x-lookup-reason'] };
    const period = { from: startOf(from), before: endOf(to) };
    const { items, more } = await lookUpPoas(deps.db, period, { limit, after }, by);
    const last = items.at(-1);
    if (!last) throw new ConsentryError('not-found', PROBLEMS['not-found'].remedy);
    const nextCursor = more ? encodeCursor(last.outcomeId) : undefined;
    const poas = items.map(({ declarationId, version, outcome, decidedAt }) => ({
      declarationId,
      version,
      outcome,
      decidedAt,
    }));
    return {
      status: 200,
      body: Readable.from(exportPacks(making, poas, { from, to, nextCursor })),
      headers: {
        'content-disposition': 'attachment; filename="poas.zip"',
        ...(nextCursor && {
          link: `<${nextPage({ from, to, limit: String(limit), cursor: nextCursor })}>; rel="next"`,
        }),
      },
    };
  });
}

const nextPage = (query: Record<string, string>): string =>
  `/customs/v1/poas/evidence?${new URLSearchParams(query)}`;
