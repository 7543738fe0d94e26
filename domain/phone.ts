import { parsePhoneNumberFromString } from 'libphonenumber-js/mobile';

const TAIWAN_MOBILE = /^\+8869\d{8}$/;

/**
 * A Taiwan mobile number in E.164 (`+886912345678`) however it was written, or null when it is none. The text must be the
 * number alone: one found among other words might not be the one that was meant.
 */
export function normalisePhone(text: string): string | null {
  const written = text.normalize('NFKC').trim();
  const parsed = parsePhoneNumberFromString(written, { defaultCountry: 'TW', extract: false });
  return parsed?.isValid() && !parsed.ext && TAIWAN_MOBILE.test(parsed.number) ? parsed.number : null;
}
