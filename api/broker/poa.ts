/** `GET …/declarations/{id}/poa`: the broker's proof of authority. */
import { readPoa } from '../../db/poas.ts';
import type { ApiDeps } from '../deps.ts';
import { acknowledged } from '../poa.ts';
import { createRoute, type Routes } from '../route.ts';
import { declarationParams, poaAnswer } from '../schemas/declaration.ts';
import { brokerOf } from './auth.ts';
import { noDeclaration } from './declarations.ts';
import { type Surface, V1 } from './surface.ts';

export function addBrokerPoas(routes: Routes, { db }: ApiDeps, { prefix, ...about }: Surface = V1): void {
  createRoute(routes)(
    'get',
    `${prefix}/declarations/:declarationId/poa`,
    {
      summary: 'Outcome and sealed receipt, once Customs has acknowledged it',
      ...about,
    },
    { params: declarationParams, answers: { 200: poaAnswer } },
  )(async ({ params: { declarationId }, req }) => {
    const poa = await readPoa(db, brokerOf(req), declarationId);
    if (!poa) throw noDeclaration();
    return { status: 200, body: acknowledged(poa) };
  });
}
