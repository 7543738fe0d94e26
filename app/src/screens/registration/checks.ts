/** Whether what was filled in can be right: told as it is typed, judged by the API. */
import { normaliseIdentityNumber, parseIdentityNumber } from '../../../../domain/identity-number.ts';
import { hasHiddenCharacters, hasVisibleCharacter } from '../../../../domain/text.ts';
import { readBirthDate, taiwanToday } from './birth-date.ts';
import { type Draft, STEPS_OF, type Step } from './draft.ts';

export type IdCheck = 'empty' | 'typing' | 'shape' | 'checksum' | 'national_id_card' | 'residence_permit';

const ID_LENGTH = 10;
/** One letter and nine digits, or two letters and eight digits (before 2021). */
const SHAPE = /^[A-Z][A-D\d]\d{8}$/;
/** What may become such a number. */
const BEGINNING = /^[A-Z]?$|^[A-Z][A-D\d]\d{0,8}$/;

export function checkId(text: string): IdCheck {
  const value = normaliseIdentityNumber(text);
  if (value === '') return 'empty';
  const parsed = parseIdentityNumber(value);
  if (parsed) return parsed.type;
  if (!BEGINNING.test(value)) return 'shape';
  if (value.length < ID_LENGTH) return 'typing';
  return SHAPE.test(value) && /^[A-Z][1289A-D]/.test(value) ? 'checksum' : 'shape';
}

export type NameCheck = 'empty' | 'odd' | 'space' | 'wide' | 'ok';

const HAN_SPACE_HAN = /\p{Script=Han}\s+\p{Script=Han}/u;
const FULL_WIDTH = /[！-～]/u;

/** `space` and `wide` are worth a look, and no reason to stop: names are compared without them. */
export function checkName(text: string): NameCheck {
  if (text.trim() === '') return 'empty';
  if (hasHiddenCharacters(text) || !hasVisibleCharacter(text)) return 'odd';
  if (HAN_SPACE_HAN.test(text)) return 'space';
  return FULL_WIDTH.test(text) ? 'wide' : 'ok';
}

/** Whether a step has what it needs; a phone number's own check comes later, with its rules. */
export function isDone(step: Step, draft: Draft): boolean {
  switch (step) {
    case 'notice':
      return draft.noticeVersion !== undefined;
    case 'id':
      return parseIdentityNumber(draft.idNumber) !== null;
    case 'person':
      return (
        !['empty', 'odd'].includes(checkName(draft.name)) &&
        readBirthDate(draft.birthDate, taiwanToday()).state === 'ok'
      );
    case 'phone':
      return draft.phone.trim() !== '';
    case 'operator':
      return draft.operator !== undefined;
    case 'network':
      return false;
  }
}

/** The first step that still lacks something: no later one is shown before it. */
export function furthestStep(draft: Draft): Step {
  return STEPS_OF[draft.purpose].find((step) => !isDone(step, draft) || draft.refused?.[step]) ?? 'network';
}
