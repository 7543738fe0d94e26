/** Days of the calendar in Taiwan, where the flights land. */
const DAY_MS = 86_400_000;

/** `YYYY-MM-DD`, so many days from today. */
export const dayFromToday = (days: number, now = Date.now()): string =>
  new Date(now + days * DAY_MS).toLocaleDateString('sv-SE', { timeZone: 'Asia/Taipei' });
