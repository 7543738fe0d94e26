/** `Idempotency-Key`: one key, one act. What was done is answered again; what was refused is judged anew. */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { Refusal, rawBody } from './problem.ts';

export interface KeptAnswer {
  /** Of method, path and the exact bytes of the body. */
  fingerprint: string;
  status: number;
  body: unknown;
}

export interface Asked {
  key: string;
  fingerprint: string;
  /** The first answer, when this is a repeat. */
  kept: KeptAnswer | undefined;
}

/** Throws 400 `idempotency-key-required`, or 409 `idempotency-key-reused` when the key came with another request. */
export function readKey(answers: ReadonlyMap<string, KeptAnswer>, req: Request): Asked {
  const key = req.get('idempotency-key');
  if (!key || key.length > 255)
    throw new Refusal({
      status: 400,
      code: 'idempotency-key-required',
      detail: 'Idempotency-Key (1 to 255 characters) is needed.',
    });
  const kept = answers.get(key);
  const fingerprint = fingerprintOf(req);
  if (kept && kept.fingerprint !== fingerprint)
    throw new Refusal({
      status: 409,
      code: 'idempotency-key-reused',
      detail: 'The key came with another request before.',
    });
  return { key, fingerprint, kept };
}

const fingerprintOf = (req: Request): string =>
  createHash('sha256').update(`${req.method} ${req.originalUrl}\n`).update(rawBody(req)).digest('base64');
