import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseIdentityNumber, parseIdentityNumber } from '../../domain/identity-number.ts';

/** The checksum from the Ministry of the Interior's description, written anew: letters in order of their two digits. */
const LETTERS_FROM_10 = 'ABCDEFGHJKLMNPQRSTUVXYWZIO';
const twoDigits = (letter: string) => 10 + LETTERS_FROM_10.indexOf(letter);

function checkDigit(nine: string): string {
  const [first = '', second = ''] = nine;
  const tens = Math.floor(twoDigits(first) / 10);
  const ones = twoDigits(first) % 10;
  const gender = /\d/.test(second) ? Number(second) : twoDigits(second) % 10;
  let total = tens + ones * 9 + gender * 8;
  for (let i = 2; i < 9; i++) total += Number(nine[i]) * (9 - i);
  return String((10 - (total % 10)) % 10);
}

const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length });
const letter = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ');
const numberWith = (second: string) =>
  fc.tuple(letter, fc.constantFrom(...second), digits(7)).map(([a, b, rest]) => {
    const nine = `${a}${b}${rest}`;
    return nine + checkDigit(nine);
  });

const KINDS = [
  { kind: 'national ID', second: '12', type: 'national_id_card' },
  { kind: 'UI number since 2021', second: '89', type: 'residence_permit' },
  { kind: 'old UI number', second: 'ABCD', type: 'residence_permit' },
] as const;

describe('identity numbers', () => {
  it.each([
    ['A123456789', 'national_id_card'],
    ['A800000014', 'residence_permit'],
    ['AA00000009', 'residence_permit'],
  ])('knows the published example %s', (value, type) => {
    expect(parseIdentityNumber(value)).toEqual({ value, type });
  });

  it.each(KINDS)('accepts every $kind with the right check digit', ({ second, type }) => {
    fc.assert(
      fc.property(numberWith(second), (value) => {
        expect(parseIdentityNumber(value)).toEqual({ value, type });
      }),
    );
  });

  it.each(KINDS)('refuses a $kind with any other check digit', ({ second }) => {
    fc.assert(
      fc.property(numberWith(second), fc.integer({ min: 1, max: 9 }), (value, shift) => {
        const wrong = value.slice(0, 9) + String((Number(value[9]) + shift) % 10);
        expect(parseIdentityNumber(wrong)).toBeNull();
      }),
    );
  });

  it('finds two neighbouring digits that were swapped', () => {
    fc.assert(
      fc.property(numberWith('12'), fc.integer({ min: 2, max: 7 }), (value, at) => {
        fc.pre(value[at] !== value[at + 1]);
        const swapped = value.slice(0, at) + value[at + 1] + value[at] + value.slice(at + 2);
        expect(parseIdentityNumber(swapped)).toBeNull();
      }),
    );
  });

  it.each([
    ['a123456789', 'lower case'],
    ['Ａ１２３４５６７８９', 'full width'],
    [' A12 345 6789\u3000', 'spaces'],
  ])('reads %j (%s) as A123456789', (text) => {
    expect(parseIdentityNumber(text)?.value).toBe('A123456789');
  });

  it.each([
    '',
    'A12345678',
    'A1234567890',
    'A323456789',
    'A723456789',
    'AE00000009',
    '1123456789',
    'A12345678X',
    'A123456789\u200b',
    'А123456789', // a Cyrillic А
    'A١٢٣٤٥٦٧٨٩',
  ])('refuses the shape of %j', (text) => {
    expect(parseIdentityNumber(text)).toBeNull();
  });

  it('normalises once for all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        const once = normaliseIdentityNumber(text);
        expect(normaliseIdentityNumber(once)).toBe(once);
        expect(once).not.toMatch(/\s/);
      }),
    );
  });
});
