/** A manifest: many declarations, or corrections of some, in one upload, each line answered on its own. */

export const MANIFEST_KINDS = ['declarations', 'corrections'] as const;
export type ManifestKind = (typeof MANIFEST_KINDS)[number];

/**
 * `receiving`: its upload has not come to its end, and makes nothing. `received`: every line is kept. `taking`: its process
 * makes declarations of the lines. `completed`: every line has its answer.
 */
export const MANIFEST_STATUSES = ['receiving', 'received', 'taking', 'completed'] as const;
export type ManifestStatus = (typeof MANIFEST_STATUSES)[number];

export const LINE_RESULTS = ['accepted', 'rejected'] as const;
export type LineResult = (typeof LINE_RESULTS)[number];

export interface LineCounts {
  total: number;
  /** Without an answer yet. */
  waiting: number;
  accepted: number;
  rejected: number;
}

/** What one turn of its process came to. */
export interface ManifestTurn {
  completed: boolean;
  /** Lines that have no answer yet. */
  waiting: number;
  /** Nothing can be taken before, ms. */
  pauseMs: number;
}
