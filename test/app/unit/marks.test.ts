import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codePoints, type Oddity, odditiesOf, segments } from '../../../app/src/declaration/marks.ts';

/** The parts that are marked, as `kind:text`. */
const marked = (text: string): string[] =>
  segments(text).flatMap(({ text, oddity }) => (oddity ? [`${oddity}:${text}`] : []));

describe('marks', () => {
  it.each([
    '運動鞋（黑色）2雙，尺寸 26.5 公分',
    'ランニングシューズ Ｔシャツ カタカナ ﾊﾝｶｸ',
    '운동화 한 켤레',
    'Crème brûlée, señor, Łódź, Việt Nam, ẞ, İstanbul kırmızı',
    'Vie\u0323\u0302t Nam, e\u0301te\u0301',
    'ㄅㄆㄇ 100% №5 ℃ ™ ½ Ⅷ ① “quoted” … — ·',
    '👟 👩‍👩‍👧 🇹🇼 👍🏽 1️⃣ ❤️ ☂',
    'คอมพิวเตอร์ ที่ น้ำ',
    'кроссовки мужские',
    'αθλητικά παπούτσια',
    '10kΩ, 5μm, µF, β-胡蘿蔔素, 3π',
    '0123456789 (USD) a/b_c+d=e <script>alert(1)</script> &amp;',
    'iPhone15Pro手機殼',
    'fabriqué\u00a0: Taïwan　全形空白',
  ])('are not made in what people read every day: %s', (text) => {
    expect(marked(text)).toEqual([]);
  });

  it('finds in plain text beside an odd character no more than in plain text alone', () => {
    const plain = fc.string({ unit: fc.constantFrom(...'aZ09 #*<&~運動鞋、。「」（），：') });
    fc.assert(
      fc.property(plain, (text) => {
        expect(marked(text)).toEqual(marked(`${text} \u200b`).slice(0, -1));
      }),
    );
  });

  it.each<[string, string, string[]]>([
    [
      'a Cyrillic letter in a Latin word',
      'r\u0443nning sh\u043ees',
      ['look-alike:\u0443', 'look-alike:\u043e'],
    ],
    ['a Greek letter in a Latin word', 'N\u03bfke', ['look-alike:\u03bf']],
    [
      'a word of Cyrillic letters that all pass for Latin ones',
      '\u0440\u0430\u0443',
      ['look-alike:\u0440\u0430\u0443'],
    ],
    ['a Cyrillic look-alike among Chinese', '鞋\u0430', ['look-alike:\u0430']],
    ['Cyrillic and Greek in one word', 'д\u03b8', ['look-alike:д\u03b8']],
    ['a styled letter', '\u{1D4F9}aypal', ['look-alike:\u{1D4F9}']],
    ['an IPA twin of a', 'w\u0251tch', ['look-alike:\u0251']],
    ['wide letters in a narrow word', 'Ap\uff50le', ['full-width:\uff50']],
    ['a wide digit in a number', '1\uff10', ['full-width:\uff10']],
    ['piled accents', 'a\u0301\u0302\u0303b', ['piled-marks:a\u0301\u0302\u0303']],
    ['the same accent twice', 'a\u0301\u0301', ['piled-marks:a\u0301\u0301']],
    ['a number struck through', '5\u0338', ['piled-marks:5\u0338']],
    ['an accent over nothing', '\u0301a', ['piled-marks:\u0301']],
    ['Hebrew', 'shoes \u05e0\u05e2\u05dc', ['right-to-left:\u05e0\u05e2\u05dc']],
    ['Arabic', '\u062d\u0630\u0627\u0621', ['right-to-left:\u062d\u0630\u0627\u0621']],
    ['private use', 'a\ue000', ['unknown:\ue000']],
    ['a lone surrogate', 'a\ud800', ['unknown:\ud800']],
    ['unassigned', 'a\u0378', ['unknown:\u0378']],
    ['a zero-width space', 'sh\u200boes', ['invisible:\u200b']],
    ['a right-to-left override', '\u202esoes', ['invisible:\u202e']],
    ['a Braille blank', 'a\u2800', ['invisible:\u2800']],
    ['a Hangul filler', 'a\u3164', ['invisible:\u3164']],
    ['letters hidden as tags behind a flag', '\u{1F3F4}\u{E0061}', ['invisible:\u{1F3F4}\u{E0061}']],
    ['an em space', 'a\u2003b', ['odd-space:\u2003']],
    ['text pushed away by spaces', 'a    b', ['odd-space:    ']],
    ['Cherokee', '\u13aa\u13a0', ['rare-script:\u13aa\u13a0']],
    ['Lisu', '\ua4d0\ua4ee', ['rare-script:\ua4d0\ua4ee']],
  ])('show %s', (_, text, expected) => {
    expect(marked(text)).toEqual(expected);
  });

  /** Text that holds whatever may be odd, and plain characters. */
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          'a',
          'а',
          'ο',
          '\u0301',
          '\u200b',
          ' ',
          '鞋',
          'Ａ',
          '1',
          '\u05d0',
          '\ud83d',
          '\u200d',
          '👩',
        ),
      )
      .map((parts) => parts.join('')),
  );

  it('lose and change nothing: the segments together are the text', () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(
          segments(text)
            .map((segment) => segment.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });

  it('are few: neighbours of one kind are one segment, and none is empty', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const parts = segments(text);
        expect(parts.every((part, at) => part.text !== '' && part.oddity !== parts[at - 1]?.oddity)).toBe(
          true,
        );
      }),
    );
  });

  it('never leave an invisible character of an other word unmarked', () => {
    fc.assert(
      fc.property(anything, anything, (before, after) => {
        const hidden = segments(`${before} \u2066 ${after}`).filter(({ text }) => text.includes('\u2066'));
        expect(hidden.every(({ oddity }) => oddity === 'invisible')).toBe(true);
      }),
    );
  });

  it('are listed once per kind', () => {
    expect(odditiesOf('p\u0430ypal p\u0430ypal a\u200bb')).toEqual<Oddity[]>(['look-alike', 'invisible']);
    expect(odditiesOf('運動鞋')).toEqual([]);
  });

  it('name characters by their code points', () => {
    expect(codePoints('\u200b\u{1D4F9}')).toBe('U+200B U+1D4F9');
  });
});
