/**
 * Text that people must be able to trust their eyes with. `Default_Ignorable_Code_Point` holds the zero-width, filler and
 * variation characters, `Cf` the bidirectional controls (UAX #9, UTS #39).
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;
/** Counted as a symbol, and shows nothing. */
const BRAILLE_BLANK = '\u2800';

/** Whether the text holds control, zero-width or bidirectional characters. */
export const hasHiddenCharacters = (text: string): boolean => HIDDEN.test(text);

/** Whether at least one character can be seen. */
export const hasVisibleCharacter = (text: string): boolean =>
  VISIBLE.test(text.replaceAll(BRAILLE_BLANK, ''));

/** Length in characters as people count them at the limits: code points, not UTF-16 units. */
export const lengthInCharacters = (text: string): number => [...text].length;
