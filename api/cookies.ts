/**
 * Cookies: the importers' two, and that of a broker's console. All are `HttpOnly`; with a public URL of https they are `Secure` and named `__Host-…`,
 * so that no other host of the domain can plant them (RFC 6265bis §4.1.3.2).
 */
import { randomBytes } from 'node:crypto';
import type { CookieOptions, Request, Response } from 'express';
import { hashSecret } from '../db/seal.ts';
import { isUuid } from '../domain/ids.ts';
import { CONSOLE_SESSION_TTL_MS, SESSION_TTL_MS } from '../domain/limits.ts';

/**
 * Time in which a registration can be finished by the browser that began it, ms: the hold of a change of phone (24 h), and
 * days to come back after it.
 */
const REGISTRATION_TTL_MS = 7 * 24 * 3_600_000;
const SECRET_BYTES = 32;

const KINDS = {
  session: { sameSite: 'strict', maxAge: SESSION_TTL_MS },
  // Lax: the operator's redirect comes from another site.
  registration: { sameSite: 'lax', maxAge: REGISTRATION_TTL_MS },
  console: { sameSite: 'strict', maxAge: CONSOLE_SESSION_TTL_MS },
} as const satisfies Record<string, CookieOptions>;
type Kind = keyof typeof KINDS;

/** A fresh random secret for a cookie, and what is kept of it. */
export interface CookieSecret {
  /** base64url */
  secret: string;
  /** SHA-256 of the secret's text. */
  hash: Buffer;
}

export function newCookieSecret(): CookieSecret {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { secret, hash: hashSecret(secret) };
}

/** The browser that began a registration, as its cookie names it. */
export interface RegistrationBrowser {
  registrationId: string;
  /** To be compared with `registrations.browser_hash`. */
  browserHash: Buffer;
}

export interface Cookies {
  /** `<registrationId>.<secret>` */
  setRegistration(res: Response, registrationId: string, secret: string): void;
  /** Null without a cookie of that form. */
  registration(req: Request): RegistrationBrowser | null;
  setSession(res: Response, secret: string): void;
  /** SHA-256 of the session's secret, as `sessions.session_hash` keeps it; null without a cookie. */
  session(req: Request): Buffer | null;
  clearSession(res: Response): void;
  clearRegistration(res: Response): void;
  setConsole(res: Response, secret: string): void;
  /** SHA-256 of the secret, as `console_sessions.session_hash` keeps it; null without a cookie. */
  console(req: Request): Buffer | null;
  clearConsole(res: Response): void;
}

export function createCookies(publicUrl: string): Cookies {
  const secure = new URL(publicUrl).protocol === 'https:';
  const nameOf = (kind: Kind) => (secure ? `__Host-${kind}` : kind);
  const optionsOf = (kind: Kind): CookieOptions => ({ ...KINDS[kind], httpOnly: true, secure, path: '/' });
  const set = (res: Response, kind: Kind, value: string) =>
    void res.cookie(nameOf(kind), value, optionsOf(kind));
  const clear = (res: Response, kind: Kind) => {
    const { maxAge: _, ...options } = optionsOf(kind);
    res.clearCookie(nameOf(kind), options);
  };
  const get = (req: Request, kind: Kind) => findCookie(req.headers.cookie ?? '', nameOf(kind));

  return {
    setRegistration: (res, registrationId, secret) => set(res, 'registration', `${registrationId}.${secret}`),
    registration: (req) => {
      const [registrationId = '', secret = ''] = get(req, 'registration')?.split('.') ?? [];
      return isUuid(registrationId) && secret ? { registrationId, browserHash: hashSecret(secret) } : null;
    },
    setSession: (res, secret) => set(res, 'session', secret),
    session: (req) => hashOf(get(req, 'session')),
    clearSession: (res) => clear(res, 'session'),
    clearRegistration: (res) => clear(res, 'registration'),
    setConsole: (res, secret) => set(res, 'console', secret),
    console: (req) => hashOf(get(req, 'console')),
    clearConsole: (res) => clear(res, 'console'),
  };
}

const hashOf = (secret: string | null): Buffer | null => (secret ? hashSecret(secret) : null);

/** Value of a cookie in a `Cookie` header; ours need no decoding. Null when it is not there. */
function findCookie(header: string, name: string): string | null {
  const pairs = header.split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
}
