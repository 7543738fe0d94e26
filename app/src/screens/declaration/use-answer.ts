/** Runs an answer: what `declaration/answer.ts` says comes next is done here, once for each state that is entered. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { toLogin } from '../../api/session.ts';
import type { Notice } from '../../api/types.ts';
import { type AnswerEvent, type AnswerState, draftOf, next, resume } from '../../declaration/answer.ts';
import { readDraft, writeDraft } from '../../declaration/draft-store.ts';
import { type Assertion, sendWords, signWords } from '../../declaration/send.ts';

export type State = AnswerState<Assertion>;
export type Event = AnswerEvent<Assertion>;

export interface Answering {
  state: State;
  dispatch: (event: Event) => void;
}

/** `version`: the one shown now. `notice`: as shown; without it nothing is signed. `onNews`: the server said something. */
export function useAnswer(
  declarationId: string,
  version: number,
  notice: Notice | null,
  onNews: () => void,
): Answering {
  const [state, setState] = useState<State>(() => resume(readDraft(declarationId), version));
  const current = useRef(state);
  const news = useRef(onNews);
  news.current = onNews;

  const dispatch = useCallback(
    (event: Event) => {
      const reached = next(current.current, event);
      if (reached === current.current) return;
      current.current = reached;
      // Before anything is sent: what happens to the page then loses nothing.
      writeDraft(declarationId, draftOf(reached));
      setState(reached);
    },
    [declarationId],
  );

  useEffect(() => {
    if (state.at === 'signing' && notice) signWords(declarationId, state.words, notice).then(dispatch);
    if (state.at === 'sending') sendWords(declarationId, state.words, state.assertion).then(dispatch);
    if (state.at === 'kept' || state.at === 'judged' || state.at === 'refused') news.current();
    if (state.at === 'unsent' && state.why === 'session') toLogin();
    // Each state is entered once; a notice that loads meanwhile starts nothing anew.
  }, [state]);

  useRetries(state, dispatch);
  return { state, dispatch };
}

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;

/** A signed answer is sent again when the network comes back, and now and then while nobody knows whether it has. */
function useRetries(state: State, dispatch: (event: Event) => void): void {
  const pauseMs = useRef(FIRST_PAUSE_MS);
  useEffect(() => {
    if (state.at !== 'unsent') {
      if (state.at !== 'sending') pauseMs.current = FIRST_PAUSE_MS;
      return;
    }
    const retry = () => dispatch({ type: 'try-again' });
    const timer = state.assertion === null ? undefined : setTimeout(retry, pauseMs.current);
    pauseMs.current = Math.min(pauseMs.current * 2, LONGEST_PAUSE_MS);
    addEventListener('online', retry);
    return () => {
      clearTimeout(timer);
      removeEventListener('online', retry);
    };
  }, [state, dispatch]);
}
