/** One HTTP call to a counterpart: a time-out, the caller's cancellation, JSON, and outages told from answers. */

export interface CallLimits {
  timeoutMs: number;
  /** The caller's cancellation, e.g. an activity's. */
  signal?: AbortSignal | undefined;
}

export interface CallOptions extends CallLimits {
  /** The same for every attempt of one act. */
  idempotencyKey: string;
}

/** `busy`: not asked, since enough of our own calls wait for it. */
export type OutageKind = 'time-out' | 'network' | 'status' | 'answer' | 'busy';

/**
 * The counterpart could not be reached, was busy, or answered what nobody understands: nothing is known about the act,
 * so it is neither done nor refused. The message holds no address, path or content: those may be personal data.
 */
export class GatewayUnavailable extends Error {
  override readonly name = 'GatewayUnavailable';
  readonly counterpart: string;
  readonly kind: OutageKind;
  readonly status: number | null;

  constructor(counterpart: string, kind: OutageKind, status: number | null = null) {
    super(`${counterpart} is unavailable: ${status === null ? kind : `${kind} ${status}`}`);
    this.counterpart = counterpart;
    this.kind = kind;
    this.status = status;
  }
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string | URL;
  headers?: Record<string, string>;
  /** Exact bytes of the body, as text. */
  body?: string;
}

/** A definite answer: 2xx, or a 4xx that will be the same again. `json` is undefined without a JSON body. */
export interface HttpAnswer {
  status: number;
  json: unknown;
}

/** Request time-out, too early, too many requests: the act itself was not judged (RFC 9110, 8470, 6585). */
const NOT_JUDGED = new Set([408, 425, 429]);

const isDefinite = (status: number): boolean =>
  (status >= 200 && status < 300) || (status >= 400 && status < 500 && !NOT_JUDGED.has(status));

/**
 * Calls `counterpart`. Redirects are not followed. Throws `GatewayUnavailable` for time-outs, network errors, 408, 425,
 * 429, 3xx and 5xx; the caller's own cancellation is thrown as it is.
 */
export async function callJson(
  counterpart: string,
  request: HttpRequest,
  { timeoutMs, signal }: CallLimits,
): Promise<HttpAnswer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: {
        accept: 'application/json, application/problem+json',
        ...(request.body !== undefined && { 'content-type': 'application/json' }),
        ...request.headers,
      },
      ...(request.body !== undefined && { body: request.body }),
      redirect: 'manual',
      signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
    });
    const text = await response.text();
    if (!isDefinite(response.status)) throw new GatewayUnavailable(counterpart, 'status', response.status);
    return { status: response.status, json: parse(text) };
  } catch (error) {
    if (error instanceof GatewayUnavailable || signal?.aborted) throw error;
    throw new GatewayUnavailable(counterpart, timeout.aborted ? 'time-out' : 'network');
  }
}

/** Whether the answer is a success. */
export const isSuccess = ({ status }: HttpAnswer): boolean => status >= 200 && status < 300;

/** Something that reads an answer, such as a zod schema. */
interface AnswerSchema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false };
}

/** What a success said. An answer that is not understood is as good as none: `GatewayUnavailable`. */
export function understood<T>(counterpart: string, schema: AnswerSchema<T>, answer: HttpAnswer): T {
  const result = schema.safeParse(answer.json);
  if (!result.success) throw new GatewayUnavailable(counterpart, 'answer', answer.status);
  return result.data;
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
