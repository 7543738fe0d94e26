/** The bytes of an upload, bounded: how many, how slow, and how many uploads of one broker at once. */
import type { Request } from 'express';
import { MANIFEST_MAX_BYTES, UPLOAD_IDLE_MS, UPLOADS_AT_ONCE } from '../../../domain/limits.ts';
import { HttpProblem, PROBLEMS } from '../../problem.ts';

/** A refused upload is read on, and thrown away, for this long, so that its sender gets to read why; ms. */
const DRAIN_MS = 2_000;

/** A body that no manifest can be, or that is more than one may be: it will be another one next time. */
export class Unfit extends HttpProblem {
  constructor(detail: string, code: 'body-too-large' | 'malformed-request' = 'body-too-large') {
    super(code, detail);
  }
}

export const tooLarge = () =>
  new Unfit(`At most ${MANIFEST_MAX_BYTES / 1024 / 1024} MiB; send several manifests.`);

/** Throws for a body of another type, a compressed one (a small bomb may hold any number of bytes), or one said to be too large. */
export function checkHeaders(req: Request, mediaTypes: readonly string[]): void {
  if (!req.is([...mediaTypes])) {
    throw new HttpProblem('unsupported-media-type', `Send ${mediaTypes.join(' or ')}.`);
  }
  const charset = /;\s*charset="?([^";\s]+)/i.exec(req.get('content-type') ?? '')?.[1];
  const encoding = req.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity' || (charset && charset.toLowerCase() !== 'utf-8')) {
    throw new HttpProblem('unsupported-media-type', 'Send UTF-8, not compressed.');
  }
  if (Number(req.get('content-length') ?? 0) > MANIFEST_MAX_BYTES) throw tooLarge();
}

/**
 * The body's chunks. Throws `malformed-request` when nothing came for a while or the connection broke: what was kept until
 * then is there for the same upload sent again.
 */
export async function* chunksOf(req: Request, idleMs = UPLOAD_IDLE_MS): AsyncGenerator<Buffer> {
  const chunks = req[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (;;) {
    const { value, done } = await withinIdle(chunks.next(), idleMs);
    if (done) return;
    yield value;
  }
}

async function withinIdle<T>(next: Promise<T>, idleMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new HttpProblem('malformed-request', 'The body stopped coming: send it again under its key.'));
    }, idleMs);
  });
  try {
    return await Promise.race([next, silence]);
  } catch (error) {
    next.catch(() => {});
    if ((error as { code?: string }).code !== 'ECONNRESET') throw error;
    throw new HttpProblem('malformed-request', 'The body broke off: send it again under its key.');
  } finally {
    clearTimeout(timer);
  }
}

/** Whoever is refused may send on for a moment; then the connection is closed. */
export function drain(req: Request): void {
  // The iterator's own listener holds the stream back.
  req.removeAllListeners('readable');
  setImmediate(() => req.resume());
  setTimeout(() => {
    if (!req.complete) req.destroy();
  }, DRAIN_MS).unref();
}

/** So many uploads of each broker at once in this process; more are 429. */
export function createPlaces() {
  const taken = new Map<string, number>();
  return async function within<T>(brokerId: string, work: () => Promise<T>): Promise<T> {
    const others = taken.get(brokerId) ?? 0;
    if (others >= UPLOADS_AT_ONCE) {
      throw new HttpProblem('too-many-requests', PROBLEMS['too-many-requests'].remedy, {
        headers: { 'retry-after': '5' },
      });
    }
    taken.set(brokerId, others + 1);
    try {
      return await work();
    } finally {
      const left = (taken.get(brokerId) ?? 1) - 1;
      if (left > 0) taken.set(brokerId, left);
      else taken.delete(brokerId);
    }
  };
}
