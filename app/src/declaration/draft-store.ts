/**
 * Answers on their way, kept on the phone. `localStorage`, because it is written before the next line runs: the answer is
 * here before the request leaves, and is still here when the system ends the page in between.
 */
import type { AuthenticationResponseJSON } from '@simplewebauthn/browser';
import { DECISIONS } from '../../../domain/outcome.ts';
import type { Draft } from './answer.ts';

export type AnswerDraft = Draft<AuthenticationResponseJSON>;

const PREFIX = 'answer/';

export function readDraft(declarationId: string): AnswerDraft | null {
  try {
    const draft: unknown = JSON.parse(localStorage.getItem(PREFIX + declarationId) ?? 'null');
    return isDraft(draft) ? draft : null;
  } catch {
    // Not ours, or storage is off: then there is none.
    return null;
  }
}

export function writeDraft(declarationId: string, draft: AnswerDraft | null): void {
  try {
    if (draft) localStorage.setItem(PREFIX + declarationId, JSON.stringify(draft));
    else localStorage.removeItem(PREFIX + declarationId);
  } catch {
    // Storage is full or off: the answer lives as long as the page, which is all that can be done.
  }
}

/** Answers that are signed and not with the server, by declaration. */
export const signedDrafts = (): { declarationId: string; draft: AnswerDraft }[] =>
  Object.keys(localStorage)
    .filter((key) => key.startsWith(PREFIX))
    .flatMap((key) => {
      const declarationId = key.slice(PREFIX.length);
      const draft = readDraft(declarationId);
      return draft?.assertion ? [{ declarationId, draft }] : [];
    });

/** Of every declaration: whoever logs in next has no business with them. */
export function forgetDrafts(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
}

function isDraft(value: unknown): value is AnswerDraft {
  if (typeof value !== 'object' || value === null) return false;
  const { words, assertion } = value as Partial<Record<keyof AnswerDraft, unknown>>;
  const { version, decision } = (words ?? {}) as { version?: unknown; decision?: unknown };
  return (
    typeof version === 'number' && DECISIONS.some((known) => known === decision) && assertion !== undefined
  );
}
