import { formatDay, formatMoment } from './format.ts';

/** A moment (RFC 3339), in the person's own zone. */
export function Time({ at }: { at: string }) {
  return <time dateTime={at}>{formatMoment(at)}</time>;
}

/** A day of the calendar (`2026-11-24`). */
export function Day({ day }: { day: string }) {
  return <time dateTime={day}>{formatDay(day)}</time>;
}
