/**
 * How a person's answer comes to the server: what may follow what is one table, and an event that has no place there
 * changes nothing (the second tap of a double tap, a passkey's signature over a version that was replaced meanwhile).
 * The screen never says that something was sent before the server has said that it is kept.
 */
import type { ErrorCode } from '../../../domain/error-code.ts';
import type { Decision, DeclineReason } from '../../../domain/outcome.ts';

/** What the person says, and of which version of the declaration; all of it is signed. */
export interface Words {
  readonly version: number;
  readonly decision: Decision;
  readonly reason?: DeclineReason;
  /** Sequence numbers, ascending. */
  readonly lines?: readonly number[];
  readonly note?: string;
}

/** Why an answer is not with the server, though nobody refused it. `session`: logged out meanwhile. */
export type Hindrance = 'offline' | 'unavailable' | 'session';
/** Why the same words have to be signed once more. */
export type Again = 'cancelled' | 'challenge-expired' | 'unsigned' | 'superseded';
/** `no-passkey`: this device or browser has none · `not-counted`: it was kept, and judged otherwise. */
export type Refusal = ErrorCode | 'no-passkey' | 'not-counted';

/** `A`: the signed assertion, which this table only carries. */
export type AnswerState<A> =
  /** Nothing is on its way. `words`: of a try that did not go through. */
  | { readonly at: 'reading'; readonly words: Words | null; readonly again: Again | null }
  /** Options are fetched, the phone asks for the finger. */
  | { readonly at: 'signing'; readonly words: Words }
  | { readonly at: 'sending'; readonly words: Words; readonly assertion: A }
  /** Not with the server, as far as is known. Without an assertion it has to be signed when there is a network. */
  | { readonly at: 'unsent'; readonly words: Words; readonly assertion: A | null; readonly why: Hindrance }
  /** The server has it; it is not yet judged, nor with Customs. */
  | { readonly at: 'kept'; readonly words: Words }
  | { readonly at: 'judged'; readonly words: Words; readonly verdict: Verdict }
  | { readonly at: 'refused'; readonly words: Words; readonly code: Refusal };

/** `void`: the SIM was swapped, or the number is somebody else's now. */
export type Verdict = 'accepted' | 'void';

export type AnswerEvent<A> =
  | { readonly type: 'touched'; readonly words: Words }
  | { readonly type: 'signed'; readonly assertion: A }
  | { readonly type: 'gesture-cancelled' }
  | { readonly type: 'kept' }
  | { readonly type: 'judged'; readonly verdict: Verdict }
  | { readonly type: 'refused'; readonly code: Refusal }
  | { readonly type: 'unreachable'; readonly why: Hindrance }
  /** There may be a network again, or a session. */
  | { readonly type: 'try-again' }
  /** Another version is in force: what was begun was about the one before. */
  | { readonly type: 'superseded' }
  /** The person takes the choice back, before it was sent. */
  | { readonly type: 'dropped' };

type State<A, At> = Extract<AnswerState<A>, { at: At }>;
type Event<A, Type> = Extract<AnswerEvent<A>, { type: Type }>;
type Table<A> = {
  readonly [At in AnswerState<A>['at']]: {
    readonly [Type in AnswerEvent<A>['type']]?: (
      state: State<A, At>,
      event: Event<A, Type>,
    ) => AnswerState<A>;
  };
};

const START = { at: 'reading', words: null, again: null } as const;
const sign = (_: unknown, { words }: { words: Words }) => ({ at: 'signing', words }) as const;
const refuse = ({ words }: { words: Words }, { code }: { code: Refusal }) =>
  ({ at: 'refused', words, code }) as const;
const touchAgain = (words: Words, again: Again) => ({ at: 'reading', words, again }) as const;
const dropForNewVersion = () => ({ ...START, again: 'superseded' }) as const;
const drop = () => START;

/** The legal transitions, all of them. */
const TABLE: Table<unknown> = {
  reading: {
    touched: sign,
    superseded: ({ words }) => (words ? dropForNewVersion() : START),
    dropped: drop,
  },
  signing: {
    signed: ({ words }, { assertion }) => ({ at: 'sending', words, assertion }),
    'gesture-cancelled': ({ words }) => touchAgain(words, 'cancelled'),
    refused: refuse,
    unreachable: ({ words }, { why }) => ({ at: 'unsent', words, assertion: null, why }),
    superseded: dropForNewVersion,
  },
  // Once it is on its way only the server says what became of it.
  sending: {
    kept: ({ words }) => ({ at: 'kept', words }),
    judged: ({ words }, { verdict }) => ({ at: 'judged', words, verdict }),
    refused: (state, event) =>
      event.code === 'challenge-expired' ? touchAgain(state.words, event.code) : refuse(state, event),
    unreachable: ({ words, assertion }, { why }) => ({ at: 'unsent', words, assertion, why }),
  },
  unsent: {
    'try-again': ({ words, assertion }) =>
      assertion === null ? touchAgain(words, 'unsigned') : { at: 'sending', words, assertion },
    touched: (state, event) => (state.assertion === null ? sign(state, event) : state),
    // A signature that was perhaps received is never given up: the server is asked what became of it.
    superseded: (state) => (state.assertion === null ? dropForNewVersion() : state),
    dropped: (state) => (state.assertion === null ? START : state),
  },
  // What was held back, as while the operator could not be asked about the SIM, may yet turn out not to count.
  kept: {
    judged: ({ words }, { verdict }) => ({ at: 'judged', words, verdict }),
    refused: refuse,
  },
  judged: {},
  refused: { touched: sign, superseded: dropForNewVersion, dropped: drop },
};

/** What an event makes of a state; the very same state where it has no place. */
export function next<A>(state: AnswerState<A>, event: AnswerEvent<A>): AnswerState<A> {
  // The table ties each function to its state and event by type; here both are looked up by name.
  const row = TABLE[state.at] as Readonly<
    Record<string, (state: AnswerState<A>, event: AnswerEvent<A>) => AnswerState<A>>
  >;
  return row[event.type]?.(state, event) ?? state;
}

/** An answer that outlives the page: kept on the phone before it is sent, until the server has said what became of it. */
export interface Draft<A> {
  readonly words: Words;
  readonly assertion: A | null;
}

/** What of a state has to outlive the page. */
export function draftOf<A>(state: AnswerState<A>): Draft<A> | null {
  switch (state.at) {
    case 'sending':
    case 'unsent':
      return { words: state.words, assertion: state.assertion };
    case 'signing':
    case 'reading':
      return state.words && { words: state.words, assertion: null };
    default:
      return null;
  }
}

/**
 * Where a page begins that finds a draft. A signature is sent whatever version it was over: perhaps the server has it
 * already. A mere choice about a version before the present one is dropped, and that is said.
 */
export function resume<A>(draft: Draft<A> | null, version: number): AnswerState<A> {
  if (!draft) return START;
  const { words, assertion } = draft;
  if (assertion !== null) return { at: 'unsent', words, assertion, why: 'offline' };
  return words.version === version ? touchAgain(words, 'unsigned') : dropForNewVersion();
}
