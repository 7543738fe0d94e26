import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { ZodError } from 'zod';
import { ConsentryError, type ErrorCode, type Problem, type Refusal, Refused } from '../domain/error-code.ts';

interface ProblemMeaning {
  status: number;
  title: string;
  /** What the caller can do; shown at `/problems/<code>`. */
  remedy: string;
}

/** One code → HTTP problem (RFC 9457). `docs/problems.md` and `/problems/<code>` are made from it. */
export const PROBLEMS: Readonly<Record<ErrorCode, ProblemMeaning>> = {
  'malformed-request': {
    status: 400,
    title: 'The request cannot be read',
    remedy: 'Send valid JSON, and the query parameters and cursor as documented.',
  },
  unauthenticated: {
    status: 401,
    title: 'Who is asking is not known',
    remedy: 'Get a token (brokers) or log in (importers) and try again.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    remedy: 'Check the origin of the call, the cookie, and whether the login is recent enough.',
  },
  'assertion-rejected': {
    status: 403,
    title: 'The passkey assertion was not accepted',
    remedy: 'Ask for fresh options and sign those, with user verification, on the page of this service.',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    remedy: 'Check the id. What belongs to somebody else is answered the same way.',
  },
  'no-longer-kept': {
    status: 410,
    title: 'It was purged after the time that the law sets',
    remedy:
      'Nothing personal of it is left here. A receipt or an evidence pack that was fetched before can still be verified.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This method does not exist here',
    remedy: 'Use one of the methods in the Allow header.',
  },
  'idempotency-key-reused': {
    status: 409,
    title: 'The idempotency key was used for another request',
    remedy:
      'Use a fresh key for each request; repeat a request with just the bytes and the If-Match of the first time.',
  },
  'duplicate-waybill': {
    status: 409,
    title: 'The waybill is on another open declaration',
    remedy: 'Amend or cancel the declaration that has this master and house waybill.',
  },
  'already-decided': {
    status: 409,
    title: 'It is decided already',
    remedy: 'Read the declaration: its outcome stands.',
  },
  'too-late': {
    status: 409,
    title: 'The time for an answer is over',
    remedy: 'The broker has to declare or amend again, or use a paper POA.',
  },
  superseded: {
    status: 409,
    title: 'A newer version is in force',
    remedy: 'Load the declaration again and answer the version that it shows.',
  },
  'challenge-expired': {
    status: 409,
    title: 'The challenge was used or has expired',
    remedy: 'Ask for fresh options.',
  },
  'identity-frozen': {
    status: 409,
    title: 'You have frozen your identity',
    remedy: 'Unfreeze it to confirm; declining and "not mine" work all the same.',
  },
  'identity-suspended': {
    status: 409,
    title: 'The identity is suspended',
    remedy: 'Verify yourself again through the SIM of your phone.',
  },
  'version-conflict': {
    status: 409,
    title: 'The version is not the expected one',
    remedy: 'Load the present state and repeat the change on it.',
  },
  'last-administrator': {
    status: 409,
    title: 'Nobody else could administer the console',
    remedy: 'Invite another administrator first; this works once they have joined.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    remedy: 'Keep to the documented limits; send several requests.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'This media type is not understood',
    remedy: 'Send the content type that the documentation names.',
  },
  'validation-failed': {
    status: 422,
    title: 'Some members are not valid',
    remedy: 'Correct what `errors` points at.',
  },
  'idempotency-key-required': {
    status: 428,
    title: 'An Idempotency-Key header is needed',
    remedy: 'Send a unique key of 1 to 255 visible characters.',
  },
  'if-match-required': {
    status: 428,
    title: 'An If-Match header is needed',
    remedy: 'Send the ETag of the version that you amend.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    remedy: 'Wait for the seconds in Retry-After.',
  },
  'temporarily-unavailable': {
    status: 503,
    title: 'Not available for a moment',
    remedy: 'Try again after the seconds in Retry-After; nothing is lost.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong on our side',
    remedy: 'Try again; tell us the x-request-id when it stays.',
  },
};

/** A problem of another status than its code's usual one (`version-conflict` is 412 for a stale If-Match), or with headers. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors: readonly Problem[];
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    detail: string,
    options: { status?: number; errors?: readonly Problem[]; headers?: Record<string, string> } = {},
  ) {
    super(`${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
    this.errors = options.errors ?? [];
    this.status = options.status ?? PROBLEMS[code].status;
    this.headers = options.headers ?? {};
  }
}

const RETRY_AFTER_S = '2';

/** Anything thrown, as the problem to answer with; what is not ours says nothing of its cause. */
export function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof Refused) {
    const { code, detail = PROBLEMS[code].remedy, status, errors } = error.refusal;
    return new HttpProblem(code, detail, { ...(status && { status }), ...(errors && { errors }) });
  }
  // A path that is no valid percent-encoding names nothing.
  if (error instanceof URIError) return new HttpProblem('not-found', PROBLEMS['not-found'].remedy);
  if (error instanceof ConsentryError) {
    const headers: Record<string, string> =
      error.code === 'temporarily-unavailable' ? { 'retry-after': RETRY_AFTER_S } : {};
    return new HttpProblem(error.code, error.detail, { errors: error.errors, headers });
  }
  return ofFramework(error) ?? ofDatabase(error) ?? new HttpProblem('internal', PROBLEMS.internal.remedy);
}

/** Errors of Express and its body parsers carry a `type` and a status. */
function ofFramework(error: unknown): HttpProblem | null {
  const { type, status } = (error ?? {}) as { type?: string; status?: number };
  if (type === 'entity.too.large')
    return new HttpProblem('body-too-large', PROBLEMS['body-too-large'].remedy);
  if (type === 'charset.unsupported' || type === 'encoding.unsupported') {
    return new HttpProblem('unsupported-media-type', 'Send UTF-8, not compressed.');
  }
  if (type?.startsWith('entity.') || status === 400)
    return new HttpProblem('malformed-request', 'The body is not valid JSON.');
  return null;
}

/** Postgres out of reach, out of connections, or a transaction that gave way: try again. SQLSTATE classes 08, 40, 53, 57 and the driver's own. */
function ofDatabase(error: unknown): HttpProblem | null {
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  const unreachable =
    /^(08|40|53|57)|^E(CONN|PIPE|TIMEDOUT)/.test(code ?? '') ||
    /timeout exceeded when trying to connect|Connection terminated|not queryable/.test(message ?? '');
  return unreachable
    ? new HttpProblem('temporarily-unavailable', 'A part of the service is out of reach.', {
        headers: { 'retry-after': RETRY_AFTER_S },
      })
    : null;
}

/** A problem as its caller reads it; `instance` is a URI of this one occurrence. */
export function problemBody(problem: Refusal, instance: string) {
  const { code, detail = PROBLEMS[code].remedy, status = PROBLEMS[code].status, errors = [] } = problem;
  return {
    type: `/problems/${code}`,
    title: PROBLEMS[code].title,
    status,
    detail,
    instance,
    ...(errors.length > 0 && { errors: [...errors] }),
  };
}

function sendProblem(res: Response, problem: HttpProblem): void {
  const { status, headers } = problem;
  // The request id is a UUID (middleware.ts), so this is a URI (RFC 9562 §4).
  const instance = `urn:uuid:${String(res.getHeader('x-request-id'))}`;
  res
    .status(status)
    .set(headers)
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(problem, instance)));
}

/** The last middleware: every error becomes a problem; what is not ours is logged by name, without values. */
export const problemHandler =
  (log: Logger): ErrorRequestHandler =>
  (error, _req, res, next) => {
    const problem = toProblem(error);
    if (problem.code === 'internal') {
      const { name, code, stack } = (error ?? {}) as { name?: string; code?: string; stack?: string };
      const at = stack
        ?.split('\n')
        .filter((line) => line.trim().startsWith('at '))
        .slice(0, 8);
      const paths = error instanceof ZodError ? error.issues.map((issue) => issue.path.join('/')) : undefined;
      log.error({ requestId: res.getHeader('x-request-id'), error: name, code, at, paths }, 'internal error');
    }
    if (res.headersSent) return next(error);
    sendProblem(res, problem);
  };
