/** P1 and P2: what becomes of a lodged declaration, and the context that Customs sends of it. */
import type { z } from 'zod';
import { Refusal } from '../problem.ts';
import type { lodgementSchema, sentDeclarationSchema } from './schemas.ts';
import type { Change, Context, CustomsState, Lodged } from './state.ts';

export type Lodgement = z.output<typeof lodgementSchema>;
export type SentDeclaration = z.output<typeof sentDeclarationSchema>;

/** What a call is answered with, and what it changed. */
export interface Act {
  status: number;
  body: unknown;
  change: Change;
}

/** Judges a lodgement. Throws the refusals of the error table in README.md. */
export function lodge(state: CustomsState, lodgement: Lodgement, key: string, at: Date): Act {
  const held = state.lodged.get(lodgement.declarationId);
  refuseAsTold(state, lodgement);
  if (held && lodgement.version < held.version)
    throw new Refusal({
      status: 409,
      code: 'superseded',
      detail: `Version ${held.version} is lodged already.`,
    });
  if (lodgement.functionCode === '1') return cancel(held, lodgement);
  if (lodgement.functionCode === '5' && !held) throw refused('not-lodged', 'Nothing to replace.');
  if (held?.status === 'cancelled') throw refused('cancelled', 'The declaration was cancelled.');
  if (lodgement.functionCode === '9' && held && lodgement.version > held.version)
    throw refused('already-lodged', `Version ${held.version} is lodged; function 5 replaces it.`);
  const { declarationId, version, functionCode, poaReference, declaration } = lodgement;
  const context = contextOf(state, declaration, { declarationId, version, at, held });
  const lodged: Lodged = {
    declarationId,
    declarationNumber: context.declarationNumber,
    version,
    functionCode,
    status: 'lodged',
    poaReference,
    context,
    ...(state.mode.context === 'later' && { delivery: { id: key, status: null } }),
  };
  return { ...answerOf(lodged), change: { type: 'lodged', lodged } };
}

function refuseAsTold({ mode: { refuse } }: CustomsState, { declaration }: Lodgement): void {
  if (!refuse || !declaration?.functionalReference.startsWith(refuse.prefix)) return;
  const { status, code, errors } = refuse;
  throw new Refusal({ status, code, detail: 'Refused, as the sandbox was told to.', errors });
}

function cancel(held: Lodged | undefined, { version }: Lodgement): Act {
  if (!held) throw refused('not-lodged', 'Nothing to cancel.');
  const lodged: Lodged = { ...held, version, functionCode: '1', status: 'cancelled', delivery: undefined };
  return { ...answerOf(lodged), change: { type: 'lodged', lodged } };
}

/** 201 with the context, or 202 when it is to come later. */
function answerOf({ declarationNumber, context, delivery }: Lodged): Omit<Act, 'change'> {
  return delivery
    ? { status: 202, body: { declarationNumber } }
    : { status: 201, body: { declarationNumber, context } };
}

/** The declaration as Customs holds it: what was sent, under a number and a time, with what the mode alters. */
export function contextOf(
  state: CustomsState,
  declaration: SentDeclaration,
  about: { declarationId?: string; version: number; at: Date; held: Lodged | undefined },
): Context {
  const { declarationId, version, at, held } = about;
  const { declarationNumber, brokerBoxNumber, ...content } = declaration;
  return {
    declarationNumber: declarationNumber ?? held?.declarationNumber ?? newDeclarationNumber(state.serial, at),
    ...(declarationId && { declarationId }),
    brokerBoxNumber,
    version,
    lodgedAt: at.toISOString(),
    ...content,
    ...state.mode.alter,
  };
}

/**
 * In the look of Taiwan's numbers: office, year of the Republic (1912 = 1), voyage, series. Unique for 260 million
 * declarations.
 */
export function newDeclarationNumber(serial: number, at: Date): string {
  const year = String((at.getUTCFullYear() - 1911) % 100).padStart(2, '0');
  const voyage = String(Math.floor(serial / 260_000) % 1000).padStart(3, '0');
  const letter = String.fromCharCode(65 + (Math.floor(serial / 10_000) % 26));
  return `CX ${year} ${voyage} ${letter}${String(serial % 10_000).padStart(4, '0')}`;
}

const refused = (code: string, detail: string): Refusal => new Refusal({ status: 422, code, detail });
