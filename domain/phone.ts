import { parsePhoneNumberFromString } from 'libphonenumber-js/mobile';

const TAIWAN_MOBILE = /^\+8869\d{8}$/;

/** A Taiwan mobile number in E.164 (`+886912345678`) however it was written, or null when it is none. */
export function normalisePhone(text: string): string | null {
  const parsed = parsePhoneNumberFromString(text.normalize('NFKC'), 'TW');
  return parsed?.isValid() && !parsed.ext && TAIWAN_MOBILE.test(parsed.number) ? parsed.number : null;
}
