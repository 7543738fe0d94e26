import {
  answeredBy,
  type HistoryFilter,
  type ShownAnswer,
  type ShownVersion,
  shownTo,
  waitingFor,
} from '../../db/inbox.ts';
import { readPoa } from '../../db/poas.ts';
import { readDetails, type ShownDetails } from '../../db/shown-details.ts';
import { totals } from '../../domain/canonical.ts';
import type { ApiDeps } from '../deps.ts';
import { endOf, startOf } from '../moments.ts';
import { acknowledged } from '../poa.ts';
import { HttpProblem } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { poaAnswer } from '../schemas/declaration.ts';
import {
  detailedDeclaration,
  historyQuery,
  idParams,
  type ShownDeclarationAnswer,
  shownList,
} from '../schemas/importer.ts';
import { requireSession, sessionOf } from './session.ts';

/** What waits for a person, one declaration as it was shown, and what they answered. */
export function addDeclarationRoutes(routes: Routes, deps: ApiDeps): void {
  const { db } = deps;
  const route = createRoute(routes);
  const loggedIn = requireSession(deps);
  const tags: [string] = ['importers'];

  route(
    'get',
    '/app/inbox',
    { summary: 'What waits for my answer', tags, security: 'session' },
    { answers: { 200: shownList } },
    loggedIn,
  )(async ({ res }) => {
    const items = await waitingFor(db, sessionOf(res).subjectId);
    return { status: 200, body: { items: items.map(shown) } };
  });

  route(
    'get',
    '/app/declarations/:id',
    { summary: 'A declaration as it was shown to me', tags, security: 'session' },
    { params: idParams, answers: { 200: detailedDeclaration } },
    loggedIn,
  )(async ({ params, res }) => {
    const found = await shownTo(db, sessionOf(res).subjectId, params.id);
    if (!found) throw new HttpProblem('not-found', 'There is no such declaration for you.');
    const details = await readDetails(db, sessionOf(res).subjectId, found);
    return { status: 200, body: { ...shown(found), ...detailed(found, details) } };
  });

  route(
    'get',
    '/app/declarations/:id/receipt',
    { summary: 'What Customs acknowledged, with its sealed receipt', tags, security: 'session' },
    { params: idParams, answers: { 200: poaAnswer } },
    loggedIn,
  )(async ({ params, res }) => {
    const poa = await readPoa(db, sessionOf(res), params.id);
    if (!poa) throw new HttpProblem('not-found', 'Customs has acknowledged nothing of yours here.');
    return { status: 200, body: acknowledged(poa) };
  });

  route(
    'get',
    '/app/history',
    { summary: 'What I answered', tags, security: 'session' },
    { query: historyQuery, answers: { 200: shownList } },
    loggedIn,
  )(async ({ query, res }) => {
    const items = await answeredBy(db, sessionOf(res).subjectId, filterOf(query));
    return { status: 200, body: { items: items.map(shown) } };
  });
}

interface HistoryQuery {
  from?: string | undefined;
  to?: string | undefined;
  waybill?: string | undefined;
}

const filterOf = ({ from, to, waybill }: HistoryQuery): HistoryFilter => ({
  from: from === undefined ? null : startOf(from),
  before: to === undefined ? null : endOf(to),
  waybill: waybill?.trim().toUpperCase() ?? null,
});

/** Content in its canonical values: just what the digest covers and the person signs. */
function shown({ content, broker, answer, ...version }: ShownVersion): ShownDeclarationAnswer {
  const {
    importDate,
    houseWaybill,
    flight,
    consignor,
    goods,
    freight,
    packages,
    grossMassKg,
    grossVolumeM3,
  } = content;
  return {
    declarationId: version.declarationId,
    version: version.version,
    digest: version.digest,
    status: version.status,
    importDate,
    broker,
    ...(version.declarationNumber !== null && { declarationNumber: version.declarationNumber }),
    houseWaybill,
    flight,
    ...(consignor && { consignor }),
    goods,
    ...(freight && { freight }),
    totals: totals(content),
    packages,
    grossMassKg,
    ...(grossVolumeM3 !== undefined && { grossVolumeM3 }),
    respondBy: version.respondBy.toISOString(),
    ...(answer && { answer: shownAnswer(answer) }),
  };
}

const shownAnswer = ({
  consentId,
  decision,
  reason,
  lines,
  decidedAt,
  customsAcknowledgedAt,
}: ShownAnswer) => ({
  consentId,
  decision,
  ...(reason !== null && { reason }),
  ...(lines && { lines }),
  decidedAt: decidedAt.toISOString(),
  ...(customsAcknowledgedAt && { customsAcknowledgedAt: customsAcknowledgedAt.toISOString() }),
});

const detailed = ({ answer }: ShownVersion, { changes, note, reportedAt, caseResolution }: ShownDetails) => ({
  ...(changes && { changes }),
  ...(answer && { answer: { ...shownAnswer(answer), ...(note !== null && { note }) } }),
  ...(reportedAt && { reportedAt: reportedAt.toISOString() }),
  ...(caseResolution && {
    caseResolution: { ...caseResolution, resolvedAt: caseResolution.resolvedAt.toISOString() },
  }),
});
