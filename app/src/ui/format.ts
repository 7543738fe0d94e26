/** Times and days as people read them, in the language of the app and the zone of the person. */
import { locale } from '../i18n/core.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale(), options]);
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale(), options);
  formats.set(key, format);
  return format;
}

/** Day and time in the person's own zone. */
export const formatMoment = (iso: string): string =>
  dateFormat({ month: 'short', day: 'numeric', weekday: 'short', hour: 'numeric', minute: '2-digit' }).format(
    new Date(iso),
  );

/** To the second, with its year and zone: for what is kept as a record. */
export const formatInstant = (iso: string): string =>
  dateFormat({ dateStyle: 'long', timeStyle: 'long' }).format(new Date(iso));

/** A day of the calendar (`2026-11-24`), which has no zone. */
export const formatDay = (day: string): string =>
  dateFormat({ year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00:00Z`),
  );
