/** Every code that a caller of ours can be answered with (RFC 9457 `type` is `/problems/<code>`). */
export const ERROR_CODES = [
  'malformed-request',
  'unauthenticated',
  'forbidden',
  'assertion-rejected',
  'not-found',
  'no-longer-kept',
  'method-not-allowed',
  'idempotency-key-reused',
  'duplicate-waybill',
  'already-decided',
  'too-late',
  'superseded',
  'challenge-expired',
  'identity-frozen',
  'identity-suspended',
  'version-conflict',
  'last-administrator',
  'body-too-large',
  'unsupported-media-type',
  'validation-failed',
  'idempotency-key-required',
  'if-match-required',
  'too-many-requests',
  'temporarily-unavailable',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** One thing that is wrong with a body; `pointer` is a JSON Pointer (RFC 6901) into it. */
export interface Problem {
  pointer: string;
  code: string;
  detail: string;
}

/** The one error type that carries a meaning for a caller. `detail` is shown to them: never put a cause in it. */
export class ConsentryError extends Error {
  override readonly name = 'ConsentryError';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors: readonly Problem[];

  constructor(code: ErrorCode, detail: string, errors: readonly Problem[] = []) {
    super(`${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
    this.errors = errors;
  }
}

/** What a caller is answered with instead of what they asked for. */
export interface Refusal {
  code: ErrorCode;
  /** Shown to them; left out, the code's remedy is. */
  detail?: string | undefined;
  /** Where it is not the code's usual one. */
  status?: number | undefined;
  errors?: readonly Problem[] | undefined;
}

/** A rule that refuses what was asked for, told in the words of its code unless it has its own. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}
