import type { Declaration } from '../../db/declarations.ts';
import type { Answer } from '../route.ts';
import type { DeclarationAnswer } from '../schemas/declaration.ts';

/** The flat object that POST, PUT and GET answer with. */
export function presented(declaration: Declaration): DeclarationAnswer {
  const { submitted, createdAt, updatedAt, respondBy, purgedAt, ...rest } = declaration;
  const { declarationNumber, problems, answer, proposed, ...process } = rest;
  return {
    ...submitted,
    ...process,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    respondBy: respondBy.toISOString(),
    ...(purgedAt && { purgedAt: purgedAt.toISOString() }),
    ...(declarationNumber !== null && { declarationNumber }),
    ...(problems && { problems }),
    ...(answer && { answer: presentedAnswer(answer) }),
    ...(proposed && { proposed: presentedProposal(declaration.version, proposed) }),
  };
}

const presentedAnswer = ({
  decision,
  reason,
  decidedAt,
  acknowledgedAt,
}: NonNullable<Declaration['answer']>) => ({
  decision,
  ...(reason !== null && { reason }),
  decidedAt: decidedAt.toISOString(),
  ...(acknowledgedAt && { customsAcknowledgedAt: acknowledgedAt.toISOString() }),
});

/** Trying again proposes the version in force once more. */
const presentedProposal = (inForce: number, { kind, version }: NonNullable<Declaration['proposed']>) =>
  kind === 'cancellation' ? { cancellation: true as const } : { version: version ?? inForce };

/** With its ETag, the version in force. */
export const answerWith = (
  status: number,
  declaration: Declaration,
  headers: Record<string, string> = {},
): Answer => ({
  status,
  headers: { etag: `"${declaration.version}"`, ...headers },
  body: presented(declaration),
});
