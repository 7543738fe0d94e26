import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasHiddenCharacters, hasVisibleCharacter, lengthInCharacters } from '../../domain/text.ts';

const code = (character: string) => `U+${character.codePointAt(0)?.toString(16).padStart(4, '0')}`;
const hidden = (...characters: string[]) =>
  characters.map((character) => [code(character), character] as const);

describe('text for people to trust', () => {
  it.each(
    hidden(
      '\0',
      '\t',
      '\n',
      '\u007f',
      '\u0085', // control
      '\u200b',
      '\u200c',
      '\u200d',
      '\u2060',
      '\ufeff',
      '\u00ad', // zero width, soft hyphen
      '\u202a',
      '\u202b',
      '\u202d',
      '\u202e',
      '\u2066',
      '\u2067',
      '\u2069',
      '\u200e',
      '\u200f',
      '\u061c', // bidirectional
      '\u3164',
      '\u115f',
      '\u1160',
      '\uffa0', // Hangul fillers
      '\u034f',
      '\ufe0f',
      '\u{e0100}',
      '\u{e0041}', // joiner, variation selectors, tags
      '\u2028',
      '\u2029', // line and paragraph separators
      '\ue000',
      '\ud800',
      '\uffff', // private use, lone surrogate, noncharacter
    ),
  )('%s hides', (_, character) => {
    expect(hasHiddenCharacters(`shoes${character}x`)).toBe(true);
  });

  it.each([
    'running shoes',
    '王小明',
    'é e\u0301',
    '<script>alert(1)</script>',
    'раураl',
    '한글',
    '👟',
    'ＡＢＣ',
    '鞋　子',
    '“½”',
  ])('%j hides nothing', (text) => {
    expect(hasHiddenCharacters(text)).toBe(false);
    expect(hasVisibleCharacter(text)).toBe(true);
  });

  it.each(['', ' ', '\u3000\u00a0', '\u2800', '\u2800 \u2800', '\u0301'])('%j shows nothing', (text) => {
    expect(hasVisibleCharacter(text)).toBe(false);
  });

  it('finds a hidden character wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom('\u202e', '\u200b', '\u3164'),
        fc.string(),
        (before, one, after) => {
          expect(hasHiddenCharacters(before + one + after)).toBe(true);
        },
      ),
    );
  });

  it('counts as people do at a limit: an astral character is one', () => {
    expect(lengthInCharacters('👟鞋a')).toBe(3);
    expect(lengthInCharacters('𠮷'.repeat(512))).toBe(512);
  });
});
