/** `/customs/v1/fraud-cases`: what people said was not them, and what Customs found. */
import { type FoundCase, findFraudCases, resolveFraudCase } from '../../db/fraud-resolutions.ts';
import type { ApiDeps } from '../deps.ts';
import { requireToken } from '../middleware.ts';
import { createRoute, type Routes } from '../route.ts';
import {
  caseParams,
  caseSearchQuery,
  foundCases,
  lookupHeaders,
  resolutionBody,
  resolvedCase,
} from '../schemas/customs.ts';
import { encodeCursor, LIST_LIMIT_DEFAULT } from '../schemas/declaration.ts';

export function addCustomsFraudCases(routes: Routes, { db, settings }: ApiDeps): void {
  const route = createRoute(routes);
  const tags: [string] = ['customs'];
  const allowed = requireToken(settings.customsInboundToken);

  route(
    'get',
    '/customs/v1/fraud-cases',
    {
      summary: 'Fraud cases, newest first; each is recorded as looked up, and shown to the importer',
      tags,
      security: 'customs',
    },
    { query: caseSearchQuery, headers: lookupHeaders, answers: { 200: foundCases } },
    allowed,
  )(async ({ query: { status, limit = LIST_LIMIT_DEFAULT, cursor: after }, headers }) => {
    const by = { officer: headers['x-officer'], reason: headers['x-lookup-reason'] };
    const open = status && status === 'open';
    const { items, more } = await findFraudCases(db, { open, limit, after }, by);
    const last = items.at(-1);
    return {
      status: 200,
      body: { items: items.map(shown), ...(more && last && { nextCursor: encodeCursor(last.caseId) }) },
    };
  });

  route(
    'post',
    '/customs/v1/fraud-cases/:caseId/resolution',
    {
      summary: 'What Customs found; once. The broker and the importer are told, the POA stays as it is',
      tags,
      security: 'customs',
      problems: ['already-decided'],
    },
    { params: caseParams, headers: lookupHeaders, body: resolutionBody, answers: { 200: resolvedCase } },
    allowed,
  )(async ({ params: { caseId }, headers, body: { resolution, note } }) => {
    const by = { officer: headers['x-officer'], reason: note ?? headers['x-lookup-reason'] };
    const { resolvedAt, ...resolved } = await resolveFraudCase(db, { caseId, resolution, by });
    return { status: 200, body: { ...resolved, resolvedAt: resolvedAt.toISOString() } };
  });
}

const shown = ({ declarationNumber, openedAt, note, resolution, resolvedAt, ...found }: FoundCase) => ({
  ...found,
  declarationNumber: declarationNumber ?? undefined,
  openedAt: openedAt.toISOString(),
  note: note ?? undefined,
  resolution: resolution ?? undefined,
  resolvedAt: resolvedAt?.toISOString(),
});
