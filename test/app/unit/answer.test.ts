import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnswerEvent,
  type AnswerState,
  draftOf,
  next,
  resume,
  type Words,
} from '../../../app/src/declaration/answer.ts';

type State = AnswerState<string>;
type Event = AnswerEvent<string>;

const CONFIRM: Words = { version: 1, decision: 'confirmed' };
const DECLINE: Words = { version: 1, decision: 'declined', reason: 'other', lines: [1, 3], note: 'not four' };
const START: State = { at: 'reading', words: null, again: null };

const touch: Event = { type: 'touched', words: CONFIRM };
const signed: Event = { type: 'signed', assertion: 'A' };
const offline: Event = { type: 'unreachable', why: 'offline' };
const upon = (...events: Event[]): State => events.reduce<State>(next, START);

/** Each event with one of each of its values. */
const EVENTS: Event[] = [
  touch,
  { type: 'touched', words: DECLINE },
  signed,
  { type: 'gesture-cancelled' },
  { type: 'kept' },
  { type: 'judged', verdict: 'accepted' },
  { type: 'judged', verdict: 'void' },
  { type: 'refused', code: 'superseded' },
  { type: 'refused', code: 'challenge-expired' },
  offline,
  { type: 'try-again' },
  { type: 'superseded' },
  { type: 'dropped' },
];
const events = fc.array(fc.constantFrom(...EVENTS), { maxLength: 12 });

describe('an answer', () => {
  it('is one touch: reading, signing, sending, judged', () => {
    expect(upon(touch)).toEqual({ at: 'signing', words: CONFIRM });
    expect(upon(touch, signed)).toEqual({ at: 'sending', words: CONFIRM, assertion: 'A' });
    expect(upon(touch, signed, { type: 'judged', verdict: 'accepted' })).toEqual({
      at: 'judged',
      words: CONFIRM,
      verdict: 'accepted',
    });
  });

  it('that is kept is told as kept, until it is judged', () => {
    const kept = upon(touch, signed, { type: 'kept' });
    expect(kept).toEqual({ at: 'kept', words: CONFIRM });
    expect(next(kept, { type: 'judged', verdict: 'void' })).toMatchObject({ at: 'judged', verdict: 'void' });
  });

  it('is not begun twice by a double tap, nor changed by a tap elsewhere', () => {
    const signing = upon(touch);
    expect(next(signing, { type: 'touched', words: DECLINE })).toBe(signing);
    const sending = upon(touch, signed);
    expect(next(sending, touch)).toBe(sending);
  });

  it('that the person did not sign is there to be touched again', () => {
    expect(upon({ type: 'touched', words: DECLINE }, { type: 'gesture-cancelled' })).toEqual({
      at: 'reading',
      words: DECLINE,
      again: 'cancelled',
    });
  });

  it('that found no network after the signature is sent again as it was signed', () => {
    const unsent = upon(touch, signed, offline);
    expect(unsent).toEqual({ at: 'unsent', words: CONFIRM, assertion: 'A', why: 'offline' });
    expect(next(unsent, { type: 'try-again' })).toEqual(upon(touch, signed));
  });

  it('that found no network before the signature waits for another touch', () => {
    const unsent = upon(touch, offline);
    expect(next(unsent, { type: 'try-again' })).toEqual({ at: 'reading', words: CONFIRM, again: 'unsigned' });
    expect(next(unsent, touch)).toEqual(upon(touch));
  });

  it('whose challenge is over is touched again with the same words', () => {
    const expired = upon(touch, signed, { type: 'refused', code: 'challenge-expired' });
    expect(expired).toEqual({ at: 'reading', words: CONFIRM, again: 'challenge-expired' });
  });

  it('is dropped when another version comes, and that is said; a signature that comes after counts for nothing', () => {
    const dropped = upon(touch, { type: 'superseded' });
    expect(dropped).toEqual({ at: 'reading', words: null, again: 'superseded' });
    expect(next(dropped, signed)).toBe(dropped);
    expect(upon({ type: 'superseded' })).toEqual(START);
  });

  it('on its way, or perhaps received, is not given up: only the server says what became of it', () => {
    for (const state of [upon(touch, signed), upon(touch, signed, offline)]) {
      for (const type of ['superseded', 'dropped'] as const) expect(next(state, { type })).toBe(state);
    }
  });

  it('that was refused can be tried anew', () => {
    const refused = upon(touch, { type: 'refused', code: 'identity-frozen' });
    expect(refused).toEqual({ at: 'refused', words: CONFIRM, code: 'identity-frozen' });
    expect(next(refused, touch)).toEqual(upon(touch));
  });

  it('is never said to be kept or judged unless the server said so while it was being sent', () => {
    fc.assert(
      fc.property(events, (all) => {
        let state: State = START;
        for (const event of all) {
          const before = state.at;
          state = next(state, event);
          if (state.at === 'kept' && before !== 'kept') {
            expect([before, event.type]).toEqual(['sending', 'kept']);
          }
          if (state.at === 'judged' && before !== 'judged') {
            expect(['sending', 'kept']).toContain(before);
            expect(event.type).toBe('judged');
          }
        }
      }),
    );
  });

  it('is signed only after a touch, with the words of that touch', () => {
    fc.assert(
      fc.property(events, (all) => {
        let state: State = START;
        for (const event of all) {
          const before: State = state;
          state = next(state, event);
          if (state.at === 'signing' && before.at !== 'signing') {
            expect(event).toEqual({ type: 'touched', words: state.words });
          }
        }
      }),
    );
  });
});

describe('a draft', () => {
  it('outlives the page from the touch until the server has spoken', () => {
    const kept = { words: CONFIRM, assertion: 'A' };
    expect(draftOf(upon(touch))).toEqual({ ...kept, assertion: null });
    expect(draftOf(upon(touch, signed))).toEqual(kept);
    expect(draftOf(upon(touch, signed, offline))).toEqual(kept);
    expect(draftOf(upon(touch, signed, { type: 'kept' }))).toBeNull();
    expect(draftOf(upon(touch, signed, { type: 'refused', code: 'too-late' }))).toBeNull();
    expect(draftOf(START)).toBeNull();
  });

  it('with a signature is sent, whatever version is in force now', () => {
    const draft = { words: CONFIRM, assertion: 'A' };
    expect(next(resume(draft, 2), { type: 'try-again' })).toEqual(upon(touch, signed));
  });

  it('without one waits for a touch; about another version it is dropped, and that is said', () => {
    const draft = { words: DECLINE, assertion: null };
    expect(resume(draft, 1)).toEqual({ at: 'reading', words: DECLINE, again: 'unsigned' });
    expect(resume(draft, 2)).toEqual({ at: 'reading', words: null, again: 'superseded' });
    expect(resume(null, 1)).toEqual(START);
  });

  it('brings back just what was signed', () => {
    fc.assert(
      fc.property(events, (all) => {
        const state = all.reduce<State>(next, START);
        const draft = draftOf(state);
        if (draft?.assertion == null) return;
        expect(resume(JSON.parse(JSON.stringify(draft)), 1)).toMatchObject({
          words: draft.words,
          assertion: draft.assertion,
        });
      }),
    );
  });
});
