import { type ListedAct, listActs } from '../../db/console/acts.ts';
import { brokerOf } from '../broker/auth.ts';
import { CONSOLE } from '../broker/surface.ts';
import type { ApiDeps } from '../deps.ts';
import { createRoute, type Routes } from '../route.ts';
import { actsAnswer, actsQuery } from '../schemas/console.ts';

const PAGE = 50;

/** Who of a broker changed what in its console. */
export function addActRoutes(routes: Routes, { db }: ApiDeps): void {
  const { prefix, ...about } = CONSOLE;
  createRoute(routes)(
    'get',
    `${prefix}/acts`,
    { summary: 'Who changed what in the console, newest first', ...about },
    { query: actsQuery, answers: { 200: actsAnswer } },
  )(async ({ query: { declarationId, cursor }, req }) => {
    const { items, more } = await listActs(db, brokerOf(req).brokerId, {
      limit: PAGE,
      ...(declarationId !== undefined && { declarationId }),
      ...(cursor !== undefined && { before: cursor }),
    });
    const last = items.at(-1);
    const nextCursor = more && last ? String(last.actId) : null;
    return { status: 200, body: { items: items.map(shown), nextCursor } };
  });
}

const shown = ({ actId, at, by, about, declaration, verdict, kind }: ListedAct) => ({
  id: String(actId),
  kind,
  at: at.toISOString(),
  ...(by && { by }),
  ...(about && { about }),
  ...(declaration && { declaration }),
  ...(verdict && { verdict }),
});
