import { describe, expect, it } from 'vitest';
import {
  isRegistrationEnded,
  REFUSAL_REASONS,
  REGISTRATION_STATUSES,
  RETRY_REASONS,
  registrationMayFollow,
} from '../../domain/registration-state.ts';

/** The legal moves, written down once more. */
const MOVES = [
  'awaiting_telecom > verifying',
  'awaiting_telecom > abandoned',
  'verifying > awaiting_telecom',
  'verifying > binding',
  'verifying > refused',
  'binding > bound',
  'binding > refused',
];

describe('a registration', () => {
  it.each(REGISTRATION_STATUSES.flatMap((from) => REGISTRATION_STATUSES.map((to) => [from, to] as const)))(
    'from %s to %s as the table says',
    (from, to) => {
      expect(registrationMayFollow(from, to)).toBe(from === to || MOVES.includes(`${from} > ${to}`));
    },
  );

  it('ends bound, refused or abandoned', () => {
    expect(REGISTRATION_STATUSES.filter(isRegistrationEnded)).toEqual(['bound', 'refused', 'abandoned']);
  });

  it('is bound only after the operator verified it: there is no short way', () => {
    const before = REGISTRATION_STATUSES.filter(
      (from) => registrationMayFollow(from, 'bound') && from !== 'bound',
    );
    expect(before).toEqual(['binding']);
    expect(registrationMayFollow('awaiting_telecom', 'binding')).toBe(false);
  });

  it('is refused for reasons of its own, tried again for others', () => {
    expect(REFUSAL_REASONS.filter((reason) => (RETRY_REASONS as readonly string[]).includes(reason))).toEqual(
      [],
    );
  });
});
