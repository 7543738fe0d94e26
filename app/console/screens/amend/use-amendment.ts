import { useRef, useState } from 'preact/hooks';
import type { Problem } from '../../../../domain/error-code.ts';
import { ApiProblem, api } from '../../../src/api/client.ts';
import { type Action, useAction } from '../../../src/api/use-action.ts';
import { at, newKey } from '../../api.ts';
import { readDraft, writeDraft } from '../../draft.ts';
import type { Declaration } from '../../types.ts';
import { bodyOf, type Form, formOf } from './form.ts';

export interface Amendment {
  form: Form;
  /** The version that it is written over. */
  version: number;
  change: (form: Form) => void;
  /** The same words over the version that is in force now. */
  rebase: () => void;
  /** The words of the version in force. */
  restart: () => void;
  send: Action;
  /** What the API said of its fields. */
  problems: readonly Problem[];
}

/** An amendment that is being written: kept in the tab, and sent once under one key until it is answered. */
export function useAmendment(
  userId: string,
  declaration: Declaration,
  on: { sent: (answer: Declaration) => void; conflict: () => void },
): Amendment {
  const { declarationId } = declaration;
  const [draft, setDraft] = useState(
    () => readDraft(userId, declarationId) ?? { version: declaration.version, form: formOf(declaration) },
  );
  const sent = useRef({ text: '', key: '' });
  const keep = (next: typeof draft) => {
    setDraft(next);
    writeDraft(userId, declarationId, next);
  };
  const send = useAction(async () => {
    const body = bodyOf(draft.form);
    const text = JSON.stringify([draft.version, body]);
    // Sent again after a break it is the same request; written otherwise it is another.
    if (sent.current.text !== text) sent.current = { text, key: newKey() };
    const headers = { 'if-match': `"${draft.version}"`, 'idempotency-key': sent.current.key };
    try {
      const answer = await api.put<Declaration>(at(`/declarations/${declarationId}`), body, { headers });
      writeDraft(userId, declarationId, null);
      on.sent(answer);
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'version-conflict') on.conflict();
      throw error;
    }
  });
  const { error } = send;
  return {
    ...draft,
    change: (form) => keep({ ...draft, form }),
    rebase: () => {
      send.clear();
      keep({ ...draft, version: declaration.version });
    },
    restart: () => {
      send.clear();
      keep({ version: declaration.version, form: formOf(declaration) });
    },
    send,
    problems: error instanceof ApiProblem && error.code === 'validation-failed' ? error.errors : [],
  };
}
