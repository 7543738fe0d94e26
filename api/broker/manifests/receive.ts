/** Takes in a manifest's body as it comes: never more of it in memory than one batch of lines. */
import type { Hmac } from 'node:crypto';
import type { Database } from '../../../db/database.ts';
import {
  completeUpload,
  digestOf,
  dropUpload,
  type KeptLine,
  keepLines,
  openUpload,
  type TooMany,
} from '../../../db/manifests/receiving.ts';
import { ConsentryError } from '../../../domain/error-code.ts';
import {
  MANIFEST_LINES_OF_DAY,
  MANIFEST_MAX_BYTES,
  MANIFEST_MAX_LINES,
  MANIFESTS_OPEN,
} from '../../../domain/limits.ts';
import type { ManifestKind } from '../../../domain/manifest.ts';
import type { ApiDeps } from '../../deps.ts';
import { HttpProblem, PROBLEMS } from '../../problem.ts';
import { checked } from './check-line.ts';
import { tooLarge, Unfit } from './upload.ts';

/** What a line asks for, ready to be kept. */
export type Asked = Omit<Extract<KeptLine, { sent: unknown }>, 'line' | 'digest'>;

/** One entry of a body: a line of NDJSON, or the rows of one declaration in CSV. */
export interface Entry {
  line: number;
  /** What tells it from another under the same number. */
  bytes: Buffer;
  /** Throws what the single call would have answered. */
  ask(): Asked;
}

export interface Manifest {
  brokerId: string;
  idempotencyKey: string;
  kind: ManifestKind;
  /** How the body is to be read (media type, columns): as much a part of the request as the body. */
  reading: string;
  chunks: AsyncIterable<Buffer>;
  entriesOf(chunks: AsyncIterable<Buffer>): AsyncIterable<Entry>;
}

/** Lines kept in one statement: some 10 ms of checking, and a round trip. */
const BATCH_LINES = 100;
/** Of large lines fewer. */
const BATCH_BYTES = 512 * 1024;

/**
 * Keeps every line, then the manifest: only then anything is made of it. The same body under the same key is the same
 * manifest, whether an earlier upload came to its end or broke off; another body is `idempotency-key-reused`. Returns its id.
 */
export async function receive({ db }: Pick<ApiDeps, 'db'>, manifest: Manifest): Promise<string> {
  const { brokerId, kind, idempotencyKey, chunks, entriesOf } = manifest;
  const opened = await openUpload(db, brokerId, kind, idempotencyKey);
  if (typeof opened === 'string') throw tooMany(opened);
  const { manifestId, key, ...upload } = opened;
  if (!key || upload.kind !== kind) throw reused();
  const digest = digestOf(key).update(`${manifest.reading}\n`);
  const bytes = passing(chunks, digest);
  try {
    const count =
      upload.status === 'receiving'
        ? await keepAll(db, { manifestId, key, reading: manifest.reading }, entriesOf(bytes))
        : 0;
    // Whatever is complete already is only compared.
    for await (const _ of bytes);
    const result = await completeUpload(db, { manifestId, brokerId }, digest.digest(), count);
    if (result === 'other') throw reused();
    if (result !== 'complete') throw tooMany(result);
    return manifestId;
  } catch (error) {
    // Refused for what it holds: the body will be another one next time.
    if (error instanceof Unfit) await dropUpload(db, manifestId);
    throw error;
  }
}

/** Keeps what comes, in batches; how many lines there are. Once a twin has completed the same manifest, nothing is kept. */
async function keepAll(
  db: Database,
  manifest: { manifestId: string; key: Buffer; reading: string },
  entries: AsyncIterable<Entry>,
): Promise<number> {
  const until = { total: 0, rejected: 0 };
  let complete = false;
  for await (const batch of batchesOf(entries)) {
    if (complete) continue;
    until.total += batch.length;
    if (until.total > MANIFEST_MAX_LINES)
      throw new Unfit(`At most ${MANIFEST_MAX_LINES} lines; send several manifests.`);
    const lines = batch.map((entry) => kept(manifest, entry));
    until.rejected += lines.filter((line) => 'problem' in line).length;
    const result = await keepLines(db, manifest, lines, until);
    if (result === 'other') throw reused();
    complete = result === 'complete';
  }
  if (until.total === 0) throw new Unfit('A manifest needs at least one line.', 'malformed-request');
  return until.total;
}

/** Its digest is also that of how it was read: the same bytes under other columns are another line. */
function kept({ key, reading }: { key: Buffer; reading: string }, { line, bytes, ask }: Entry): KeptLine {
  const digest = digestOf(key).update(`${reading}\n`).update(bytes).digest();
  const result = checked(ask);
  return 'good' in result ? { line, digest, ...result.good } : { line, digest, problem: result.problem };
}

async function* batchesOf(entries: AsyncIterable<Entry>): AsyncGenerator<Entry[]> {
  let batch: Entry[] = [];
  let size = 0;
  for await (const entry of entries) {
    batch.push(entry);
    size += entry.bytes.length;
    if (batch.length < BATCH_LINES && size < BATCH_BYTES) continue;
    yield batch;
    [batch, size] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

/** The same chunks, each added to the digest of all, and counted. */
async function* passing(chunks: AsyncIterable<Buffer>, digest: Hmac): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MANIFEST_MAX_BYTES) throw tooLarge();
    digest.update(chunk);
    yield chunk;
  }
}

/** What to tell of it, and how long until it is worth another try, s. */
const TOO_MANY: Record<TooMany, { detail: string; retryAfter: number }> = {
  manifests: {
    detail: `${MANIFESTS_OPEN} manifests of yours are not completed: send it when one is.`,
    retryAfter: 60,
  },
  lines: {
    detail: `Your manifests of the last 24 hours have ${MANIFEST_LINES_OF_DAY} lines, or would with this one: send it when some are older.`,
    retryAfter: 3_600,
  },
};

const tooMany = (of: TooMany) =>
  new HttpProblem('too-many-requests', TOO_MANY[of].detail, {
    headers: { 'retry-after': String(TOO_MANY[of].retryAfter) },
  });

const reused = () => new ConsentryError('idempotency-key-reused', PROBLEMS['idempotency-key-reused'].remedy);
