import type { InconsistencyKind } from '../log/inconsistent.ts';
import type { TreeFinding } from '../log/tiles-check.ts';

/** What can be wrong with what is kept. */
export type FindingKind =
  | InconsistencyKind
  | TreeFinding['kind']
  /** A leaf is about an outcome that is not there. */
  | 'outcome-missing'
  /** An outcome with a receipt is neither in the log nor on its way there. */
  | 'outcome-not-logged'
  /** What the row says is not what its receipt says. */
  | 'outcome-changed'
  /** Neither a receipt nor a reason to have none. */
  | 'outcome-without-receipt'
  | 'receipt-unreadable'
  /** Not the receipt that the leaf was made of. */
  | 'receipt-changed'
  /** Not sealed by a key of ours. */
  | 'receipt-not-ours'
  | 'version-missing'
  | 'content-unreadable'
  /** The canonical text has another digest. */
  | 'content-changed'
  | 'consent-missing'
  | 'consent-unreadable'
  /** What the row says is not what was signed. */
  | 'consent-changed'
  /** The signature is not over what is said to be signed. */
  | 'consent-not-signed'
  /** Its data key is gone, and no purge has begun: nothing of it can be proved any more. */
  | 'key-missing'
  /** It was purged, or is said to have been, before the law lets it. */
  | 'purged-early'
  /** A declaration stands where no outcome has brought it. */
  | 'status-changed';

/** Something that was edited, deleted or inserted behind the system's back. No personal data. */
export interface Finding {
  kind: FindingKind;
  /** Which row: `leaf 7`, `outcome <id>`. */
  of: string;
  detail: string;
}

/** What was looked at. */
export interface AuditCounts {
  leaves: number;
  outcomes: number;
  contents: number;
  consents: number;
  declarations: number;
  /** Rows that were purged, or whose data key was destroyed: nothing of them can be read, or compared. */
  shredded: number;
  /** Outcomes on their way into the log. */
  waiting: number;
}

export const NOTHING_COUNTED: AuditCounts = {
  leaves: 0,
  outcomes: 0,
  contents: 0,
  consents: 0,
  declarations: 0,
  shredded: 0,
  waiting: 0,
};
