import { z } from 'zod';
import type { HttpAnswer } from './http.ts';

const errorSchema = z.object({ code: z.string() });

/** CAMARA's error code; empty when there is none. */
export const codeOf = (answer: HttpAnswer): string => {
  const parsed = errorSchema.safeParse(answer.json);
  return parsed.success ? parsed.data.code : '';
};

/** The number is not one of this operator's subscribers, or of a kind that it answers for. */
export const isUnknownNumber = (answer: HttpAnswer): boolean =>
  (answer.status === 404 && codeOf(answer) === 'IDENTIFIER_NOT_FOUND') ||
  (answer.status === 422 && codeOf(answer) === 'SERVICE_NOT_APPLICABLE');
