import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldName, sameName } from '../../domain/name.ts';

const name = fc.string({ unit: fc.constantFrom(...'abcXYZ王小明陳é'), minLength: 1, maxLength: 20 });

describe('names', () => {
  it.each([
    ['王小明', '王 小明'],
    ['王小明', '王\u3000小明 '],
    ['CHEN Ｔａ-wen', 'Chen Ta-Wen'],
    ['José', 'Jose\u0301'],
    ['ﾀﾅｶ', 'タナカ'],
  ])('%j and %j are one name', (a, b) => {
    expect(sameName(a, b)).toBe(true);
  });

  it.each([
    ['王小明', '王小民'],
    ['Chen Ta-Wen', 'Chen Ta Wen'],
    ['Jose', 'José'],
    ['陳', '陈'],
    ['Anna', 'Аnna'], // a Cyrillic А
    ['王小明', '王小\u200b明'],
  ])('%j and %j are two', (a, b) => {
    expect(sameName(a, b)).toBe(false);
  });

  it('white space, width and Latin case never tell two names apart', () => {
    const wide = (text: string) =>
      text.replace(/[a-zA-Z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
    fc.assert(
      fc.property(name, fc.constantFrom(' ', '\u3000', '\t', '\u00a0'), (text, space) => {
        for (const variant of [[...text].join(space), text.toUpperCase(), text.toLowerCase(), wide(text)]) {
          expect(sameName(text, variant)).toBe(true);
        }
      }),
    );
  });

  it('folds once for all', () => {
    fc.assert(
      fc.property(name, (text) => {
        expect(foldName(foldName(text))).toBe(foldName(text));
      }),
    );
  });
});
