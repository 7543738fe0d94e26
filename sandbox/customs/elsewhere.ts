/** A broker lodges with Customs directly, past Consentry; Customs numbers it, holds it and tells Consentry once. */
import { Refusal } from '../problem.ts';
import type { CustomsParts } from './customs.ts';
import { contextOf, type SentDeclaration } from './declarations.ts';
import { sendContext } from './deliveries.ts';
import { type Context, type Lodged, lodgedKey } from './state.ts';

export interface LodgedElsewhere {
  declarationNumber: string;
  context: Context;
  /** Consentry's; null when there was none. */
  answer: { status: number; body: unknown } | null;
}

/** With the number of one that is held and a higher version it amends. Throws `no-consentry`. */
export async function lodgeElsewhere(
  parts: CustomsParts,
  declaration: SentDeclaration,
  version: number,
): Promise<LodgedElsewhere> {
  const address = addressOf(parts);
  const key = lodgedKey({ declarationId: null, declarationNumber: declaration.declarationNumber ?? '' });
  const held = parts.state.lodged.get(key);
  const context = contextOf(parts.state, declaration, { version, at: new Date(), held });
  const { declarationNumber } = context;
  const lodged: Lodged = {
    declarationId: null,
    declarationNumber,
    version,
    functionCode: held ? '5' : '9',
    status: 'lodged',
    context,
  };
  parts.note({ type: 'lodged-elsewhere', lodged });
  const answer = await sendContext(address, context).catch(() => null);
  return { declarationNumber, context, answer };
}

/** Throws `no-consentry` where contexts cannot be sent. */
export function addressOf({ consentry }: CustomsParts) {
  if (consentry) return consentry;
  throw new Refusal({
    status: 422,
    code: 'no-consentry',
    detail: 'Started without CONSENTRY_URL and CONSENTRY_TOKEN: contexts go out in answers only.',
  });
}
