/** Taiwan keeps one offset all year. */
const OFFSET_MS = 8 * 3_600_000;

/** The day in Taiwan, `YYYY-MM-DD`. `moment`: Unix ms. */
export const taiwanDay = (moment: number): string => new Date(moment + OFFSET_MS).toISOString().slice(0, 10);
