/** The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header): done once, answered alike every time. */
import { createHash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { Database } from '../../db/database.ts';
import { findUsedKey, KeyTaken, type KeyUse, keepAnswer, type UsedKey } from '../../db/idempotency.ts';
import { jcs } from '../../domain/canonical.ts';
import { ConsentryError } from '../../domain/error-code.ts';
import { PROBLEMS } from '../problem.ts';
import type { Answer } from '../route.ts';
import { brokerOf } from './auth.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Refuses requests without a key before their body is looked at. */
export const requireKey: RequestHandler = (req, _res, next) => {
  if (!req.get('idempotency-key')) {
    const code = 'idempotency-key-required';
    throw new ConsentryError(code, PROBLEMS[code].remedy);
  }
  next();
};

/** The request's key; null when it has none. */
export function keyOf(req: Request): string | null {
  const key = req.get('idempotency-key');
  if (!key) return null;
  if (!KEY.test(key)) {
    throw new ConsentryError('malformed-request', 'Idempotency-Key: 1 to 255 visible ASCII characters.');
  }
  return key;
}

/**
 * The request under its key; null when it has none. `body` is hashed in its canonical form: white space is free. The version that
 * it is made on (If-Match) is part of what is asked for.
 */
export function keyUse(req: Request, body: unknown): KeyUse | null {
  const key = keyOf(req);
  if (key === null) return null;
  const parts = [`${req.method} ${req.path}`, req.get('if-match'), jcs(body)];
  const requestHash = createHash('sha256')
    .update(parts.filter((part) => part !== undefined).join('\n'))
    .digest();
  return { brokerId: brokerOf(req).brokerId, key, requestHash };
}

/** What a request began: the answer follows from it, now or when it is repeated. */
export interface Begun {
  declarationId: string;
  proposalId: string | null;
}

/** A request in two halves. */
export interface Act<B extends Begun> {
  /** One transaction, the key's row in it. Throws `KeyTaken`. */
  begin(): Promise<B>;
  /** What goes on outside of our database; safe to be done again, by several at once. */
  finish(begun: B | Begun): Promise<Answer>;
}

/**
 * Does the act once per key. Twins, and repetitions of one that was killed, finish what was begun, and the first answer
 * that was kept is everybody's. What was refused is not kept, and may be tried again under the same key.
 */
export async function once<B extends Begun>(db: Database, use: KeyUse | null, act: Act<B>): Promise<Answer> {
  if (!use) return act.finish(await act.begin());
  const used = await findUsedKey(db, use);
  if (used) return again(db, use, used, act);
  let begun: B;
  try {
    begun = await act.begin();
  } catch (error) {
    const twin = error instanceof KeyTaken ? await findUsedKey(db, use) : null;
    if (!twin) throw error;
    return again(db, use, twin, act);
  }
  return finish(db, use, begun, act);
}

async function again<B extends Begun>(
  db: Database,
  use: KeyUse,
  used: UsedKey,
  act: Act<B>,
): Promise<Answer> {
  if (!used.requestHash.equals(use.requestHash)) {
    const code = 'idempotency-key-reused';
    throw new ConsentryError(code, PROBLEMS[code].remedy);
  }
  return used.answer ?? finish(db, use, used, act);
}

async function finish<B extends Begun>(
  db: Database,
  use: KeyUse,
  begun: B | Begun,
  act: Act<B>,
): Promise<Answer> {
  const { status, headers = {}, body } = await act.finish(begun);
  return keepAnswer(db, use, begun.declarationId, { status, headers: { ...headers }, body });
}
