import type { Database } from '../../db/database.ts';
import { cosignedCheckpoint, publishedCheckpoint } from '../../db/log/published.ts';
import { readEntries, readTiles } from '../../db/log/tree.ts';
import {
  entryBundle,
  parseTilePath,
  TILE_WIDTH,
  type TileRequest,
  tileWidth,
} from '../../evidence/log/layout.ts';
import { HASH_BYTES } from '../../evidence/verify/merkle.ts';
import { networkOf } from '../caller-network.ts';
import type { ApiDeps } from '../deps.ts';
import { rateLimit } from '../middleware.ts';
import { HttpProblem, PROBLEMS } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { logKeys, tileParams } from '../schemas/log.ts';

/** One monitor that follows a million leaves reads some 8,000 tiles: in about a minute. */
const REQUESTS_PER_SECOND = 100;

const TEXT = 'text/plain; charset=utf-8';
/** C2SP tlog-tiles: a checkpoint must not be kept for more than a few seconds; a tile never changes. */
const CHECKPOINT_CACHE = 'public, max-age=1';
const TILE_CACHE = 'public, max-age=31536000, immutable';

const ABOUT = { tags: ['transparency log'] as [string] };

/** The log as monitors follow it (C2SP tlog-tiles). Public: there is nothing in it to hide. */
export function addLogReads(routes: Routes, { db, settings }: ApiDeps): void {
  const route = createRoute(routes);
  routes.router.use('/log', rateLimit(REQUESTS_PER_SECOND, networkOf));

  route(
    'get',
    '/log/checkpoint',
    { ...ABOUT, summary: 'The last signed checkpoint', problems: ['not-found'] },
    { answers: { 200: ['text/plain'] } },
  )(async () => noteAnswer(await publishedCheckpoint(db.pool)));

  route(
    'get',
    '/log/v1/cosigned-checkpoint',
    { ...ABOUT, summary: 'The last checkpoint that a witness has signed too', problems: ['not-found'] },
    { answers: { 200: ['text/plain'] } },
  )(async () => noteAnswer(await cosignedCheckpoint(db.pool)));

  route(
    'get',
    '/log/tile/*path',
    { ...ABOUT, summary: 'A tile of hashes, or a bundle of entries' },
    { params: tileParams, answers: { 200: ['application/octet-stream'] } },
  )(async ({ params: { path } }) => {
    const request = parseTilePath(path);
    const body = request && (await readTile(db, request));
    if (!body) throw notFound();
    return { status: 200, body, headers: { 'cache-control': TILE_CACHE } };
  });

  route(
    'get',
    '/log/v1/keys',
    { ...ABOUT, summary: "What the log's checkpoints are verified with" },
    { answers: { 200: logKeys } },
  )(() => {
    const { verifierKey, witnesses } = settings.log;
    return { status: 200, body: { origin: verifierKey.split('+')[0], verifierKey, witnesses } };
  });
}

function noteAnswer(checkpoint: { note: string } | null) {
  if (!checkpoint) throw notFound();
  return {
    status: 200,
    body: checkpoint.note,
    headers: { 'content-type': TEXT, 'cache-control': CHECKPOINT_CACHE },
  };
}

const notFound = () => new HttpProblem('not-found', PROBLEMS['not-found'].remedy);

/** Null when the published tree does not reach so far. A tile that is full by now is served in part, too. */
async function readTile(
  { pool }: Database,
  { kind, level, index, width }: TileRequest,
): Promise<Buffer | null> {
  const size = (await publishedCheckpoint(pool))?.size ?? 0;
  if (width > tileWidth(size, { level, index })) return null;
  if (kind === 'entries') {
    const start = index * TILE_WIDTH;
    const rows = await readEntries(pool, start, start + width);
    return rows.length === width ? entryBundle(rows.map(({ entry }) => entry)) : null;
  }
  const [tile] = await readTiles(pool, [{ level, index }]);
  return tile?.hashes.subarray(0, width * HASH_BYTES) ?? null;
}
