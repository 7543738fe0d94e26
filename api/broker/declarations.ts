/** `POST /v1/declarations`, and what a broker reads of its declarations. */
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import {
  type BrokerIdentity,
  type Declaration,
  insertDeclaration,
  listDeclarations,
  listEvents,
  readDeclaration,
} from '../../db/declarations.ts';
import { KeyTaken, type KeyUse } from '../../db/idempotency.ts';
import { violatedConstraint } from '../../db/pool.ts';
import { flagWaybillElsewhere } from '../../db/waybill-elsewhere.ts';
import { submissionSchema } from '../../domain/declaration-schema.ts';
import { ConsentryError } from '../../domain/error-code.ts';
import { defaultRespondBy, respondByOf } from '../../domain/respond-by.ts';
import type { ApiDeps } from '../deps.ts';
import { PROBLEMS } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import {
  declarationAnswer,
  declarationListAnswer,
  declarationParams,
  encodeCursor,
  encodePosition,
  eventsAnswer,
  eventsQuery,
  LIST_LIMIT_DEFAULT,
  LIST_LIMIT_MAX,
  listQuery,
} from '../schemas/declaration.ts';
import { brokerOf } from './auth.ts';
import { type Act, type Begun, keyUse, once, requireKey } from './idempotency.ts';
import { answerWith, presented } from './presentation.ts';
import { type Surface, V1 } from './surface.ts';

/** More than all but declarations that were amended for days have: whoever asks without a limit sees the whole story. */
const EVENTS_DEFAULT = LIST_LIMIT_MAX;

type Submission = z.output<typeof submissionSchema>;

/** A broker's systems declare. */
export function addBrokerDeclarations(routes: Routes, deps: ApiDeps): void {
  const { prefix, ...about } = V1;

  createRoute(routes)(
    'post',
    `${prefix}/declarations`,
    {
      summary: 'Declare a shipment and ask its importer for the POA',
      ...about,
      problems: ['idempotency-key-required', 'idempotency-key-reused', 'duplicate-waybill'],
    },
    { body: submissionSchema, answers: { 201: declarationAnswer, 202: declarationAnswer } },
    requireKey,
  )(({ body, req }) => {
    const use = keyUse(req, body);
    if (!use) throw new Error('requireKey did not run');
    return once(deps.db, use, declare(deps, brokerOf(req), use, body));
  });
}

/** A broker's declarations, to be looked at. */
export function addDeclarationReads(routes: Routes, deps: ApiDeps, { prefix, ...about }: Surface = V1): void {
  const route = createRoute(routes);

  route(
    'get',
    `${prefix}/declarations`,
    { summary: 'Declarations, newest first', ...about },
    { query: listQuery, answers: { 200: declarationListAnswer } },
  )(async ({ query: { cursor, limit = LIST_LIMIT_DEFAULT, ...filter }, req }) => {
    const { brokerId } = brokerOf(req);
    const { items, more } = await listDeclarations(deps.db, brokerId, { ...filter, limit, before: cursor });
    const last = items.at(-1);
    const nextCursor = more && last ? encodeCursor(last.declarationId) : null;
    return { status: 200, body: { items: items.map(presented), nextCursor } };
  });

  route(
    'get',
    `${prefix}/declarations/:declarationId`,
    { summary: 'One declaration', ...about },
    { params: declarationParams, answers: { 200: declarationAnswer } },
  )(async ({ params, req }) => answerWith(200, await readOwn(deps, brokerOf(req), params.declarationId)));

  route(
    'get',
    `${prefix}/declarations/:declarationId/events`,
    { summary: 'What happened to it, oldest first', ...about },
    { params: declarationParams, query: eventsQuery, answers: { 200: eventsAnswer } },
  )(async ({ params: { declarationId }, query: { cursor: after = 0, limit = EVENTS_DEFAULT }, req }) => {
    const events = await listEvents(deps.db, brokerOf(req).brokerId, declarationId, { after, limit });
    if (!events) throw noDeclaration();
    const items = events.items.map((event) => ({ ...event, at: event.at.toISOString() }));
    return { status: 200, body: { items, nextCursor: events.more ? encodePosition(after + limit) : null } };
  });
}

/** Unknown, malformed and another broker's ids are answered alike. */
export const noDeclaration = () => new ConsentryError('not-found', PROBLEMS['not-found'].remedy);

/** Throws `not-found` unless it is the broker's. */
export async function readOwn(
  { db }: ApiDeps,
  { brokerId }: BrokerIdentity,
  declarationId: string,
): Promise<Declaration> {
  const declaration = await readDeclaration(db, brokerId, declarationId);
  if (!declaration) throw noDeclaration();
  return declaration;
}

interface Declared extends Begun {
  declaration: Declaration;
}

function declare(deps: ApiDeps, broker: BrokerIdentity, use: KeyUse, body: Submission): Act<Declared> {
  return {
    begin: () => begin(deps, broker, use, body),
    async finish(begun) {
      const declaration =
        'declaration' in begun ? begun.declaration : await readOwn(deps, broker, begun.declarationId);
      const [started] = await Promise.all([
        start(deps, broker, declaration),
        flagWaybillElsewhere(deps.db.pool, body),
      ]);
      const location = `/v1/declarations/${declaration.declarationId}`;
      return answerWith(started ? 201 : 202, declaration, { location });
    },
  };
}

async function begin(
  { db, settings }: ApiDeps,
  broker: BrokerIdentity,
  use: KeyUse,
  { order = settings.defaultOrder, respondBy: asked, ...submitted }: Submission,
): Promise<Declared> {
  const respondBy = asked === undefined ? defaultRespondBy(Date.now()) : respondByOf(asked, Date.now());
  const declarationId = uuidv7();
  const dataKey = await db.keys.create(declarationId, 'declaration');
  try {
    const declared = { declarationId, order, submitted, respondBy };
    const declaration = await insertDeclaration(db, dataKey, broker, use, declared);
    return { declarationId, proposalId: null, declaration };
  } catch (error) {
    const taken = violatedConstraint(error);
    // Only where it is sure that no row came: an answer that was lost may have been a success.
    if (taken !== null || error instanceof KeyTaken) await db.keys.destroy(declarationId);
    if (taken !== 'declarations_waybill') throw error;
    throw new ConsentryError('duplicate-waybill', PROBLEMS['duplicate-waybill'].remedy);
  }
}

/** Whether its process runs. When Temporal is away, the reconciliation starts it later. */
async function start(
  { processes, log }: ApiDeps,
  { boxNumber }: BrokerIdentity,
  { declarationId, order, respondBy }: Declaration,
): Promise<boolean> {
  try {
    await processes.startPoa({ declarationId, brokerBoxNumber: boxNumber, order, respondBy });
    return true;
  } catch (error) {
    log.warn({ declarationId, error: (error as Error).name }, 'POA not started: left to the reconciliation');
    return false;
  }
}
