import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalisePhone } from '../../domain/phone.ts';
import { phone } from './arbitrary.ts';

describe('phone numbers', () => {
  it.each([
    '+8860912345678',
    '0912-345-678',
    '+886912345678',
    '0912345678',
    '912345678',
    '886912345678',
    '+886 (0)912 345 678',
    '(0912) 345 678',
    '０９１２－３４５－６７８',
    '＋８８６９１２３４５６７８',
    ' 0912 345 678\n',
  ])('reads %j as one number', (text) => {
    expect(normalisePhone(text)).toBe('+886912345678');
  });

  it.each([
    ['', 'nothing'],
    ['091234567', 'a digit too few'],
    ['09123456789', 'a digit too many'],
    ['0223456789', 'a fixed line in Taipei'],
    ['+12025550123', 'another country'],
    ['+81 90-1234-5678', 'a mobile of another country'],
    ['0912-345-678 ext. 5', 'an extension'],
    ['0912345678;ext=2', 'an extension'],
    ['call 0912345678 now', 'words around it'],
    ['0912345678abc', 'letters after it'],
    ['tel:+886912345678', 'a URI'],
    ['0912-345-ABC', 'letters for digits'],
    ['0912345678 0922345678', 'two numbers'],
  ])('refuses %j (%s)', (text) => {
    expect(normalisePhone(text)).toBeNull();
  });

  it('gives E.164 that normalises to itself, however it was written', () => {
    fc.assert(
      fc.property(phone, (text) => {
        const number = normalisePhone(text);
        expect(number).toMatch(/^\+8869\d{8}$/);
        expect(normalisePhone(number ?? '')).toBe(number);
        expect(number?.slice(4)).toBe(text.replace(/\D/g, '').slice(-9));
      }),
    );
  });

  it('takes anything for a number only in the one shape', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        expect(normalisePhone(text) ?? '+886900000000').toMatch(/^\+8869\d{8}$/);
      }),
    );
  });
});
