/**
 * Amendments that are being written, kept in this tab: a page that is loaded anew, a login in between or a connection that
 * breaks loses none. They end with the tab, by logging out, and when somebody else logs in.
 */
import type { Form } from './screens/amend/form.ts';

export interface Draft {
  /** Which version it amends. */
  version: number;
  form: Form;
}

const PREFIX = 'amend/';
const keyOf = (userId: string, declarationId: string) => `${PREFIX}${userId}/${declarationId}`;

export function readDraft(userId: string, declarationId: string): Draft | null {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(userId, declarationId)) ?? 'null') as Draft | null;
  } catch {
    // Storage is off: then there is none.
    return null;
  }
}

export function writeDraft(userId: string, declarationId: string, draft: Draft | null): void {
  try {
    if (draft) sessionStorage.setItem(keyOf(userId, declarationId), JSON.stringify(draft));
    else sessionStorage.removeItem(keyOf(userId, declarationId));
  } catch {
    // Storage is full or off: the draft lives as long as the page, which is all that can be done.
  }
}

/** Of everybody, or of all but one. */
export function forgetDrafts(butOf?: string): void {
  try {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith(PREFIX) && !(butOf && key.startsWith(`${PREFIX}${butOf}/`)))
        sessionStorage.removeItem(key);
    }
  } catch {
    // Storage is off: then there is none.
  }
}
