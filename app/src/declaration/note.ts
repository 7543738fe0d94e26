/** What a person writes to a broker is text for somebody's eyes, as a description is: nothing hidden in it. */
import { hasHiddenCharacters } from '../../../domain/text.ts';

/** Line breaks become spaces, and what cannot be seen goes: what is on the screen is just what is signed. */
export const cleanNote = (text: string): string =>
  hasHiddenCharacters(text)
    ? [...text.replace(/[\r\n\t]+/g, ' ')].filter((character) => !hasHiddenCharacters(character)).join('')
    : text;
