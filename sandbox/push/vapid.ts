/** Who sends: the application server's signed statement (RFC 8292). */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { Refusal } from '../problem.ts';

/** A statement may reach at most a day ahead (RFC 8292 §2). */
const LONGEST_SECONDS = 24 * 3600;
const REMEMBERED = 1_000;

/** Statements that were found good, with their end in seconds; a sender repeats one for hours. */
export type KnownStatements = Map<string, number>;

/**
 * The sender's public key (base64url, uncompressed point). Throws 401 without a statement, 403 when it is not good: not
 * signed by `k`, for another push service, or past its time.
 */
export function checkVapid(
  known: KnownStatements,
  authorization: string | undefined,
  audience: string,
): string {
  const { t, k } = fieldsOf(authorization);
  const now = Date.now() / 1000;
  const statement = `${t} ${k}`;
  if ((known.get(statement) ?? 0) > now) return k;
  const [header, payload, signature] = t.split('.');
  const { alg } = jsonOf(header);
  const { aud, exp } = jsonOf(payload);
  if (alg !== 'ES256' || !signedBy(k, `${header}.${payload}`, signature ?? ''))
    throw refused('The statement is not signed with ES256 by k.');
  if (aud !== audience) throw refused('aud is another push service.');
  if (typeof exp !== 'number' || exp <= now || exp > now + LONGEST_SECONDS)
    throw refused('exp is past, or more than a day ahead.');
  if (known.size >= REMEMBERED) known.clear();
  known.set(statement, exp);
  return k;
}

function fieldsOf(authorization: string | undefined): { t: string; k: string } {
  const [, parameters] = /^vapid (.+)$/i.exec(authorization ?? '') ?? [];
  const fields = Object.fromEntries(
    (parameters ?? '').split(',').map((pair) => {
      const [name, ...value] = pair.trim().split('=');
      return [name, value.join('=')];
    }),
  );
  if (fields.t && fields.k) return { t: fields.t, k: fields.k };
  throw new Refusal({ status: 401, code: 'unauthenticated', detail: 'VAPID (t and k) is needed.' });
}

function jsonOf(part: string | undefined): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
  } catch {
    throw refused('The statement is no JWT.');
  }
}

function signedBy(k: string, content: string, signature: string): boolean {
  const key = publicKey(k);
  if (!key) return false;
  return verify(
    'sha256',
    Buffer.from(content),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
}

function publicKey(k: string): KeyObject | undefined {
  const point = Buffer.from(k, 'base64url');
  if (point.length !== 65 || point[0] !== 4) return undefined;
  const x = point.subarray(1, 33).toString('base64url');
  const y = point.subarray(33).toString('base64url');
  try {
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  } catch {
    return undefined;
  }
}

const refused = (detail: string): Refusal => new Refusal({ status: 403, code: 'forbidden', detail });
