/** Taiwan keeps one offset all year. */
const OFFSET_MS = 8 * 3_600_000;

/** The day in Taiwan, `YYYY-MM-DD`. `moment`: Unix ms. */
export const taiwanDay = (moment: number): string => new Date(moment + OFFSET_MS).toISOString().slice(0, 10);

/** When that day begins in Taiwan, Unix ms. `day`: `YYYY-MM-DD`. */
export const startOfTaiwanDay = (day: string): number => Date.parse(`${day}T00:00:00Z`) - OFFSET_MS;
