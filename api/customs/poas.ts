/** `GET /customs/v1/poas`: Customs checks who really authorised what. */
import type { z } from 'zod';
import { type FoundPoa, lookUpPoas, type PoaSearch } from '../../db/customs-search.ts';
import type { ApiDeps } from '../deps.ts';
import { requireToken } from '../middleware.ts';
import { endOf, startOf } from '../moments.ts';
import { createRoute, type Routes } from '../route.ts';
import { foundPoas, lookupHeaders, poaSearchQuery } from '../schemas/customs.ts';
import { encodeCursor, LIST_LIMIT_DEFAULT } from '../schemas/declaration.ts';

export function addCustomsPoas(routes: Routes, { db, settings }: ApiDeps): void {
  createRoute(routes)(
    'get',
    '/customs/v1/poas',
    {
      summary: 'Look up POAs; each look-up is recorded, and shown to the importer',
      tags: ['customs'],
      security: 'customs',
    },
    { query: poaSearchQuery, headers: lookupHeaders, answers: { 200: foundPoas } },
    requireToken(settings.customsInboundToken),
  )(async ({ query: { limit = LIST_LIMIT_DEFAULT, cursor: after, ...filter }, headers }) => {
    const by = { officer: headers['x-officer'], reason: headers['x-lookup-reason'] };
    const { items, more } = await lookUpPoas(db, searchOf(filter), { limit, after }, by);
    const last = items.at(-1);
    return {
      status: 200,
      body: { items: items.map(shown), ...(more && last && { nextCursor: encodeCursor(last.outcomeId) }) },
    };
  });
}

type Filter = Omit<z.output<typeof poaSearchQuery>, 'limit' | 'cursor'>;

/** The schema has checked that there is exactly one. */
function searchOf({ declarationNumber, houseWaybill, from = '', to = '' }: Filter): PoaSearch {
  if (declarationNumber !== undefined) return { declarationNumber: written(declarationNumber) };
  if (houseWaybill !== undefined) return { houseWaybill: written(houseWaybill) };
  return { from: startOf(from), before: endOf(to) };
}

/** As declarations have it. */
const written = (text: string): string => text.trim().toUpperCase();

const shown = ({ outcomeId: _, decidedAt, acknowledgedAt, purgedAt, ...poa }: FoundPoa) => ({
  ...poa,
  declarationNumber: poa.declarationNumber ?? undefined,
  decidedAt: decidedAt.toISOString(),
  acknowledgementNumber: poa.acknowledgementNumber ?? undefined,
  acknowledgedAt: acknowledgedAt?.toISOString(),
  receipt: poa.receipt ?? undefined,
  purgedAt: purgedAt?.toISOString(),
});
