/** Contexts as Customs sends them to `POST /customs/v1/declarations`, and what becomes of a declaration meanwhile. */
import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import type { DeclarationContent, DeclarationContext } from '../../domain/declaration.ts';
import type { PoaStatus } from '../../domain/poa-state.ts';
import { CUSTOMS_TOKEN } from './api-world.ts';
import { BOX_NUMBER, content } from './poa-fixtures.ts';
import { type Answer, call } from './stand-in.ts';

export const CONTEXTS_PATH = '/customs/v1/declarations';

export type Context = DeclarationContent & DeclarationContext;

/** A declaration number that Customs has not given yet. */
export const number = () => `CX26${randomBytes(4).toString('hex').toUpperCase()}`;

export const context = (changes: Partial<Context> = {}): Context => ({
  ...content(),
  declarationNumber: number(),
  brokerBoxNumber: BOX_NUMBER,
  version: 1,
  lodgedAt: '2026-11-24T08:00:00+08:00',
  ...changes,
});

export const sendContext = (api: { url: string }, body: unknown): Promise<Answer> =>
  call('POST', `${api.url}${CONTEXTS_PATH}`, {
    body,
    headers: { authorization: `Bearer ${CUSTOMS_TOKEN}` },
  });

/** Code of a problem. */
export const codeOf = ({ body }: Answer): string | undefined => body.type?.replace('/problems/', '');

/** Where a process would have brought it. */
export const bring = (
  { pool }: { pool: Pool },
  declarationId: string,
  status: PoaStatus,
  finished = false,
): Promise<unknown> =>
  pool.query('UPDATE declarations SET status = $2, finished = $3 WHERE declaration_id = $1', [
    declarationId,
    status,
    finished,
  ]);
