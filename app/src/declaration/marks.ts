/**
 * Odd characters in text that a stranger wrote and a person is asked to sign. After UTS #39 (Unicode Security
 * Mechanisms): what deceives the eye is marked, what people of Taiwan read every day is not. The API refuses most of it;
 * the screen trusts nobody.
 */

/**
 * `look-alike`: a letter of another alphabet that passes for a Latin one, or stands among them · `full-width`: wide and
 * narrow letters in one word · `piled-marks`: more accents than any spelling has · `right-to-left`: reorders what is
 * read · `rare-script`: a script outside UAX #31's recommended ones · `unknown`: private use or unassigned ·
 * `invisible`: shows nothing · `odd-space`: wider, narrower or more of it than text needs.
 */
export type Oddity =
  | 'look-alike'
  | 'full-width'
  | 'piled-marks'
  | 'right-to-left'
  | 'rare-script'
  | 'unknown'
  | 'invisible'
  | 'odd-space';

/** Segments put together are the text; `oddity` null is plain. */
export interface Segment {
  readonly text: string;
  readonly oddity: Oddity | null;
}

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** Emoji, also in several parts, as UTS #51 writes them (tags aside: they hide letters). */
const EMOJI = new RegExp(
  '^(?:[0-9#*]\\uFE0F?\\u20E3|\\p{Regional_Indicator}{2}|' +
    '\\p{Extended_Pictographic}(?:\\uFE0F|\\p{Emoji_Modifier})?' +
    '(?:\\u200D\\p{Extended_Pictographic}(?:\\uFE0F|\\p{Emoji_Modifier})?)*)$',
  'u',
);

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const UNKNOWN = /[\p{Cn}\p{Co}\p{Cs}]/u;
/** Blocks whose letters run from right to left (UAX #9: R and AL). */
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFE\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;
/** The ideographic and the no-break space are everyday ones. */
const ODD_SPACE = /[^\P{Zs} \u00A0\u3000]/u;
/** Text pushed out of sight. */
const MANY_SPACES = 4;

/** UAX #31, table 5; the common and inherited characters belong to all. */
const RECOMMENDED =
  /[\p{scx=Zyyy}\p{scx=Zinh}\p{scx=Arab}\p{scx=Armn}\p{scx=Beng}\p{scx=Bopo}\p{scx=Cyrl}\p{scx=Deva}\p{scx=Ethi}\p{scx=Geor}\p{scx=Grek}\p{scx=Gujr}\p{scx=Guru}\p{scx=Hang}\p{scx=Hani}\p{scx=Hebr}\p{scx=Hira}\p{scx=Knda}\p{scx=Kana}\p{scx=Khmr}\p{scx=Laoo}\p{scx=Latn}\p{scx=Mlym}\p{scx=Mymr}\p{scx=Orya}\p{scx=Sinh}\p{scx=Taml}\p{scx=Telu}\p{scx=Thaa}\p{scx=Thai}\p{scx=Tibt}]/u;

/** Styled letters (mathematical, circled, small capitals) and IPA's twins of a and g: never a spelling. */
const STYLED = /[\u{1D400}-\u{1D7FF}\u{1F110}-\u{1F189}\u24B6-\u24E9\u1D00-\u1D2B\u0251\u0261]/u;
const OVERLAY = /[\u0334-\u0338\u20D2\u20D3\u20D8-\u20DA\u20E5\u20E6\u20EA\u20EB]/u;
/** Tibetan and Thai need three; no spelling needs more. */
const MOST_MARKS = 3;
/** Over Latin letters, Vietnamese written apart has two. */
const MOST_MARKS_ON_LATIN = 2;

/** What is odd about a character by itself, wherever it stands. */
function oddityAlone(grapheme: string): Oddity | null {
  if (EMOJI.test(grapheme)) return null;
  if (INVISIBLE.test(grapheme)) return 'invisible';
  if (UNKNOWN.test(grapheme)) return 'unknown';
  if (RIGHT_TO_LEFT.test(grapheme)) return 'right-to-left';
  if (ODD_SPACE.test(grapheme)) return 'odd-space';
  if (hasPiledMarks(grapheme)) return 'piled-marks';
  if (STYLED.test(grapheme)) return 'look-alike';
  return RECOMMENDED.test(grapheme) ? null : 'rare-script';
}

function hasPiledMarks(grapheme: string): boolean {
  const marks = [...grapheme.normalize('NFD')].filter((character) => /[\p{Mn}\p{Me}]/u.test(character));
  if (marks.length === 0) return false;
  const onLetter = /^[\p{L}\p{M}]*\p{L}/u.test(grapheme);
  const most = /\p{Script=Latin}/u.test(grapheme) ? MOST_MARKS_ON_LATIN : MOST_MARKS;
  const repeated = marks.some((mark, at) => mark === marks[at - 1]);
  return !onLetter || repeated || marks.length > most || marks.some((mark) => OVERLAY.test(mark));
}

const LATIN = /\p{Script=Latin}/u;
const WIDE = /[\uFF10-\uFF19\uFF21-\uFF3A\uFF41-\uFF5A]/u;
const NARROW = /[0-9A-Za-z]/;
const OTHER_ALPHABET = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]/u;
/** Letters drawn like Latin ones (UTS #39, confusables.txt). Others, such as μ, Ω or β, are what they look like. */
const TWINS = new RegExp(
  [
    '[АВЕЅЗІЈКМНОРСТУХҮԌԛԜаеорсухѕіјһԁԝүѵӏ', // Cyrillic
    'ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϳοραινυχϲ', // Greek
    'ՕՍսօոհցզ]', // Armenian
  ].join(''),
  'u',
);

/** A word holds no space and no punctuation, as people read it. */
const IN_WORD = /^[\p{L}\p{N}\p{M}]/u;

/** Of each letter of a word, what is odd about it beside the others. */
function odditiesOfWord(letters: readonly string[]): (Oddity | null)[] {
  const has = (pattern: RegExp) => letters.some((letter) => pattern.test(letter));
  const foreign = letters.filter((letter) => OTHER_ALPHABET.test(letter));
  const latin = letters.some((letter) => LATIN.test(letter) && !WIDE.test(letter));
  const alphabets = [/\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u].filter(has).length;
  const disguised = foreign.length > 0 && foreign.every((letter) => TWINS.test(letter));
  const mixedWidth = has(WIDE) && has(NARROW);
  return letters.map((letter) => {
    if (mixedWidth && WIDE.test(letter)) return 'full-width';
    if (!OTHER_ALPHABET.test(letter)) return null;
    if (alphabets > 1) return 'look-alike';
    // Units and formulas use single Greek letters beside Latin ones: 10kΩ, 5μm.
    if (latin) return TWINS.test(letter) || !/\p{Script=Greek}/u.test(letter) ? 'look-alike' : null;
    return disguised ? 'look-alike' : null;
  });
}

/**
 * What most texts are made of: printable ASCII, ideographs and their commonest punctuation, of which nothing is odd, alone or
 * together. To look at each character takes a slow phone a tenth of a second for a screen.
 */
const PLAIN = /^(?:[!-~\u3001-\u3011\u4E00-\u9FEF\uFF08\uFF09\uFF0C\uFF1A]| (?! {3}))+$/;

/** Splits a text so that what is odd can be marked; plain and odd parts alternate. Cuts only between graphemes. */
export function segments(text: string): Segment[] {
  return PLAIN.test(text) ? [{ text, oddity: null }] : examined(text);
}

function examined(text: string): Segment[] {
  const parts = [...graphemes.segment(text)].map(({ segment }) => segment);
  const oddities = parts.map(oddityAlone);
  forRuns(parts, IN_WORD, (from, to) => {
    odditiesOfWord(parts.slice(from, to)).forEach((oddity, at) => {
      oddities[from + at] ??= oddity;
    });
  });
  forRuns(parts, /^\p{Zs}$/u, (from, to) => {
    if (to - from >= MANY_SPACES) oddities.fill('odd-space', from, to);
  });
  return merge(parts, oddities);
}

/** Calls back with each longest run of parts that match. */
function forRuns(parts: readonly string[], pattern: RegExp, tell: (from: number, to: number) => void): void {
  let from = 0;
  for (let at = 0; at <= parts.length; at++) {
    if (at < parts.length && pattern.test(parts[at] ?? '')) continue;
    if (at > from) tell(from, at);
    from = at + 1;
  }
}

function merge(parts: readonly string[], oddities: readonly (Oddity | null)[]): Segment[] {
  const merged: Segment[] = [];
  parts.forEach((text, at) => {
    const oddity = oddities[at] ?? null;
    const last = merged.at(-1);
    if (last && last.oddity === oddity) merged[merged.length - 1] = { text: last.text + text, oddity };
    else merged.push({ text, oddity });
  });
  return merged;
}

/** Each kind of oddity in a text, in order of appearance. */
export const odditiesOf = (text: string): Oddity[] => [
  ...new Set(segments(text).flatMap(({ oddity }) => (oddity === null ? [] : [oddity]))),
];

/** `U+200B U+0430`: how a character that nobody can see or tell apart is named. */
export const codePoints = (text: string): string =>
  [...text].map((c) => `U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`).join(' ');
