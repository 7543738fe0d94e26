/** Calls of our API: JSON, problems as RFC 9457, and no repetition of its own. */
import type { ErrorCode, Problem } from '../../../domain/error-code.ts';

/** Longer than any answer takes while the network is any good, ms. */
const TIMEOUT_MS = 15_000;

/** What the API says instead of what was asked for. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: string;
  readonly errors: readonly Problem[];
  /** Seconds to wait before the next try, where it says so. */
  readonly retryAfterS: number | undefined;

  constructor(status: number, body: Partial<ProblemBody>, retryAfter: string | null) {
    const code =
      body.type?.replace('/problems/', '') ?? (status >= 502 ? 'temporarily-unavailable' : 'internal');
    super(code);
    this.code = code as ErrorCode;
    this.status = status;
    this.detail = body.detail ?? '';
    this.errors = body.errors ?? [];
    const seconds = Number(retryAfter);
    this.retryAfterS = retryAfter !== null && Number.isFinite(seconds) ? seconds : undefined;
  }
}

interface ProblemBody {
  type: string;
  detail: string;
  errors: Problem[];
}

/** No answer: whether the request was acted upon is not known. */
export class Offline extends Error {
  override readonly name = 'Offline';
}

export interface CallOptions {
  signal?: AbortSignal;
  headers?: Readonly<Record<string, string>>;
}

export const api = {
  get: <T>(path: string, options?: CallOptions) => call<T>('GET', path, undefined, options),
  post: <T = void>(path: string, body?: unknown, options?: CallOptions) =>
    call<T>('POST', path, body, options),
  put: <T = void>(path: string, body: unknown, options?: CallOptions) => call<T>('PUT', path, body, options),
  delete: <T = void>(path: string, body?: unknown, options?: CallOptions) =>
    call<T>('DELETE', path, body, options),
};

/** Throws `ApiProblem`, `Offline`, or the reason of the caller's own abort. */
async function call<T>(method: string, path: string, body: unknown, options?: CallOptions): Promise<T> {
  const text = await (await send(method, path, body, options)).text();
  try {
    return (text === '' ? undefined : JSON.parse(text)) as T;
  } catch {
    // The page of some network's own login.
    throw new Offline();
  }
}

/** A file. Throws as the others. */
export const fetchFile = (path: string): Promise<Blob> => send('GET', path, undefined);

/** The body of a success. */
async function send(
  method: string,
  path: string,
  body: unknown,
  { signal, headers }: CallOptions = {},
): Promise<Blob> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    const bytes = await response.blob();
    if (response.ok) return bytes;
    throw new ApiProblem(response.status, parse(await bytes.text()), response.headers.get('retry-after'));
  } catch (error) {
    if (error instanceof ApiProblem || signal?.aborted) throw error;
    throw new Offline();
  }
}

/** A proxy's own page is no problem document: what counts is its status. */
function parse(text: string): Partial<ProblemBody> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
