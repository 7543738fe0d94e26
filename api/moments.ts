/** Days and moments of queries: a day is Taiwan's, which keeps one offset all year. */
import { z } from 'zod';

const DAY_MS = 86_400_000;

/** A day in Taiwan, or a moment. */
export const dayOrMoment = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

const isDay = (text: string): boolean => text.length === 10;

/** Its midnight, or the moment itself. */
export const startOf = (text: string): Date => new Date(isDay(text) ? `${text}T00:00:00+08:00` : text);

/** The midnight after it, or the moment itself. */
export const endOf = (text: string): Date =>
  isDay(text) ? new Date(startOf(text).getTime() + DAY_MS) : startOf(text);
