/** P5: the outcome of one declaration version, taken once in effect however often and under whatever key it comes. */
import type { z } from 'zod';
import { Refusal } from '../problem.ts';
import type { Act } from './declarations.ts';
import type { poaSchema } from './schemas.ts';
import type { CustomsState, HeldPoa } from './state.ts';

export interface PoaReport extends z.output<typeof poaSchema> {
  reference: string;
  version: number;
}

/** A report that contradicts what is held: the refusal carries what is held, so that it can be adopted. */
export class Contradiction extends Refusal {}

/** Judges a report. Throws `Contradiction`, 409 `superseded` and 422 `reference-mismatch`. */
export function report(state: CustomsState, { receipt: _receipt, ...asked }: PoaReport): Act {
  const { declarationId, version, reference } = asked;
  const held = state.poa(declarationId, version);
  if (held) return again(held, asked.outcome);
  const highest = state.highestPoaVersion(declarationId);
  if (version < highest)
    throw new Refusal({
      status: 409,
      code: 'superseded',
      detail: `An outcome of version ${highest} is held already.`,
    });
  const number = state.lodged.get(declarationId)?.declarationNumber;
  if (number !== undefined && reference !== number && reference !== declarationId)
    throw new Refusal({
      status: 422,
      code: 'reference-mismatch',
      detail: 'The reference is another declaration’s.',
    });
  const acknowledgementNumber = `A${String(state.serial).padStart(9, '0')}`;
  return {
    status: 200,
    body: { acknowledgementNumber, replyCode: '00' },
    change: { type: 'poa-held', poa: { ...asked, acknowledgementNumber } },
  };
}

function again(held: HeldPoa, outcome: HeldPoa['outcome']): Act {
  const { declarationId, version, acknowledgementNumber, decidedAt } = held;
  if (outcome !== held.outcome)
    throw new Contradiction({
      status: 409,
      code: 'contradictory-outcome',
      detail: 'Another outcome of this version is held.',
      extra: { held: { outcome: held.outcome, version, acknowledgementNumber, decidedAt } },
    });
  return {
    status: 200,
    body: { acknowledgementNumber, replyCode: '00' },
    change: { type: 'poa-repeated', declarationId, version },
  };
}
