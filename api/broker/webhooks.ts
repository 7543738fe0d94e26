/** `/v1/webhook-endpoints`: where a broker wants to be told of events, and what became of each message. */
import type { Request } from 'express';
import type { PoolClient } from 'pg';
import { recordAct } from '../../db/console/acts.ts';
import { transaction } from '../../db/pool.ts';
import {
  createEndpoint,
  deleteEndpoint,
  type Endpoint,
  listEndpoints,
  readEndpoint,
  resumeEndpoint,
  rotateSecret,
} from '../../db/webhooks/endpoints.ts';
import { type Delivery, listDeliveries, redeliver } from '../../db/webhooks/records.ts';
import type { ConsoleActKind } from '../../domain/console.ts';
import { ConsentryError } from '../../domain/error-code.ts';
import { WEBHOOK_ENDPOINTS_MAX, WEBHOOK_RETRIED_MS, WEBHOOK_TIMEOUT_MS } from '../../domain/limits.ts';
import { ALL_EVENTS, type EventType } from '../../domain/webhook.ts';
import { networksOf } from '../../gateways/public-address.ts';
import { createWebhookGateway } from '../../gateways/webhook.ts';
import type { ApiDeps } from '../deps.ts';
import { PROBLEMS } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { encodeCursor, LIST_LIMIT_DEFAULT } from '../schemas/declaration.ts';
import {
  deliveryAnswer,
  deliveryListAnswer,
  deliveryListQuery,
  deliveryParams,
  endpointAnswer,
  endpointCreated,
  endpointListAnswer,
  endpointParams,
  newEndpoint,
  secretRotated,
} from '../schemas/webhook.ts';
import { brokerOf, consoleUserOf } from './auth.ts';
import { noDeclaration } from './declarations.ts';
import { type Surface, V1 } from './surface.ts';

const { prefix, ...about } = V1;
const PATH = `${prefix}/webhook-endpoints`;

/** A broker's systems say where they want to be told. */
export function addBrokerWebhooks(routes: Routes, deps: ApiDeps): void {
  addEndpoints(routes, deps);
  addSecretRotation(routes, deps);
}

/** How endpoints are doing, and their messages once more: for a broker's systems and its people. */
export function addWebhookCare(routes: Routes, deps: ApiDeps, surface: Surface = V1): void {
  addEndpointReads(routes, deps, surface);
  addResumption(routes, deps, surface);
  addDeliveries(routes, deps, surface);
}

function addEndpoints(routes: Routes, { db, settings }: ApiDeps): void {
  const route = createRoute(routes);
  const gateway = createWebhookGateway({
    networks: networksOf(settings.webhookNetworks),
    timeoutMs: WEBHOOK_TIMEOUT_MS,
  });

  route(
    'post',
    PATH,
    { ...about, summary: 'Tell an address of events; the secret that signs is shown this once' },
    { body: newEndpoint, answers: { 201: endpointCreated } },
  )(async ({ body: { url, events }, req }) => {
    const wrong = await gateway.check(url);
    if (wrong !== null) throw invalid('/url', 'address-refused', wrong);
    const created = await createEndpoint(db, brokerOf(req).brokerId, { url, events: wanted(events) });
    if (!created)
      throw invalid('', 'too-many', `at most ${WEBHOOK_ENDPOINTS_MAX} endpoints: delete one first`);
    const body = { ...presented(created.endpoint), secret: created.secret };
    return { status: 201, body, headers: { location: `${PATH}/${body.id}` } };
  });

  route(
    'delete',
    `${PATH}/:endpointId`,
    { ...about, summary: 'Tell it no more' },
    { params: endpointParams, answers: { 204: null } },
  )(async ({ params: { endpointId }, req }) => {
    if (!(await deleteEndpoint(db, brokerOf(req).brokerId, endpointId))) throw noDeclaration();
    return { status: 204 };
  });
}

function addEndpointReads(routes: Routes, { db }: ApiDeps, { prefix: at, ...about }: Surface): void {
  const route = createRoute(routes);
  const path = `${at}/webhook-endpoints`;

  route(
    'get',
    path,
    { ...about, summary: 'All endpoints, and how they are doing' },
    { answers: { 200: endpointListAnswer } },
  )(async ({ req }) => {
    const items = await listEndpoints(db, brokerOf(req).brokerId);
    return { status: 200, body: { items: items.map(presented) } };
  });

  route(
    'get',
    `${path}/:endpointId`,
    { ...about, summary: 'One endpoint' },
    { params: endpointParams, answers: { 200: endpointAnswer } },
  )(async ({ params: { endpointId }, req }) => {
    const endpoint = await readEndpoint(db, brokerOf(req).brokerId, endpointId);
    if (!endpoint) throw noDeclaration();
    return { status: 200, body: presented(endpoint) };
  });
}

function addResumption(routes: Routes, { db }: ApiDeps, { prefix: at, ...about }: Surface): void {
  createRoute(routes)(
    'post',
    `${at}/webhook-endpoints/:endpointId/resumption`,
    { ...about, summary: 'It works again: send all that waits now' },
    { params: endpointParams, answers: { 200: endpointAnswer } },
  )(async ({ params: { endpointId }, req }) => {
    const { brokerId } = brokerOf(req);
    const resumed = await recorded(db, req, 'webhook-resumed', (client) =>
      resumeEndpoint(client, brokerId, endpointId),
    );
    const endpoint = resumed && (await readEndpoint(db, brokerId, endpointId));
    if (!endpoint) throw noDeclaration();
    return { status: 200, body: presented(endpoint) };
  });
}

/** What `act` did, if anything, with its line in the console's record where a user of it asked. */
function recorded<T>(
  { pool }: ApiDeps['db'],
  req: Request,
  kind: ConsoleActKind,
  act: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const [{ brokerId }, userId] = [brokerOf(req), consoleUserOf(req)];
  return transaction(pool, async (client) => {
    const done = await act(client);
    if (done && userId !== null) await recordAct(client, { brokerId, userId, kind });
    return done;
  });
}

function addSecretRotation(routes: Routes, { db }: ApiDeps): void {
  createRoute(routes)(
    'post',
    `${PATH}/:endpointId/secret-rotation`,
    { ...about, summary: 'A new secret; for 24 h the one before signs beside it' },
    { params: endpointParams, answers: { 200: secretRotated } },
  )(async ({ params: { endpointId }, req }) => {
    const rotated = await rotateSecret(db, brokerOf(req).brokerId, endpointId);
    if (!rotated) throw noDeclaration();
    return {
      status: 200,
      body: { ...rotated, earlierSecretUntil: rotated.earlierSecretUntil.toISOString() },
    };
  });
}

function addDeliveries(routes: Routes, { db }: ApiDeps, { prefix: at, ...about }: Surface): void {
  const route = createRoute(routes);
  const path = `${at}/webhook-endpoints/:endpointId/deliveries`;

  route(
    'get',
    path,
    { ...about, summary: 'Messages to it of the last seven days, newest first' },
    { params: endpointParams, query: deliveryListQuery, answers: { 200: deliveryListAnswer } },
  )(async ({ params: { endpointId }, query: { status, cursor, limit = LIST_LIMIT_DEFAULT }, req }) => {
    const page = { status, before: cursor, limit };
    const found = await listDeliveries(db, brokerOf(req).brokerId, endpointId, page);
    if (!found) throw noDeclaration();
    const last = found.items.at(-1);
    const nextCursor = found.more && last ? encodeCursor(last.id) : null;
    return { status: 200, body: { items: found.items.map(presentedDelivery), nextCursor } };
  });

  route(
    'post',
    `${path}/:messageId/redelivery`,
    { ...about, summary: 'Send a message once more, with the same id' },
    { params: deliveryParams, answers: { 202: deliveryAnswer } },
  )(async ({ params: { endpointId, messageId }, req }) => {
    const asked = { messageId, retriedMs: WEBHOOK_RETRIED_MS };
    const delivery = await recorded(db, req, 'webhook-redelivered', (client) =>
      redeliver(client, brokerOf(req).brokerId, endpointId, asked),
    );
    if (!delivery) throw noDeclaration();
    return { status: 202, body: presentedDelivery(delivery) };
  });
}

const invalid = (pointer: string, code: string, detail: string) =>
  new ConsentryError('validation-failed', PROBLEMS['validation-failed'].remedy, [{ pointer, code, detail }]);

/** Each type once; null: all. */
const wanted = (events: readonly (EventType | typeof ALL_EVENTS)[]): EventType[] | null =>
  events.includes(ALL_EVENTS) ? null : [...new Set(events)].filter((type) => type !== ALL_EVENTS);

const lastFailure = (code: string, httpStatus: number | null) => ({
  code,
  ...(httpStatus !== null && { httpStatus }),
});

const presented = (endpoint: Endpoint) => ({
  id: endpoint.id,
  url: endpoint.url,
  events: endpoint.events ?? [ALL_EVENTS],
  status: endpoint.status,
  createdAt: endpoint.createdAt.toISOString(),
  ...(endpoint.failingSince && { failingSince: endpoint.failingSince.toISOString() }),
  ...(endpoint.lastFailure && {
    lastFailure: lastFailure(endpoint.lastFailure.code, endpoint.lastFailure.httpStatus),
  }),
  ...(endpoint.pausedAt && { pausedAt: endpoint.pausedAt.toISOString() }),
  ...(endpoint.probeAt && { probeAt: endpoint.probeAt.toISOString() }),
  ...(endpoint.earlierSecretUntil && { earlierSecretUntil: endpoint.earlierSecretUntil.toISOString() }),
});

const presentedDelivery = ({
  declarationId,
  manifestId,
  createdAt,
  dueAt,
  finishedAt,
  failure,
  httpStatus,
  ...delivery
}: Delivery) => ({
  ...delivery,
  ...(declarationId !== null && { declarationId }),
  ...(manifestId !== null && { manifestId }),
  createdAt: createdAt.toISOString(),
  ...(finishedAt ? { finishedAt: finishedAt.toISOString() } : { nextAttemptAt: dueAt.toISOString() }),
  ...(failure && { lastFailure: lastFailure(failure, httpStatus) }),
});
