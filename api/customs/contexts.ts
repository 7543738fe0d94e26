import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import {
  keepFirstContext,
  type MatchedDeclaration,
  matchContext,
  type ReceivedContext,
  receivedContext,
} from '../../db/contexts.ts';
import { insertCustomsStarted, proposeNextVersion, readProposal } from '../../db/customs-started.ts';
import { transaction, violatedConstraint } from '../../db/pool.ts';
import { flagWaybillElsewhere } from '../../db/waybill-elsewhere.ts';
import { contextSchema } from '../../domain/declaration-schema.ts';
import { ConsentryError } from '../../domain/error-code.ts';
import { RESPOND_BY_DEFAULT_MS } from '../../domain/limits.ts';
import { isFinal, POA_STATE, POA_STATUSES, type PoaStatus } from '../../domain/poa-state.ts';
import type { ApiDeps } from '../deps.ts';
import { requireToken } from '../middleware.ts';
import { type Answer, createRoute, type Routes } from '../route.ts';

const held = z.object({
  declarationId: z.uuid(),
  version: z.int().min(1).meta({ description: 'The version in force' }),
  status: z.enum(POA_STATUSES),
});

/** `POST /customs/v1/declarations`: what Customs holds (P2). */
export function addCustomsContexts(routes: Routes, deps: ApiDeps): void {
  createRoute(routes)(
    'post',
    '/customs/v1/declarations',
    {
      summary: 'P2: the context of a declaration, as Customs holds it',
      tags: ['customs'],
      security: 'customs',
      problems: ['version-conflict', 'superseded', 'already-decided', 'duplicate-waybill'],
    },
    { body: contextSchema, answers: { 200: held, 201: held, 202: held } },
    requireToken(deps.settings.customsInboundToken),
  )(({ body }) => receive(deps, receivedContext(body)));
}

/** Between two looks at the database a twin or the process may change what was seen; each of that happens once. */
const MOST_LOOKS = 4;

async function receive(deps: ApiDeps, received: ReceivedContext): Promise<Answer> {
  let taken = false;
  for (let look = 0; look < MOST_LOOKS; look++) {
    const match = await matchContext(deps.db.pool, received);
    if (!match) throw notOf('/brokerBoxNumber', 'unknown', 'No broker has this box number.');
    if (!match.declaration && taken) break;
    const answer = match.declaration
      ? await compare(deps, match.declaration, received)
      : await begin(deps, match.brokerId, received);
    if (answer) return answer;
    taken = !match.declaration;
  }
  throw new ConsentryError('duplicate-waybill', 'Another declaration of the broker has these waybills.');
}

const notOf = (pointer: string, code: string, detail: string) =>
  new ConsentryError('validation-failed', detail, [{ pointer, code, detail }]);

const conflict = (detail: string) => new ConsentryError('version-conflict', detail);

const answerOf = (
  status: number,
  declaration: { declarationId: string; version: number; status: PoaStatus },
): Answer => ({
  status,
  body: {
    declarationId: declaration.declarationId,
    version: declaration.version,
    status: declaration.status,
  },
});

/** Lodged past us: a POA begins here. Null when somebody holds its number or waybills, perhaps a twin of it. */
async function begin(deps: ApiDeps, brokerId: string, received: ReceivedContext): Promise<Answer | null> {
  const { db, processes, log } = deps;
  const { brokerBoxNumber, version } = received.context;
  if (version > 1) throw conflict('The first version has not come yet.');
  const declarationId = uuidv7();
  const respondBy = new Date(Date.now() + RESPOND_BY_DEFAULT_MS);
  const key = await db.keys.create(declarationId, 'declaration');
  try {
    await insertCustomsStarted(db.pool, key, db.index, { declarationId, brokerId, respondBy }, received);
  } catch (error) {
    // An answer that was lost may have been a success: its key stays.
    if (violatedConstraint(error) === null) throw error;
    await db.keys.destroy(declarationId);
    return null;
  }
  const start = { declarationId, brokerBoxNumber, order: 'customs-started' as const, respondBy };
  await Promise.all([
    processes.startPoa(start).catch((error: Error) => {
      log.warn({ declarationId, error: error.name }, 'left to the reconciliation to start');
    }),
    flagWaybillElsewhere(db.pool, received.content),
  ]);
  return answerOf(201, { declarationId, version, status: 'received' });
}

/** Null: to be matched again. */
async function compare(
  deps: ApiDeps,
  declaration: MatchedDeclaration,
  received: ReceivedContext,
): Promise<Answer | null> {
  if (declaration.otherBox)
    throw notOf('/brokerBoxNumber', 'mismatch', 'The declaration is of another broker.');
  const { version } = received.context;
  if (version < declaration.version) throw new ConsentryError('superseded', 'A newer version is in force.');
  if (declaration.contextDigest !== null) return sameAgain(deps, declaration, received);
  if (version === declaration.version) return firstContext(deps, declaration, received);
  if (version > declaration.version + 1 || declaration.order !== 'customs-started')
    throw conflict('The version is too far ahead.');
  return amend(deps, declaration, received);
}

async function sameAgain(
  deps: ApiDeps,
  declaration: MatchedDeclaration,
  received: ReceivedContext,
): Promise<Answer> {
  if (received.digest !== declaration.contextDigest)
    throw conflict('Another content came before for this version.');
  if (declaration.proposalId) return judged(deps, declaration, declaration.proposalId, received);
  if (!declaration.contextTaken) await tell(deps, declaration.declarationId);
  else await flagWaybillElsewhere(deps.db.pool, received.content);
  return answerOf(200, { ...declaration, status: statusWith(declaration, received) });
}

/** The broker declared it with us: kept for the process, which compares it with what the broker submitted. */
async function firstContext(
  deps: ApiDeps,
  declaration: MatchedDeclaration,
  received: ReceivedContext,
): Promise<Answer | null> {
  const { declarationId } = declaration;
  const key = await keyOf(deps, declarationId);
  if (!(await keepFirstContext(deps.db.pool, key, declarationId, received))) return null;
  await tell(deps, declarationId);
  return answerOf(200, { ...declaration, status: statusWith(declaration, received) });
}

/** The news may get lost: the reconciliation looks after contexts that nobody took up. */
const tell = ({ processes, log }: ApiDeps, declarationId: string): Promise<void> =>
  processes.lookAgain(declarationId).catch((error: Error) => {
    log.info({ declarationId, error: error.name }, 'context left to the reconciliation');
  });

/** What the process makes of the context as soon as it takes it up. */
function statusWith(
  { order, status, digest, contextTaken }: MatchedDeclaration,
  received: ReceivedContext,
): PoaStatus {
  const differs = order === 'declare-first' && !contextTaken && received.digest !== digest;
  return differs && POA_STATE[status].deadline !== null ? 'needs_correction' : status;
}

async function amend(
  deps: ApiDeps,
  declaration: MatchedDeclaration,
  received: ReceivedContext,
): Promise<Answer | null> {
  const { db } = deps;
  const { declarationId } = declaration;
  const key = await keyOf(deps, declarationId);
  const respondBy = new Date(Date.now() + RESPOND_BY_DEFAULT_MS);
  const proposed = await transaction(db.pool, (client) =>
    proposeNextVersion(client, key, db.index, declarationId, received, respondBy),
  );
  return proposed.kind === 'moved' ? null : judged(deps, declaration, proposed.proposalId, received);
}

/** The process judges the amendment: 200 or its refusal; 202 while no worker has. */
async function judged(
  { db, processes }: ApiDeps,
  { declarationId }: MatchedDeclaration,
  proposalId: string,
  received: ReceivedContext,
): Promise<Answer> {
  await processes.amend(declarationId, { proposalId });
  const { verdict, code, version, status } = await readProposal(db.pool, proposalId);
  // A process that has ended meanwhile judges nothing at once, and could only refuse.
  if (verdict === 'refused' || (verdict === 'pending' && isFinal(status)))
    throw new ConsentryError(code ?? 'already-decided', 'The version in force could not be amended.');
  if (verdict === 'accepted') await flagWaybillElsewhere(db.pool, received.content);
  return answerOf(verdict === 'accepted' ? 200 : 202, { declarationId, version, status });
}

/** A record whose key was destroyed has ended long ago. */
async function keyOf({ db }: ApiDeps, declarationId: string): Promise<Buffer> {
  const key = await db.keys.get(declarationId);
  if (!key) throw new ConsentryError('already-decided', 'The declaration has ended.');
  return key;
}
