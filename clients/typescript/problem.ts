import type { ErrorCode, Problem } from './types.ts';

/** What an answer with an error says (RFC 9457). `code` is documented at `/problems/<code>`, with the remedy. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** `unknown`: the answer was none of Consentry's, of a proxy for instance. New codes may come to be. */
  readonly code: ErrorCode | 'unknown' | (string & {});
  readonly status: number;
  readonly detail: string;
  /** The members that are wrong, by JSON Pointer. */
  readonly errors: readonly Problem[];
  /** To be named to support. */
  readonly requestId: string | null;

  /** Seconds until it is worth another try; null where that was not said. */
  readonly retryAfter: number | null;

  constructor(
    status: number,
    body: Partial<Body>,
    { requestId, retryAfter }: { requestId: string | null; retryAfter: number | null },
  ) {
    const detail = body.detail ?? `answered ${status}`;
    const errors = body.errors ?? [];
    super([detail, ...errors.map((one) => `${one.pointer}: ${one.detail}`)].join(' · '));
    this.code = /^\/problems\/([a-z-]+)$/.exec(body.type ?? '')?.[1] ?? 'unknown';
    this.status = status;
    this.detail = detail;
    this.errors = errors;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
  }
}

/** No answer came: no connection, or none in time. What was asked for may have happened all the same. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

interface Body {
  type: string;
  detail: string;
  errors: Problem[];
}

export function retryAfterOf({ headers }: Response): number | null {
  const seconds = headers.get('retry-after');
  return seconds !== null && /^\d{1,9}$/.test(seconds) ? Number(seconds) : null;
}

export async function problemOf(response: Response): Promise<ProblemError> {
  const text = await response.text().catch(() => '');
  return new ProblemError(response.status, bodyOf(text), {
    requestId: response.headers.get('x-request-id'),
    retryAfter: retryAfterOf(response),
  });
}

function bodyOf(text: string): Partial<Body> {
  try {
    return (JSON.parse(text) ?? {}) as Partial<Body>;
  } catch {
    return {};
  }
}
