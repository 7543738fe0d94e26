/** Refusals in the form of RFC 9457, and the checks of requests that end in one. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';

export interface FieldError {
  /** JSON Pointer (RFC 6901) into the request's body. */
  pointer: string;
  code: string;
  detail: string;
}

export interface Problem {
  status: number;
  code: string;
  detail: string;
  errors?: FieldError[] | undefined;
  /** Further members, e.g. what the stand-in holds instead. */
  extra?: Record<string, unknown> | undefined;
}

/** Thrown by a handler that does not do what it was asked. */
export class Refusal extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export const problemBody = ({ status, code, detail, errors, extra }: Problem): Record<string, unknown> => ({
  type: 'about:blank',
  title: STATUS_CODES[status] ?? 'Error',
  status,
  detail,
  code,
  ...(errors && { errors }),
  ...extra,
});

export function sendProblem(res: Response, problem: Problem): void {
  res
    .status(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(problem)));
}

export const unknownRoute: RequestHandler = () => {
  throw new Refusal({ status: 404, code: 'not-found', detail: 'No such resource.' });
};

export const problemHandler: ErrorRequestHandler = (error, _req, res, _next) => {
  if (error instanceof Refusal) return sendProblem(res, error.problem);
  const status = Number(error?.status);
  if (status >= 400 && status < 500)
    return sendProblem(res, { status, code: 'malformed-request', detail: 'The request cannot be read.' });
  console.error(error);
  sendProblem(res, { status: 500, code: 'internal', detail: 'The sandbox failed; see its output.' });
};

/** The bytes that came, empty without a body. */
export const rawBody = (req: Request): Buffer => (Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0));

/** The JSON body, checked. Throws `malformed-request` or `validation-failed` with a pointer per fault. */
export function parseBody<Schema extends z.ZodType>(schema: Schema, req: Request): z.output<Schema> {
  const result = schema.safeParse(jsonBody(req));
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => ({
    pointer: issue.path
      .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join(''),
    code: issue.code,
    detail: issue.message,
  }));
  throw new Refusal({ status: 422, code: 'validation-failed', detail: 'The body is not valid.', errors });
}

function jsonBody(req: Request): unknown {
  try {
    return JSON.parse(rawBody(req).toString('utf8'));
  } catch {
    throw new Refusal({ status: 400, code: 'malformed-request', detail: 'The body is not JSON.' });
  }
}

/** Lets only `Authorization: Bearer <token>` pass; compared in constant time. */
export function requireBearer(token: string): RequestHandler {
  const expected = digest(`Bearer ${token}`);
  return (req, _res, next) => {
    if (timingSafeEqual(digest(req.get('authorization') ?? ''), expected)) return next();
    throw new Refusal({ status: 401, code: 'unauthenticated', detail: 'A valid bearer token is needed.' });
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
