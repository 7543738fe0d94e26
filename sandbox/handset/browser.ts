/** The phone's browser as far as an API needs it: cookies per origin, the `Origin` header, redirects one at a time. */

/** An answer that is not a success, as the API's problem details tell it (RFC 9457). */
export class ProblemAnswer extends Error {
  override readonly name = 'ProblemAnswer';
  readonly status: number;
  /** The last segment of `type`; empty when the answer is no problem document. */
  readonly code: string;
  readonly body: unknown;

  constructor(request: string, { status, body }: Answer) {
    const { type = '', detail = '', errors = [] } = (body ?? {}) as ProblemDocument;
    const code = type.split('/').at(-1) ?? '';
    const members = errors.map((error) => `\n  ${error.pointer}: ${error.detail}`).join('');
    super(`${request}: ${status} ${code} ${detail}`.trim() + members);
    this.status = status;
    this.code = code;
    this.body = body;
  }
}

interface ProblemDocument {
  type?: string;
  detail?: string;
  errors?: readonly { pointer: string; detail: string }[];
}

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed where it is JSON, else text; null when empty. */
  body: unknown;
}

export interface BrowserRequest {
  body?: unknown;
  headers?: Record<string, string>;
}

/** Cookie values by name, by origin. */
export type StoredCookies = Record<string, Record<string, string>>;

const SAFE = new Set(['GET', 'HEAD']);

export class Browser {
  private readonly jars: Map<string, Map<string, string>>;

  constructor(stored: StoredCookies = {}) {
    this.jars = new Map(
      Object.entries(stored).map(([origin, cookies]) => [origin, new Map(Object.entries(cookies))]),
    );
  }

  storedCookies(): StoredCookies {
    return Object.fromEntries([...this.jars].map(([origin, jar]) => [origin, Object.fromEntries(jar)]));
  }

  cookie(origin: string, name: string): string | undefined {
    return this.jars.get(origin)?.get(name);
  }

  /** As a page of that very origin asks. Follows no redirect. */
  async ask(method: string, url: string, { body, headers }: BrowserRequest = {}): Promise<Answer> {
    const { origin } = new URL(url);
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(!SAFE.has(method) && { origin }),
        ...this.cookieHeader(origin),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    this.keepCookies(origin, response.headers.getSetCookie());
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text || null,
    };
  }

  private cookieHeader(origin: string): { cookie?: string } {
    const jar = this.jars.get(origin);
    return jar?.size ? { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') } : {};
  }

  private keepCookies(origin: string, lines: readonly string[]): void {
    if (lines.length === 0) return;
    const jar = this.jars.get(origin) ?? new Map<string, string>();
    this.jars.set(origin, jar);
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';');
      const [name = '', ...value] = pair.trim().split('=');
      if (attributes.some(isPast)) jar.delete(name);
      else jar.set(name, value.join('='));
    }
  }
}

function isPast(attribute: string): boolean {
  const [name = '', value = ''] = attribute.trim().split('=');
  if (name.toLowerCase() === 'max-age') return Number(value) <= 0;
  return name.toLowerCase() === 'expires' && Date.parse(value) <= Date.now();
}
