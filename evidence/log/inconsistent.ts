/** How a log can fail to hold together. */
export type InconsistencyKind =
  /** The main database ends before what was signed last: it was set back. */
  | 'rolled-back'
  /** Two trees of the same size, or a tree that does not begin with an earlier one: it was rewritten. */
  | 'forked'
  /** Leaves, tiles and checkpoint say different things: rows were changed, taken away or added. */
  | 'edited'
  /** The second copy is gone, and the log has begun. */
  | 'second-copy-missing'
  /** The last checkpoint is of another origin or by another key: the settings were changed. */
  | 'other-key';

/** The log does not hold together; nothing may be appended. The message tells no personal data. */
export class LogInconsistent extends Error {
  override readonly name = 'LogInconsistent';
  readonly kind: InconsistencyKind;
  readonly detail: string;

  constructor(kind: InconsistencyKind, detail: string) {
    super(`${kind}: ${detail}`);
    this.kind = kind;
    this.detail = detail;
  }
}
