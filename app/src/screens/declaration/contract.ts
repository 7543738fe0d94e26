/** A declaration as `GET /app/declarations/{id}` answers it; what older answers lack is left out. */
import type { Declaration } from '../../api/types.ts';
import type { Change } from '../../declaration/changes.ts';

export type Detailed = Declaration & {
  /** Against the newest earlier version that was shown to this person. */
  changes?: { since: number; items: readonly Change[] };
  /** When this person reported the confirmation as not theirs. */
  reportedAt?: string;
  answer?: { consentId?: string; lines?: readonly number[] };
};
