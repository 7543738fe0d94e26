/** One call: with a token, within its time, and again where that cannot do harm. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NoAnswer, problemOf, retryAfterOf } from './problem.ts';
import { type Authentication, createTokens } from './token.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface TransportOptions {
  /** Of Consentry, without a path, such as `https://consentry.example`. */
  url: string;
  authentication: Authentication;
  /** Of one attempt, until its answer begins; 30 s unless given. Uploads have none: they go on as long as they move. */
  timeoutMs?: number;
  /** After the first attempt; 5 unless given, some 6 s in all. */
  retries?: number;
  /** Ends all calls, and the waiting between them. */
  signal?: AbortSignal | undefined;
  fetch?: Fetch;
}

/** A body that can be sent again from its beginning. */
export type Body = string | (() => AsyncIterable<Uint8Array>);

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: Body | undefined;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
}

export interface Transport {
  /** Throws `ProblemError` for an answer that is an error, `NoAnswer` when none came, `AuthenticationFailed`. */
  send(call: Call): Promise<Response>;
  json<T>(call: Call): Promise<T>;
}

const TIMEOUT_MS = 30_000;
const RETRIES = 5;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** Who is told to wait for longer hears of it instead. */
const LONGEST_ASKED_MS = 120_000;

export function createTransport(options: TransportOptions): Transport {
  const { timeoutMs = TIMEOUT_MS, retries = RETRIES, signal: ending, fetch: plain = fetch } = options;
  const url = options.url.replace(/\/+$/, '');
  const attempt = timed(plain, timeoutMs);
  const tokens = createTokens(url, options.authentication, (to, make) =>
    again(
      retries,
      ending,
      async () => attempt(to, { ...(await make()), ...(ending && { signal: ending }) }),
      isWorthAnother,
    ),
  );

  const authorized = async (call: Call): Promise<Response> => {
    const token = await tokens.get();
    const response = await attempt(`${url}${call.path}${queryOf(call)}`, requestOf(call, token));
    if (response.status === 401) tokens.drop(token);
    return response;
  };
  /** A token that was revoked, or is of a key that was rotated, gets one more try with a fresh one. */
  const twice = async (call: Call): Promise<Response> => {
    const response = await authorized(call);
    if (response.status !== 401) return response;
    await response.body?.cancel();
    return authorized(call);
  };

  const send = async (call: Call): Promise<Response> => {
    const worth = isHarmless(call) ? isWorthAnother : wasNotTaken;
    const signal = eitherOf(ending, call.signal);
    const response = await again(retries, signal, () => twice({ ...call, signal }), worth);
    if (!response.ok) throw await problemOf(response);
    return response;
  };
  return { send, json: async <T>(call: Call) => (await (await send(call)).json()) as T };
}

const eitherOf = (a: AbortSignal | undefined, b: AbortSignal | undefined) =>
  a && b ? AbortSignal.any([a, b]) : (a ?? b);

const queryOf = ({ query = {} }: Call): string => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.length === 0
    ? ''
    : `?${new URLSearchParams(given.map(([k, v]): [string, string] => [k, String(v)]))}`;
};

function requestOf({ method, body, headers, signal }: Call, token: string): RequestInit {
  const init: RequestInit & { duplex?: 'half' } = {
    method,
    redirect: 'error',
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      ...(typeof body === 'string' && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(signal && { signal }),
  };
  if (typeof body === 'string') init.body = body;
  else if (body) Object.assign(init, { body: ReadableStream.from(body()), duplex: 'half' });
  return init;
}

/** Ends an attempt without an answer in time; the body of an answer may take as long as it likes. */
const timed =
  (send: Fetch, timeoutMs: number): Fetch =>
  async (url, init) => {
    const { signal } = init;
    const timeOut = new AbortController();
    const timer =
      init.body instanceof ReadableStream ? undefined : setTimeout(() => timeOut.abort(), timeoutMs);
    try {
      return await send(url, {
        ...init,
        signal: signal ? AbortSignal.any([signal, timeOut.signal]) : timeOut.signal,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      const cause = timeOut.signal.aborted ? `no answer within ${timeoutMs} ms` : causeOf(error);
      throw new NoAnswer(`${new URL(url).origin}: ${cause}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  };

/** What undici says is in the cause. */
function causeOf(error: unknown): string {
  const { cause, message } = error as { cause?: { message?: string; code?: string }; message?: string };
  return cause?.message || cause?.code || message || String(error);
}

/** Done once however often it is sent: it changes nothing, or Consentry knows it by its key. */
const isHarmless = ({ method, headers = {} }: Call): boolean =>
  method === 'GET' || method === 'DELETE' || 'idempotency-key' in headers;

type Outcome = { response: Response } | { error: unknown };
type Worth = (outcome: Outcome) => boolean;

const TRANSIENT = new Set([429, 502, 503, 504]);
const isWorthAnother: Worth = (outcome) =>
  'error' in outcome ? outcome.error instanceof NoAnswer : TRANSIENT.has(outcome.response.status);
const wasNotTaken: Worth = (outcome) => 'response' in outcome && outcome.response.status === 429;

async function again(
  retries: number,
  signal: AbortSignal | undefined,
  attempt: () => Promise<Response>,
  worth: Worth,
): Promise<Response> {
  for (let tried = 0; ; tried++) {
    const outcome = await attempt().then(
      (response): Outcome => ({ response }),
      (error: unknown): Outcome => ({ error }),
    );
    if (tried >= retries || !worth(outcome) || askedMs(outcome) > LONGEST_ASKED_MS) {
      if ('error' in outcome) throw outcome.error;
      return outcome.response;
    }
    const pause = pauseMs(tried, outcome);
    if ('response' in outcome) await outcome.response.body?.cancel();
    await sleep(pause, undefined, { signal });
  }
}

/** Of `Retry-After` in seconds (RFC 9110 §10.2.3). */
const askedMs = (outcome: Outcome): number =>
  'response' in outcome ? (retryAfterOf(outcome.response) ?? 0) * 1000 : 0;

/** As long as it was asked for, and longer each time, with full jitter so that many do not come at once. */
const pauseMs = (tried: number, outcome: Outcome): number =>
  askedMs(outcome) + Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** tried, LONGEST_PAUSE_MS);
