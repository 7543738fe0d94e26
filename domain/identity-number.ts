/**
 * Taiwan's identity numbers: the national ID (國民身分證統一編號) and the UI number of residents (統一證號, ARC) in its
 * present and its old form, with their checksum.
 */

export type IdentityNumberType = 'national_id_card' | 'residence_permit';

export interface IdentityNumber {
  /** Upper case, NFKC, without spaces. */
  value: string;
  /** In CAMARA KYC Match's words (`idDocumentType`). */
  type: IdentityNumberType;
}

const LETTER_VALUE: Readonly<Record<string, number>> = {
  A: 10,
  B: 11,
  C: 12,
  D: 13,
  E: 14,
  F: 15,
  G: 16,
  H: 17,
  I: 34,
  J: 18,
  K: 19,
  L: 20,
  M: 21,
  N: 22,
  O: 35,
  P: 23,
  Q: 24,
  R: 25,
  S: 26,
  T: 27,
  U: 28,
  V: 29,
  W: 32,
  X: 30,
  Y: 31,
  Z: 33,
};
const WEIGHTS = [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1];

const NATIONAL = /^[A-Z][12]\d{8}$/;
const RESIDENT = /^[A-Z][89]\d{8}$/;
/** Valid until 2031-01-01. */
const RESIDENT_OLD = /^[A-Z][A-D]\d{8}$/;

/** Upper case, NFKC (so that full-width forms count), all white space removed. */
export const normaliseIdentityNumber = (text: string): string =>
  text.normalize('NFKC').replace(/\s/gu, '').toUpperCase();

/** The number with its type, or null when shape or checksum is wrong. */
export function parseIdentityNumber(text: string): IdentityNumber | null {
  const value = normaliseIdentityNumber(text);
  const type = typeOf(value);
  return type && checksum(value) % 10 === 0 ? { value, type } : null;
}

function typeOf(value: string): IdentityNumberType | null {
  if (NATIONAL.test(value)) return 'national_id_card';
  if (RESIDENT.test(value) || RESIDENT_OLD.test(value)) return 'residence_permit';
  return null;
}

/** The first letter counts as two digits, a second letter as the last digit of its value. */
function checksum(value: string): number {
  const first = letterValue(value.charAt(0));
  const second = /\d/.test(value.charAt(1)) ? Number(value.charAt(1)) : letterValue(value.charAt(1)) % 10;
  const digits = [Math.floor(first / 10), first % 10, second, ...[...value.slice(2)].map(Number)];
  return digits.reduce((sum, digit, i) => sum + digit * (WEIGHTS[i] ?? 0), 0);
}

const letterValue = (letter: string): number => LETTER_VALUE[letter] ?? Number.NaN;
