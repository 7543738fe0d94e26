/** `GET /v1/events`: what happened to the broker's declarations, for brokers that cannot receive webhooks. */
import { readFeed } from '../../db/webhooks/messages.ts';
import type { ApiDeps } from '../deps.ts';
import { createRoute, type Routes } from '../route.ts';
import { encodePosition, LIST_LIMIT_DEFAULT } from '../schemas/declaration.ts';
import { feedAnswer, feedQuery } from '../schemas/webhook.ts';
import { brokerOf } from './auth.ts';

export function addBrokerEvents(routes: Routes, { db }: ApiDeps): void {
  createRoute(routes)(
    'get',
    '/v1/events',
    {
      summary: 'What happened, oldest first: keep nextCursor, and ask again with it',
      tags: ['brokers'],
      security: 'broker',
    },
    { query: feedQuery, answers: { 200: feedAnswer } },
  )(async ({ query: { cursor: after = 0, limit = LIST_LIMIT_DEFAULT }, req }) => {
    const { items, position } = await readFeed(db, brokerOf(req).brokerId, { after, limit });
    return { status: 200, body: { items, nextCursor: encodePosition(position) } };
  });
}
