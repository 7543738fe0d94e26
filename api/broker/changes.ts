/** `PUT …/declarations/{id}` and its cancellation: recorded here, judged by the process, which may answer in time. */
import type { z } from 'zod';
import { type Locked, proposeAmendment } from '../../db/amend.ts';
import { insertCancellation, lockInForce, readSurroundings, readVerdict } from '../../db/changes.ts';
import { recordAct } from '../../db/console/acts.ts';
import type { BrokerIdentity } from '../../db/declarations.ts';
import { claimKey, KeyTaken, type KeyUse } from '../../db/idempotency.ts';
import { transaction, violatedConstraint } from '../../db/pool.ts';
import { submissionSchema } from '../../domain/declaration-schema.ts';
import { ConsentryError, ERROR_CODES, type ErrorCode } from '../../domain/error-code.ts';
import type { ProposalMessage, ProposalResult } from '../../domain/messages.ts';
import { POA_STATE } from '../../domain/poa-state.ts';
import type { MessageResult } from '../../gateways/temporal.ts';
import type { ApiDeps } from '../deps.ts';
import { PROBLEMS } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { cancellationSchema, declarationAnswer, declarationParams } from '../schemas/declaration.ts';
import { brokerOf, consoleUserOf } from './auth.ts';
import { noDeclaration, readOwn } from './declarations.ts';
import { type Act, type Begun, keyUse, once } from './idempotency.ts';
import { answerWith } from './presentation.ts';
import { type Surface, V1 } from './surface.ts';

export function addBrokerChanges(routes: Routes, deps: ApiDeps, { prefix, ...about }: Surface = V1): void {
  const route = createRoute(routes);
  const answers = { 200: declarationAnswer, 202: declarationAnswer };
  const problems = ['version-conflict', 'already-decided', 'idempotency-key-reused'] as const;

  route(
    'put',
    `${prefix}/declarations/:declarationId`,
    {
      summary: 'Amend a declaration, whole',
      ...about,
      problems: [...problems, 'if-match-required', 'duplicate-waybill'],
    },
    { params: declarationParams, body: submissionSchema, answers },
    (req, _res, next) => {
      if (req.get('if-match') === undefined) throw problem('if-match-required');
      next();
    },
  )(({ params: { declarationId }, body, req }) => {
    const broker = brokerOf(req);
    const ifMatch = req.get('if-match') ?? '';
    const use = keyUse(req, body);
    return once(
      deps.db,
      use,
      change(deps, broker, use, {
        declarationId,
        by: { userId: consoleUserOf(req), kind: 'amended' },
        propose: (locked) => proposeAmendment(deps.db, broker, locked, ifMatch, body),
        send: (message) => deps.processes.amend(declarationId, message),
      }),
    );
  });

  route(
    'post',
    `${prefix}/declarations/:declarationId/cancellation`,
    { summary: 'Take a declaration back', ...about, problems },
    { params: declarationParams, body: cancellationSchema, answers },
  )(({ params: { declarationId }, body, req }) => {
    const use = keyUse(req, body);
    return once(
      deps.db,
      use,
      change(deps, brokerOf(req), use, {
        declarationId,
        by: { userId: consoleUserOf(req), kind: 'cancelled' },
        propose: (locked) => cancel(locked, body),
        send: (message) => deps.processes.cancel(declarationId, message),
      }),
    );
  });
}

const problem = (code: ErrorCode) => new ConsentryError(code, PROBLEMS[code].remedy);

/** Who asks for it, and as what it is recorded where it is a user of the console. */
interface By {
  userId: string | null;
  kind: 'amended' | 'cancelled';
}

interface Change {
  declarationId: string;
  by: By;
  /** Records the change; its proposal's id, or null when there is nothing to judge. Throws what refuses it. */
  propose(locked: Locked): Promise<string | null>;
  send(message: ProposalMessage): Promise<MessageResult<ProposalResult>>;
}

function change(
  deps: ApiDeps,
  broker: BrokerIdentity,
  use: KeyUse | null,
  { declarationId, by, propose, send }: Change,
): Act<Begun> {
  return {
    begin: () => begin(deps, broker, use, { declarationId, by, propose }),
    async finish({ proposalId }) {
      const judged = proposalId === null || (await isAccepted(deps, proposalId, send));
      return answerWith(judged ? 200 : 202, await readOwn(deps, broker, declarationId));
    },
  };
}

async function begin(
  { db }: ApiDeps,
  { brokerId }: BrokerIdentity,
  use: KeyUse | null,
  { declarationId, by: { userId, kind }, propose }: Omit<Change, 'send'>,
): Promise<Begun> {
  const dataKey = await db.keys.get(declarationId);
  if (!dataKey) throw noDeclaration();
  try {
    return await transaction(db.pool, async (client) => {
      const inForce = await lockInForce(client, brokerId, declarationId);
      if (!inForce) throw noDeclaration();
      const { pending, keyUsed } = await readSurroundings(client, declarationId, use);
      if (use && keyUsed) throw new KeyTaken(use.key);
      const proposalId = await propose({ client, dataKey, declarationId, inForce, pending });
      if (userId !== null && proposalId !== null)
        await recordAct(client, { brokerId, userId, kind, declarationId, proposalId });
      if (use) await claimKey(client, use, declarationId, proposalId);
      return { declarationId, proposalId };
    });
  } catch (error) {
    throw violatedConstraint(error) === 'proposals_one_pending' ? problem('version-conflict') : error;
  }
}

/** True: judged and accepted; false: not judged yet. Throws why it was refused. */
async function isAccepted({ db }: ApiDeps, proposalId: string, send: Change['send']): Promise<boolean> {
  const sent = await send({ proposalId });
  const heard = sent.kind === 'judged' ? sent.result : { verdict: 'unknown' as const };
  const { verdict, code } = heard.verdict === 'unknown' ? await readVerdict(db, proposalId) : heard;
  if (verdict === 'refused') {
    throw problem(ERROR_CODES.find((known) => known === code) ?? 'already-decided');
  }
  return verdict === 'accepted';
}

async function cancel(
  { client, dataKey, declarationId, inForce, pending }: Locked,
  body: z.output<typeof cancellationSchema>,
): Promise<string> {
  if (pending) throw problem('version-conflict');
  if (!POA_STATE[inForce.status].cancel) throw problem('already-decided');
  return insertCancellation(client, dataKey, declarationId, body);
}
